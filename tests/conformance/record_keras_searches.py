# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/keras_searches.json: searches under one seed whose candidates draw different numbers of kernels.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0 scikit-learn==1.9.1
    python3 tests/conformance/record_keras_searches.py > tests/goldens/keras_searches.json

Only whoever wants other cases needs it; the tests read the file. An initializer without a seed takes one from Python's
random as it is made, whatever names it, and Zeros, Ones, Constant and Identity have none: `draws` counts them.
"""

import json
import os
import random

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import sklearn
import tensorflow as tf
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import GridSearchCV, KFold

CLASSES = ["Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "LecunNormal", "LecunUniform", "Ones",
           "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros"]
EPOCHS, BATCH_SIZE, RATE, VALUE = 4, 16, 0.02, 0.25
FITS = []


def article(n):
    numbers = np.random.RandomState(0)
    x = numbers.rand(n, 5)
    return x, 2 * x[:, 0] + 3 * x[:, 1] - x[:, 2] + 0.5 * x[:, 3] + 0.1 * x[:, 4] + 0.1 * numbers.randn(n)


class Network(RegressorMixin, BaseEstimator):
    """A script's estimator: fit() builds, compiles and fits. Keeps what seeds the kernels had."""

    def __init__(self, hidden=(6,), initializer="glorot_uniform", learning_rate=RATE):
        self.hidden, self.initializer, self.learning_rate = hidden, initializer, learning_rate

    def fit(self, X, y):
        make = (lambda: keras.initializers.Constant(VALUE)) if self.initializer == "constant" else lambda: self.initializer
        model = keras.Sequential([keras.Input((X.shape[1],))])
        for units in self.hidden:
            model.add(keras.layers.Dense(units, "relu", kernel_initializer=make()))
        model.add(keras.layers.Dense(1, kernel_initializer=make()))
        model.compile(keras.optimizers.Adam(self.learning_rate), "mse")
        FITS.append([getattr(layer.kernel_initializer, "seed", None) for layer in model.layers])
        model.fit(X, y, epochs=EPOCHS, batch_size=BATCH_SIZE, verbose=0)
        self.model_ = model
        return self

    def predict(self, X):
        return self.model_.predict(X, verbose=0)[:, 0].astype(np.float64)


def search(label, seed, rows, grid, inner, outer):
    """GridSearchCV, or a loop around it that scores each refit on the rows of an outer split."""
    x, y = article(rows)
    FITS.clear()
    scores, best, refits = [], [], []
    keras.utils.set_random_seed(seed)
    every = [(np.arange(rows), None)] if not outer else list(KFold(outer).split(x))
    for train, test in every:
        found = GridSearchCV(Network(), grid, scoring="neg_mean_squared_error", cv=KFold(inner), refit=bool(outer)).fit(x[train], y[train])
        scores.append([[found.cv_results_[f"split{fold}_test_score"][i] for fold in range(inner)]
                       for i in range(len(found.cv_results_["params"]))])
        best.append(int(found.best_index_))
        if outer:
            refits.append(float(np.mean((found.predict(x[test]) - y[test]) ** 2)))
    return {"label": label, "seed": seed, "rows": rows, "epochs": EPOCHS, "batch_size": BATCH_SIZE, "learning_rate": RATE, "constant": VALUE,
            "grid": grid, "inner": inner, "outer": outer, "kernel_seeds": list(FITS), "split_test_score": scores, "best_index": best,
            "refit_test_mse": refits}


def draws(name):
    """How many numbers of Python's random a layer takes, by whatever names its initializer: its bias is the default, Zeros."""
    kind = getattr(keras.initializers, name)
    snake = keras.src.utils.naming.to_snake_case(name)
    ways = {"class": lambda: kind, "object": lambda: kind(),
            "config": lambda: {"class_name": name, "config": {"value": VALUE} if name == "Constant" else {}}}
    if name != "Constant":  # as a string it lacks its value
        ways["string"] = lambda: snake
    counts = {}
    for way, make in ways.items():
        random.seed(5)
        keras.layers.Dense(3, kernel_initializer=make()).build((None, 4))
        after, counts[way] = random.getstate(), 0
        random.seed(5)
        while random.getstate() != after:
            random.randint(1, int(1e9))
            counts[way] += 1
            assert counts[way] < 9
    assert len(set(counts.values())) == 1, counts
    return {"initializer": snake, "n": counts["object"]}


CASES = [
    ("initializers", 5, 40, {"initializer": ["zeros", "glorot_uniform", "ones", "he_normal", "constant", "orthogonal", "identity",
                                             "random_normal"]}, 2, None),
    ("initializers, refits", 11, 60, {"initializer": ["glorot_uniform", "identity"]}, 2, 4),
    ("depths, refits", 123, 60, {"hidden": [[6], [5, 4], [5, 3, 2]]}, 2, 4),
    ("depths and initializers, refits", 7, 60, {"hidden": [[5], [5, 3]], "initializer": ["he_uniform", "identity"]}, 2, 4),
    ("rates, refits", 4294967295, 60, {"learning_rate": [0.01, 0.05]}, 3, 3),
]

keras.config.disable_interactive_logging()
counted = [draws(name) for name in CLASSES]
print(json.dumps({
    "about": "searches after one call of keras.utils.set_random_seed, on the article's data of RandomState(0): GridSearchCV with "
             "KFold(inner), alone or inside KFold(outer) with a refit in each; kernel_seeds of all fits in turn, null: it has none; how "
             "many numbers of Python's random each initializer takes",
    "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "keras": keras.__version__,
                 "tensorflow": tf.__version__},
    "draws": counted,
    "cases": [search(*case) for case in CASES],
}))
