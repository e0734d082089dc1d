# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/tensorflow_draws.json: TensorFlow's stateless draws and its shuffle.

    pip install tensorflow-cpu==2.21.0
    python3 tests/conformance/record_tensorflow_draws.py > tests/goldens/tensorflow_draws.json

Only whoever wants other cases needs it; the tests read the file. Float32 values carry 9 digits, which is exact.
"""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf

# Keras' seeds are [k, 0]; the others go through all four words of the counter
SEEDS = [(0, 0), (1, 0), (123, 0), (363779273, 0), (2147483645, 0), (0, 1), (5, 7), (2**40 + 3, 0), (-1, 0), (-2, -3)]
SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 255, 257]
RANDOM = {
    "stateless_uniform": (lambda n, seed, a, b: tf.random.stateless_uniform([n], seed, a, b), [(0.0, 1.0), (-0.6123724, 0.6123724)]),
    "stateless_normal": (lambda n, seed, a, b: tf.random.stateless_normal([n], seed, a, b), [(0.0, 1.0), (0.5, 0.05)]),
    "stateless_truncated_normal": (lambda n, seed, a, b: tf.random.stateless_truncated_normal([n], seed, a, b), [(0.0, 1.0), (-1.0, 0.3)]),
}
GLOBAL_SEEDS = [0, 1, 123, 2**31 - 2, 2**31 - 1, 2**31, 2**32 - 1]
OP_SEEDS = [0, 1, 5, 2**31 - 1, 2**31]
LENGTHS = [1, 2, 3, 4, 5, 6, 9, 80, 97]


def text(values):
    return [float("%.9g" % value) for value in np.asarray(values).ravel()]


def draws():
    for name, (draw, pairs) in RANDOM.items():
        for seed in SEEDS:
            for n in SIZES if seed in ((123, 0), (-2, -3)) else (5, 33):
                for a, b in pairs:
                    yield {"draw": name, "seed": [str(word) for word in seed], "n": n, "arguments": [a, b],
                           "values": text(draw(n, tf.constant(seed, tf.int64), a, b))}


def shuffles():
    for seed in GLOBAL_SEEDS:
        for op_seed in OP_SEEDS:
            for n in LENGTHS if seed == 123 else (5, 33):
                tf.random.set_seed(seed)
                yield {"draw": "shuffle", "seed": [str(seed), str(op_seed)], "n": n,
                       "values": [int(row) for row in tf.random.shuffle(tf.range(n), seed=op_seed)]}


print(json.dumps({
    "about": "tf.random.stateless_uniform/normal/truncated_normal([n], seed, *arguments) of float32, and tf.random.shuffle(range(n), "
             "seed=seed[1]) after tf.random.set_seed(seed[0]); seeds are text, as they may have 64 bits",
    "versions": {"numpy": np.__version__, "tensorflow": tf.__version__},
    "cases": [*draws(), *shuffles()],
}))
