# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/optimizers_more.json: what Keras' optimizers do with parameters that optimizers.json leaves alone.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    python3 tests/conformance/record_optimizers.py > tests/goldens/optimizers_more.json
    python3 tests/conformance/record_optimizers.py --itself    # how far Keras' FTRL, LAMB and Muon are from float64

Only whoever wants other cases needs it; the tests read the file. Same form as optimizers.json: weights of a dense network
(kernel, bias, kernel, bias, ...; row-major; 5-10-1 unless the case has a shape) after each of 6 steps on given gradients.
"""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import tensorflow as tf

SHAPES = [[5, 10], [10], [10, 1], [1]]
WIDE = [[3, 34], [34], [34, 9], [9], [9, 1], [1]]
STEPS = 6
AROUND = [
    {"shapes": WIDE},
    {"weight_decay": 0.05, "clipvalue": 1.0},
    {"global_clipnorm": 2.0, "use_ema": True, "ema_momentum": 0.8},
    {"clipnorm": 0.8, "use_ema": True, "ema_momentum": 0.6, "ema_overwrite_frequency": 2},
]
CASES = [
    ("RMSprop", {"rho": 0.99, "epsilon": 1e-3}),
    ("RMSprop", {"rho": 0.8, "momentum": 0.5, "epsilon": 1e-5}),
    ("RMSprop", {"rho": 0.95, "centered": True, "epsilon": 1e-3}),
    ("RMSprop", {"momentum": 0.9, "weight_decay": 0.02, "clipvalue": 0.5}),
    ("Adagrad", {"initial_accumulator_value": 1.5, "epsilon": 0.01}),
    ("Adagrad", {"initial_accumulator_value": 0.0, "epsilon": 1e-5}),
    ("Adadelta", {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-6}),
    ("Adadelta", {"learning_rate": 0.5, "rho": 0.6, "epsilon": 0.01, "weight_decay": 0.1}),
    ("Adamax", {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 0.01}),
    ("Nadam", {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}),
    ("Nadam", {"beta_1": 0.95, "beta_2": 0.99, "global_clipnorm": 2.0}),
    ("Lion", {"beta_1": 0.7, "beta_2": 0.8}),
    ("Lion", {"beta_1": 0.95, "beta_2": 0.98, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("AdamW", {"weight_decay": 0.1, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3, "amsgrad": True}),
    ("Ftrl", {"l2_shrinkage_regularization_strength": 0.1, "beta": 0.5}),
    ("Ftrl", {"learning_rate_power": -0.3, "initial_accumulator_value": 0.5}),
    ("Ftrl", {"learning_rate_power": 0.0, "l1_regularization_strength": 0.5}),
    (
        "Ftrl",
        {
            "learning_rate": 0.1,
            "learning_rate_power": -0.8,
            "initial_accumulator_value": 0.2,
            "l1_regularization_strength": 1.0,
            "l2_regularization_strength": 0.3,
            "l2_shrinkage_regularization_strength": 0.05,
            "beta": 1.0,
        },
    ),
    ("SGD", {"momentum": 0.9, "use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 2}),
    ("Adam", {"clipnorm": 1.0, "weight_decay": 0.05, "use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 3}),
    ("RMSprop", {"global_clipnorm": 1.5, "use_ema": True, "ema_overwrite_frequency": 1}),
    ("Nadam", {"clipvalue": 0.7, "weight_decay": 0.1}),
    ("Lion", {"clipnorm": 0.5, "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 4}),
    *((name, params) for name in ("Lamb", "Adafactor", "Muon") for params in AROUND),
    ("Lamb", {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}),
    ("Lamb", {"learning_rate": 0.5, "beta_1": 0.0, "epsilon": 1e-6}),
    ("Lamb", {"weight_decay": 0.1, "clipnorm": 0.3, "beta_2": 0.99}),
    ("Adafactor", {"learning_rate": 0.9}),
    ("Adafactor", {"relative_step": False, "learning_rate": 0.9, "clip_threshold": 0.5}),
    ("Adafactor", {"beta_2_decay": -0.5, "epsilon_1": 1e-3, "epsilon_2": 0.9}),
    ("Adafactor", {"clip_threshold": 2.0, "epsilon_2": 1e-2, "weight_decay": 0.05}),
    ("Muon", {"nesterov": False, "momentum": 0.8, "weight_decay": None}),
    ("Muon", {"ns_steps": 3, "rms_rate": None, "adam_lr_ratio": 0.1, "adam_weight_decay": 0.1}),
    ("Muon", {"muon_a": 3.0, "muon_b": -3.2, "muon_c": 1.2, "rms_rate": 0.5, "weight_decay": 0.1}),
    ("Muon", {"adam_beta_1": 0.8, "adam_beta_2": 0.95, "epsilon": 1e-4, "adam_weight_decay": None}),
    ("Muon", {"momentum": 0.0, "exclude_embeddings": False, "ns_steps": 1}),
]


def draw(seed, shapes=None):
    """Initial weights and the gradients of every step, float32, from a seed."""
    random = np.random.RandomState(seed)
    shapes = shapes or SHAPES
    weights = [random.standard_normal(shape).astype(np.float32) for shape in shapes]
    gradients = [
        [(2 * random.standard_normal(shape)).astype(np.float32) for shape in shapes]
        for _ in range(STEPS)
    ]
    return weights, gradients


def run(name, params, weights, gradients, dtype="float32"):
    """The weights after each step, a list of arrays a step."""
    variables = [keras.Variable(w.astype(dtype), dtype=dtype) for w in weights]
    optimizer = getattr(keras.optimizers, name)(**params)
    optimizer.build(variables)
    after = []
    for step in gradients:
        optimizer.apply([tf.constant(g.astype(dtype)) for g in step], variables)
        after.append([v.numpy() for v in variables])
    return after


def numbers(arrays):
    """Nine significant digits: reading them back as float32 is exact."""
    return [[float(f"{x:.9g}") for x in a.ravel().tolist()] for a in arrays]


def record():
    cases = []
    for seed, (name, params) in enumerate(CASES, 1000):
        params = {"learning_rate": 0.01, **params}
        shapes = params.pop("shapes", SHAPES)
        weights, gradients = draw(seed, shapes)
        cases.append(
            {
                "optimizer": name,
                "params": params,
                "shapes": shapes,
                "w0": numbers(weights),
                "gradients": [numbers(step) for step in gradients],
                "weights_after_step": [
                    numbers(step) for step in run(name, params, weights, gradients)
                ],
            }
        )
    return {
        "about": "keras.optimizers.NAME(**params): weights of a dense network (kernel, bias, kernel, "
        "bias, ...; row-major) after each step of the given gradients; by tests/conformance/record_optimizers.py",
        "versions": {
            "numpy": np.__version__,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
        },
        "cases": cases,
    }


def itself(name, params):
    """How far float32 is from float64 in Keras itself, where weights are differences of larger numbers."""
    worst = [0.0, 0.0, 0.0]
    for seed in range(100):
        weights, gradients = draw(seed)
        single = run(name, params, weights, gradients)
        double = run(name, params, weights, gradients, "float64")
        largest = [np.abs(w) for w in weights]
        for s, d in zip(single, double):
            for i, (a, b) in enumerate(zip(s, d)):
                largest[i] = np.maximum(largest[i], np.abs(b))
                error = np.abs(a - b)
                moved = np.abs(b - weights[i]).max()
                worst[0] = max(worst[0], (error / np.abs(b)).max())
                worst[1] = max(worst[1], (error / largest[i]).max())
                worst[2] = max(worst[2], (error / np.maximum(np.abs(b), moved)).max())
    print(
        "%s, largest error of a weight: %.2g of itself, %.2g of the largest it has been, %.2g of itself or of what "
        "its tensor has moved" % (name, *worst)
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["--itself"]:
        itself("Ftrl", {"learning_rate": 0.01})
        itself("Lamb", {"learning_rate": 0.01})
        itself("Muon", {"learning_rate": 0.01, "rms_rate": None})  # its root is float32 in any case
    else:
        json.dump(record(), sys.stdout, separators=(",", ":"))
        print()
