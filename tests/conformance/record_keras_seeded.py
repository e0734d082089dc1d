# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/keras_seeded_more.json: several Keras models built and fitted one after the other under one seed.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0 scikit-learn==1.9.1
    python3 tests/conformance/record_keras_seeded.py > tests/goldens/keras_seeded_more.json

Only whoever wants other cases needs it; the tests read the file. Weights of later fits go on in Python's random; the rows
of every fit, in whatever way it is called, come in the same order.
"""

import json
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import sklearn
import tensorflow as tf
from keras.src.wrappers import sklearn_wrapper
from keras.wrappers import SKLearnRegressor
from sklearn.model_selection import GridSearchCV, KFold, train_test_split

SEEDS = [0, 123, 20240607, 4294967295]
NAMES = {"GlorotUniform": "glorot_uniform", "HeNormal": "he_normal", "Orthogonal": "orthogonal"}
SEEDERS = {"keras.utils.set_random_seed": keras.utils.set_random_seed, "tf.random.set_seed": tf.random.set_seed}


def article(n=100):
    numbers = np.random.RandomState(0)
    x = numbers.rand(n, 5)
    return x, 2 * x[:, 0] + 3 * x[:, 1] - x[:, 2] + 0.5 * x[:, 3] + 0.1 * x[:, 4] + 0.1 * numbers.randn(n)


def build(hidden, initializer, rate=0.01):
    model = keras.Sequential([keras.Input((5,))])
    for units in hidden:
        model.add(keras.layers.Dense(units, "relu", kernel_initializer=initializer))
    model.add(keras.layers.Dense(1, kernel_initializer=initializer))
    model.compile(keras.optimizers.Adam(rate), "mse")
    return model


def mse(model, x, y):
    return float(np.mean((np.asarray(model.predict(x, verbose=0)).reshape(-1).astype(np.float64) - y) ** 2))


def fits_in_turn(seed, hidden, initializer, n_splits, epochs):
    """One script: set_random_seed, then a model built and fitted for each fold."""
    x, y = article()
    keras.utils.set_random_seed(seed)
    fits = []
    for train, test in KFold(n_splits, shuffle=True, random_state=42).split(x):
        model = build(hidden, initializer)
        seeds = [layer.kernel_initializer.seed for layer in model.layers]
        history = model.fit(x[train], y[train], epochs=epochs, batch_size=16, verbose=0)
        fits.append({"kernel_seeds": seeds, "loss": history.history["loss"][-1], "test_mse": mse(model, x[test], y[test])})
    return {"seed": seed, "hidden": hidden, "initializer": NAMES[initializer], "n_splits": n_splits, "random_state": 42,
            "epochs": epochs, "batch_size": 16, "fits": fits}


def holdout(seed, optimizer):
    """The article's script, all of it after one call: no random_state, so NumPy's global generator cuts the rows."""
    x, y = article()
    keras.utils.set_random_seed(seed)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2)
    model = build([10], "GlorotUniform")
    model.compile(getattr(keras.optimizers, optimizer)(0.01), "mse")
    model.fit(x_train, y_train, epochs=10, batch_size=32, verbose=0)
    return {"seed": seed, "optimizer": optimizer.lower(), "epochs": 10, "test_mse": mse(model, x_test, y_test)}


class Recorder(keras.Model):
    """Learns nothing: keeps which rows each batch has. x[i] = i."""

    def __init__(self, batches):
        super().__init__()
        self.keep, self.dense = batches.append, keras.layers.Dense(1)

    def call(self, x):
        tf.py_function(lambda rows: self.keep([int(row) for row in rows[:, 0]]), [x], [])
        return self.dense(x)


def orders(policy, seed, ns, epochs, how):
    """Row orders of several fits in one process, called in a loop or by GridSearchCV."""
    SEEDERS[policy](seed)
    fits = []
    if how == "loop":
        for n in ns:
            batches, x = [], np.arange(n, dtype=np.float32)[:, None]
            model = Recorder(batches)
            model.compile("sgd", "mse")
            model.fit(x, x, epochs=epochs, batch_size=n, verbose=0)
            fits.append({"n": n, "epochs": batches})
        return {"policy": policy, "seed": seed, "how": how, "fits": fits}
    seen = []

    def make(X, y):
        batches = []
        seen.append(batches)
        model = Recorder(batches)
        model.compile("sgd", "mse")
        return model

    x = np.arange(ns[0], dtype=np.float32)[:, None]
    search = GridSearchCV(SKLearnRegressor(make, fit_kwargs={"epochs": epochs, "batch_size": ns[0], "verbose": 0}),
                          {"fit_kwargs": [{"epochs": epochs, "batch_size": ns[0], "verbose": 0}]}, cv=3,
                          scoring=lambda estimator, x, y: 0.0)
    search.fit(x, x[:, 0])
    folds = [train for train, _ in KFold(3).split(x)] + [np.arange(ns[0])]
    for train, batches in zip(folds, seen, strict=True):
        place = {int(row): i for i, row in enumerate(train)}
        fits.append({"n": len(train), "epochs": [[place[row] for row in batch] for batch in batches]})
    return {"policy": policy, "seed": seed, "how": how, "fits": fits}


def grid_search(seed, whole):
    """GridSearchCV over Keras' own SKLearnRegressor, of a function that builds the model, or of a built model."""
    x, y = article()
    keras.utils.set_random_seed(seed)
    drawn = []

    def seen(model):
        drawn.append([layer.kernel_initializer.seed for layer in model.layers])
        return model

    def make(X, y):
        return seen(build([10], "GlorotUniform"))

    sklearn_wrapper.clone_model = lambda model: seen(keras.models.clone_model(model))  # what fit() calls for a built model
    model = build([10], "GlorotUniform") if whole else make
    rates = [{"epochs": epochs, "batch_size": 32, "verbose": 0} for epochs in (3, 6)]
    search = GridSearchCV(SKLearnRegressor(model), {"fit_kwargs": rates}, cv=KFold(3), scoring=lambda estimator, x, y: -mse(estimator.model_, x, y))
    search.fit(x, y)
    folds = [[-search.cv_results_[f"split{fold}_test_score"][i] for fold in range(3)] for i in range(2)]
    return {"seed": seed, "model": "instance" if whole else "function", "cv": {"splitter": "KFold", "n_splits": 3},
            "epochs": [3, 6], "kernel_seeds": drawn, "split_test_mse": folds, "best_index": int(search.best_index_),
            "refit_mse_on_all_rows": mse(search.best_estimator_.model_, x, y)}


def everything():
    keras.config.disable_interactive_logging()
    cases = [fits_in_turn(seed, [10], "GlorotUniform", 3, 8) for seed in SEEDS]
    cases += [fits_in_turn(7, [16, 8], "HeNormal", 2, 5), fits_in_turn(8, [12], "Orthogonal", 2, 5)]
    row_orders = [orders(policy, seed, [80, 80, 53, 3], 2, "loop") for policy in SEEDERS for seed in (0, 123, 4294967295)]
    row_orders += [orders("keras.utils.set_random_seed", 123, [60], 2, "GridSearchCV")]
    searches = [grid_search(123, whole) for whole in (False, True)]
    holdouts = [holdout(seed, optimizer) for seed in (123, 7) for optimizer in ("Adam", "SGD")]
    return {"cases": cases, "holdouts": holdouts, "row_orders": row_orders, "grid_searches": searches}


RECORDED = everything()
print(json.dumps({
    "about": "several models built and fitted one after the other in one process after one call of the seeding function: "
             "Dense(hidden, relu) - Dense(1) with Adam(0.01) on the article's data of RandomState(0), folds of "
             "KFold(n_splits, shuffle=True, random_state); holdout of train_test_split(test_size=0.2) without random_state; row "
             "orders of such fits as positions; GridSearchCV over SKLearnRegressor",
    "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "keras": keras.__version__,
                 "tensorflow": tf.__version__},
    **RECORDED,
}))
