# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/optimizers_more.json: what Keras' optimizers do with parameters that optimizers.json leaves alone.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    python3 tests/conformance/record_optimizers.py > tests/goldens/optimizers_more.json
    python3 tests/conformance/record_optimizers.py --ftrl    # how far Keras' FTRL is from itself in float64

Only whoever wants other cases needs it; the tests read the file. Same form as optimizers.json: weights of a 5-10-1 dense
network (kernel, bias, kernel, bias; row-major) after each of 6 steps on given gradients.
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
STEPS = 6
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
]


def draw(seed):
    """Initial weights and the gradients of every step, float32, from a seed."""
    random = np.random.RandomState(seed)
    weights = [random.standard_normal(shape).astype(np.float32) for shape in SHAPES]
    gradients = [
        [(2 * random.standard_normal(shape)).astype(np.float32) for shape in SHAPES]
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
        weights, gradients = draw(seed)
        cases.append(
            {
                "optimizer": name,
                "params": params,
                "shapes": SHAPES,
                "w0": numbers(weights),
                "gradients": [numbers(step) for step in gradients],
                "weights_after_step": [
                    numbers(step) for step in run(name, params, weights, gradients)
                ],
            }
        )
    return {
        "about": "keras.optimizers.NAME(**params): weights of a 5-10-1 dense network (kernel, bias, kernel, "
        "bias; row-major) after each step of the given gradients; by tests/conformance/record_optimizers.py",
        "versions": {
            "numpy": np.__version__,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
        },
        "cases": cases,
    }


def ftrl():
    """How far float32 is from float64 in Keras itself: relative to the weight, and to the largest it has been."""
    worst = [0.0, 0.0]
    for seed in range(200):
        weights, gradients = draw(seed)
        params = {"learning_rate": 0.01}
        single = run("Ftrl", params, weights, gradients)
        double = run("Ftrl", params, weights, gradients, "float64")
        largest = [np.abs(w) for w in weights]
        for s, d in zip(single, double):
            for i, (a, b) in enumerate(zip(s, d)):
                largest[i] = np.maximum(largest[i], np.abs(b))
                error = np.abs(a - b)
                worst[0] = max(worst[0], (error / np.abs(b)).max())
                worst[1] = max(worst[1], (error / largest[i]).max())
    print("largest error of a weight: %.2g of itself, %.2g of the largest it has been" % tuple(worst))


if __name__ == "__main__":
    if sys.argv[1:] == ["--ftrl"]:
        ftrl()
    else:
        json.dump(record(), sys.stdout, separators=(",", ":"))
        print()
