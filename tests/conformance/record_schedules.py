# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/schedules_more.json: Keras' schedules with parameters and steps that schedules.json leaves alone.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    python3 tests/conformance/record_schedules.py > tests/goldens/schedules_more.json

Only whoever wants other cases needs it; the tests read the file. Same form as schedules.json, with the steps of each rate.
"""

import json
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import tensorflow as tf

EARLY = list(range(64))
LATE = [100, 999, 1000, 1001, 4095, 12345, 100000, 16777217, 123456789]
CASES = [
    ("ExponentialDecay", dict(initial_learning_rate=0.02, decay_steps=7, decay_rate=0.5, staircase=True)),
    ("ExponentialDecay", dict(initial_learning_rate=0.02, decay_steps=1000, decay_rate=0.96)),
    ("ExponentialDecay", dict(initial_learning_rate=0.001, decay_steps=10**8, decay_rate=1.5)),
    ("InverseTimeDecay", dict(initial_learning_rate=0.3, decay_steps=7, decay_rate=0.9, staircase=True)),
    ("InverseTimeDecay", dict(initial_learning_rate=0.01, decay_steps=1, decay_rate=0.001)),
    ("PolynomialDecay", dict(initial_learning_rate=0.1, decay_steps=9, end_learning_rate=0.001, power=0.5, cycle=True)),
    ("PolynomialDecay", dict(initial_learning_rate=0.1, decay_steps=10)),
    ("PolynomialDecay", dict(initial_learning_rate=0.1, decay_steps=10, cycle=True)),
    ("PolynomialDecay", dict(initial_learning_rate=0.01, decay_steps=1000, end_learning_rate=0.1, power=3.0)),
    ("CosineDecay", dict(initial_learning_rate=0.1, decay_steps=20)),
    ("CosineDecay", dict(initial_learning_rate=0.1, decay_steps=1000, alpha=0.05)),
    ("CosineDecay", dict(initial_learning_rate=0.1, decay_steps=11, warmup_steps=5)),
    ("CosineDecay", dict(initial_learning_rate=0.01, decay_steps=30, warmup_target=0.2, warmup_steps=0, alpha=0.2)),
    ("CosineDecay", dict(initial_learning_rate=0.01, decay_steps=500, warmup_target=0.2, warmup_steps=600)),
    ("CosineDecayRestarts", dict(initial_learning_rate=0.1, first_decay_steps=5, t_mul=1.0, m_mul=0.8, alpha=0.1)),
    ("CosineDecayRestarts", dict(initial_learning_rate=0.1, first_decay_steps=4, t_mul=1.5, m_mul=0.9, alpha=0.05)),
    ("CosineDecayRestarts", dict(initial_learning_rate=0.05, first_decay_steps=100, t_mul=3.0, alpha=0.3)),
    ("PiecewiseConstantDecay", dict(boundaries=[0, 1, 1000, 100000], values=[1.0, 0.5, 0.25, 0.1, 0.01])),
    ("PiecewiseConstantDecay", dict(boundaries=[4], values=[0.0, 0.3])),
]


def record(name, params):
    schedule = getattr(keras.optimizers.schedules, name)(**params)
    steps = EARLY + LATE
    rates = [float(np.float32(schedule(tf.constant(step, tf.int32)))) for step in steps]
    return {"schedule": name, "params": params, "steps": steps,
            "learning_rate_at_step": [float("%.9g" % rate) for rate in rates]}


versions = {"numpy": np.__version__, "keras": keras.__version__, "tensorflow": tf.__version__}
print(json.dumps({
    "about": "keras.optimizers.schedules.NAME(**params)(step) for each of `steps`",
    "versions": versions,
    "cases": [record(name, params) for name, params in CASES],
}))
