# SPDX-License-Identifier: Apache-2.0
"""Checks what the presets of protocols (core/suite/presets.c) say of Keras' own wrapper and of scikeras.

  python tests/conformance/check_wrappers.py [scikeras]

Watches every Model.fit() that a real GridSearchCV makes. Needs keras 3, tensorflow, scikit-learn and numpy; for scikeras
0.13 a scikit-learn before 1.6, the last that it works with. Exit code 1: some fit was another one.
"""
import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import sklearn
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV

X = np.random.RandomState(0).rand(100, 5)
Y = X.sum(axis=1)
FITS = []
REAL_FIT = keras.Model.fit


def watched_fit(model, *arguments, **named):
    named["verbose"] = 0
    history = REAL_FIT(model, *arguments, **named)
    epochs = len(history.epoch)
    FITS.append((type(model.optimizer).__name__, round(float(model.optimizer.learning_rate), 6), epochs,
                 int(model.optimizer.iterations) // epochs, "val_loss" in history.history))
    return history


def build(X=None, y=None, meta=None, lr=0.01, compiled=True):
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(10, activation="relu"), keras.layers.Dense(1)])
    if compiled:
        model.compile(optimizer=keras.optimizers.Adam(lr), loss="mse")
    return model


def check(what, estimator, grid, expected, **fit_arguments):
    """`expected`: of each candidate, optimizer, learning rate, epochs, updates an epoch of 80 rows, validation rows."""
    FITS.clear()
    search = GridSearchCV(estimator, grid, refit=False).fit(X, Y, **fit_arguments)
    same = FITS == [fit for fit in expected for _ in range(5)]
    same &= search.n_splits_ == 5
    alone = estimator.fit(X, Y)
    same &= bool(np.isclose(alone.score(X, Y), r2_score(Y, alone.predict(X))))  # what a search without `scoring` scores
    print(f"{what:60} {'as expected' if same else FITS}", flush=True)
    return same


def check_keras():
    wrapper = keras.wrappers.SKLearnRegressor
    rates = {"model_kwargs": [{"lr": 0.01}, {"lr": 0.05}]}
    told = {"epochs": 10, "batch_size": 16, "validation_split": 0.25}
    untold = [("Adam", 0.01, 1, 3, False), ("Adam", 0.05, 1, 3, False)]
    good = check("SKLearnRegressor(model, fit_kwargs=...): lost", wrapper(build, fit_kwargs=told), rates, untold)
    good &= check("a grid of fit_kwargs acts, the estimator's are lost", wrapper(build, fit_kwargs=told),
                  {"fit_kwargs": [{"epochs": 3}, {"epochs": 5}]}, [("Adam", 0.01, 3, 3, False), ("Adam", 0.01, 5, 3, False)])
    good &= check("GridSearchCV.fit(X, y, epochs=4) acts", wrapper(build), rates,
                  [("Adam", 0.01, 4, 3, False), ("Adam", 0.05, 4, 3, False)], epochs=4)
    return good


def check_scikeras():
    from scikeras.wrappers import KerasRegressor

    once = {"model__lr": [0.01]}
    good = check("KerasRegressor(model, loss): not compiled", KerasRegressor(build, loss="mse", verbose=0, model__compiled=False),
                 once, [("RMSprop", 0.001, 1, 3, False)])
    good &= check("a compiled model keeps its optimizer", KerasRegressor(build, optimizer="sgd", verbose=0), once,
                  [("Adam", 0.01, 1, 3, False)])
    good &= check("epochs, batch_size, validation_split act",
                  KerasRegressor(build, epochs=3, batch_size=16, validation_split=0.25, verbose=0), once,
                  [("Adam", 0.01, 3, 4, True)])
    good &= check("a grid of epochs, batch_size, optimizer__learning_rate acts",
                  KerasRegressor(build, loss="mse", optimizer="adam", verbose=0, model__compiled=False),
                  {"epochs": [2, 3], "batch_size": [16], "optimizer__learning_rate": [0.05]},
                  [("Adam", 0.05, 2, 5, False), ("Adam", 0.05, 3, 5, False)])
    return good


if __name__ == "__main__":
    keras.Model.fit = watched_fit
    print(f"keras {keras.__version__}, scikit-learn {sklearn.__version__}")
    keras.utils.disable_interactive_logging()
    sys.exit(0 if (check_scikeras() if "scikeras" in sys.argv[1:] else check_keras()) else 1)
