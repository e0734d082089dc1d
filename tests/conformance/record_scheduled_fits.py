# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/fits_scheduled.json: whole Keras fits whose learning rate is a schedule, with weight decay.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    python3 tests/conformance/record_scheduled_fits.py > tests/goldens/fits_scheduled.json

Only whoever wants other cases needs it; the tests read the file. Same form as fits.json, with the schedule beside it.
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import tensorflow as tf

GOLDENS = pathlib.Path(__file__).parent.parent / "goldens"
SPLIT = {"splitter": "train_test_split", "test_size": 0.2, "random_state": 42}
CASES = [
    ("SGD", 0.05, "ExponentialDecay", {"initial_learning_rate": 0.05, "decay_steps": 20, "decay_rate": 0.7}),
    ("SGD", None, "CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 60, "warmup_target": 0.05, "warmup_steps": 15, "alpha": 0.1}),
    ("Adam", 0.02, "CosineDecayRestarts", {"initial_learning_rate": 0.02, "first_decay_steps": 15, "m_mul": 0.8}),
    ("Adam", None, "InverseTimeDecay", {"initial_learning_rate": 0.03, "decay_steps": 10, "decay_rate": 0.5, "staircase": True}),
]
SEEDS = [123, 173]


def article():
    case = next(c for c in json.loads((GOLDENS / "article_data.json").read_text())["cases"] if c["seed"] == 0)
    y = np.array(case["y"])
    return np.array(case["X"]).reshape(len(y), -1), y


def flat(weights):
    return [[float("%.9g" % value) for value in w.ravel()] for w in weights]


def record(optimizer, weight_decay, schedule, params):
    x, y = article()
    order = np.random.RandomState(SPLIT["random_state"]).permutation(len(y))  # as scikit-learn's ShuffleSplit
    n_test = round(SPLIT["test_size"] * len(y))
    test, train = order[:n_test], order[n_test:]
    layers = [keras.layers.Dense(10, "relu", kernel_initializer=keras.initializers.GlorotUniform(SEEDS[0])),
              keras.layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(SEEDS[1]))]
    model = keras.Sequential([keras.Input((x.shape[1],)), *layers])
    rate = getattr(keras.optimizers.schedules, schedule)(**params)
    model.compile(getattr(keras.optimizers, optimizer)(learning_rate=rate, weight_decay=weight_decay), "mse")
    w0 = flat(model.get_weights())
    history = model.fit(x[train], y[train], epochs=25, batch_size=32, shuffle=False, verbose=0)
    error = model.predict(x[test], verbose=0)[:, 0].astype(np.float64) - y[test]
    return {"split": SPLIT, "hidden": [10], "activation": "relu", "kernel_seeds": SEEDS, "optimizer": optimizer, "weight_decay": weight_decay,
            "schedule": schedule, "schedule_params": params, "epochs": 25, "batch_size": 32, "shuffle": False,
            "w0": w0, "loss": [float("%.9g" % loss) for loss in history.history["loss"]], "val_loss": [],
            "weights": flat(model.get_weights()), "test_mse": float(np.mean(error**2))}


print(json.dumps({
    "about": "keras Sequential fits without shuffling whose learning_rate is schedule(**schedule_params)",
    "versions": {"numpy": np.__version__, "keras": keras.__version__, "tensorflow": tf.__version__},
    "cases": [record(*case) for case in CASES],
}))
