# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/reduce_lr_on_plateau.json: Keras' ReduceLROnPlateau, alone and beside EarlyStopping.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    python3 tests/conformance/record_reduce_lr_on_plateau.py [SEED] > tests/goldens/reduce_lr_on_plateau.json

Only whoever wants other cases needs it; the tests read the file. `cases`: one monitored value an epoch, and the rate
after each. `fits`: whole fits in the form of fits.json, with their callbacks in order and the rate after each epoch;
those with a seed begin with keras.utils.set_random_seed(seed) and shuffle, the others are given w0.
"""

import json
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import tensorflow as tf

GOLDENS = pathlib.Path(__file__).parent.parent / "goldens"
SPLIT = {"splitter": "train_test_split", "test_size": 0.2, "random_state": 42}
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0
N_CASES, N_EPOCHS = 60, 40

PLATEAU = {"callback": "ReduceLROnPlateau", "params": {"factor": 0.5, "patience": 2, "min_delta": 0.001}}
SHARP = {"callback": "ReduceLROnPlateau", "params": {"factor": 0.2, "patience": 3, "min_lr": 0.002, "cooldown": 2}}
ON_LOSS = {"callback": "ReduceLROnPlateau", "params": {"monitor": "loss", "factor": 0.7, "patience": 1}}
STOP = {"callback": "EarlyStopping", "params": {"patience": 6}}
RESTORE = {"callback": "EarlyStopping", "params": {"patience": 8, "restore_best_weights": True}}
# restores for good, whoever stops the fit, and last of all stands
BEST_LOSS = {"callback": "EarlyStopping", "params": {"monitor": "loss", "min_delta": 0.05, "patience": 99, "restore_best_weights": True}}
FITS = [
    ("SGD", {"learning_rate": 0.06}, [PLATEAU]),
    ("SGD", {"learning_rate": 0.03, "momentum": 0.8}, [SHARP]),
    ("Adam", {"learning_rate": 0.06}, [PLATEAU]),
    ("AdamW", {"learning_rate": 0.04, "weight_decay": 0.05}, [SHARP]),
    ("Adam", {"learning_rate": 0.02}, [ON_LOSS]),
    ("Adam", {"learning_rate": 0.06}, [STOP, PLATEAU]),
    ("Adam", {"learning_rate": 0.06}, [PLATEAU, STOP]),
    ("SGD", {"learning_rate": 0.06}, [RESTORE, PLATEAU]),
    ("SGD", {"learning_rate": 0.03, "momentum": 0.8}, [RESTORE, SHARP, ON_LOSS]),
    ("Adam", {"learning_rate": 0.06}, [BEST_LOSS, PLATEAU, STOP]),
    ("Adam", {"learning_rate": 0.06}, [RESTORE, PLATEAU, BEST_LOSS]),
]


def article():
    case = next(c for c in json.loads((GOLDENS / "article_data.json").read_text())["cases"] if c["seed"] == 0)
    y = np.array(case["y"])
    return np.array(case["X"]).reshape(len(y), -1), y


# --- the rate, given what is monitored ---------------------------------------------------------------------


def draw(random):
    """Parameters and a sequence that falls, stays and jumps, on a grid coarse enough for ties."""
    params = {
        "monitor": ["val_loss", "loss"][random.randint(2)],
        "factor": float(random.choice([0.0, 0.1, 0.3, 0.5, 0.9, 1 / 3, 0.999])),
        "patience": int(random.choice([0, 1, 2, 3, 5])),
        "mode": ["auto", "min", "max"][random.randint(3)],
        "min_delta": float(random.choice([0.0, 1e-4, 0.1, 0.25, -0.1])),
        "cooldown": int(random.choice([0, 0, 1, 3])),
        "min_lr": float(random.choice([0.0, 0.0, 1e-3, 0.01, 0.1, 2.0])),
    }
    values = np.round(4 * np.exp(-np.arange(N_EPOCHS) / random.uniform(2, 20)) + random.uniform(0, 1, N_EPOCHS), 1)
    if params["mode"] == "max":
        values = -values
    values = values + random.choice([0, 0, 1e-9, 1e-7], N_EPOCHS)  # float32 does not tell some of them apart
    values[random.uniform(size=N_EPOCHS) < random.choice([0, 0.1])] = np.nan
    if random.uniform() < 0.2:
        values[0] = np.nan
    return params, [None if np.isnan(v) else float(v) for v in values], float(random.choice([0.01, 0.1, 1e-3, 1.0, 0.0]))


def rates(model, params, values, learning_rate):
    model.optimizer.learning_rate = learning_rate
    callback = keras.callbacks.ReduceLROnPlateau(**params)
    callback.set_model(model)
    callback.on_train_begin()
    after = []
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {params["monitor"]: np.nan if value is None else value})
        after.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
    return after


def record_rates():
    random = np.random.RandomState(SEED)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    cases = []
    for _ in range(N_CASES):
        params, values, learning_rate = draw(random)
        # what suites allow: Keras takes the absolute value
        cases.append({"params": {**params, "min_delta": abs(params["min_delta"])}, "learning_rate": learning_rate,
                      "values": values, "rates": rates(model, params, values, learning_rate)})
    return cases


# --- whole fits --------------------------------------------------------------------------------------------


class Rates(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.after = []

    def on_epoch_end(self, epoch, logs=None):
        self.after.append(float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)))


def flat(weights):
    return [[float("%.9g" % value) for value in w.ravel()] for w in weights]


def record_fit(optimizer, params, callbacks, seed):
    x, y = article()
    order = np.random.RandomState(SPLIT["random_state"]).permutation(len(y))  # as scikit-learn's ShuffleSplit
    n_test = round(SPLIT["test_size"] * len(y))
    test, train = order[:n_test], order[n_test:]
    is_seeded = seed is not None
    if is_seeded:
        keras.utils.set_random_seed(seed)
    seeds = [None, None] if is_seeded else [123, 173]
    layers = [keras.layers.Dense(10, "relu", kernel_initializer=keras.initializers.GlorotUniform(seeds[0])),
              keras.layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(seeds[1]))]
    model = keras.Sequential([keras.Input((x.shape[1],)), *layers])
    model.compile(getattr(keras.optimizers, optimizer)(**params), "mse")
    w0 = flat(model.get_weights())
    seen = Rates()
    rules = [getattr(keras.callbacks, c["callback"])(**c["params"]) for c in callbacks]
    history = model.fit(x[train], y[train], epochs=60, batch_size=16, shuffle=is_seeded, validation_split=0.2,
                        callbacks=[*rules, seen], verbose=0)
    error = model.predict(x[test], verbose=0)[:, 0].astype(np.float64) - y[test]
    losses = {key: [float("%.9g" % loss) for loss in history.history[key]] for key in ("loss", "val_loss")}
    return {"split": SPLIT, "hidden": [10], "activation": "relu", "optimizer": optimizer, "optimizer_params": params,
            "epochs": 60, "batch_size": 16, "shuffle": is_seeded, "validation_split": 0.2, "callbacks": callbacks,
            **({"seed": seed} if is_seeded else {"w0": w0}), **losses, "rates": seen.after,
            "test_mse": float(np.mean(error**2))}


print(json.dumps({
    "about": "keras.callbacks.ReduceLROnPlateau(**params) fed one value an epoch (null is NaN): the optimizer's rate "
             "after each; and whole fits with such callbacks",
    "versions": {"numpy": np.__version__, "keras": keras.__version__, "tensorflow": tf.__version__},
    "cases": record_rates(),
    "fits": [record_fit(*case, seed) for i, case in enumerate(FITS) for seed in [None, SEED + 100 + i]],
}))
