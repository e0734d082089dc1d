# SPDX-License-Identifier: Apache-2.0
"""Whole Keras fits: given seeds of the kernels, what follows set_random_seed, grid searches, distributions. For record.py."""

import json
import random

import keras
import numpy as np
from sklearn import model_selection
from sklearn.base import BaseEstimator, RegressorMixin

from record_plugins import between, flat, scale

SPLIT = {"splitter": "train_test_split", "test_size": 0.2, "random_state": 42}


def data_of(path):
    """X and y of the first case of an article_data.json."""
    case = json.loads(path.read_text())["cases"][0]
    y = np.array(case["y"])
    return np.array(case["X"]).reshape(len(y), -1), y


def model_of(case, n_inputs, kernel_seeds=None):
    """Compiled. Without kernel_seeds the layers draw their own."""
    given = [{"kernel_initializer": keras.initializers.GlorotUniform(seed)} for seed in kernel_seeds or []]
    widths = [*case["hidden"], 1]
    layers = [keras.layers.Dense(width, case["activation"] if i + 1 < len(widths) else None, **(given[i] if given else {}))
              for i, width in enumerate(widths)]
    model = keras.Sequential([keras.Input((n_inputs,)), *layers])
    params = case.get("optimizer_params") or {"learning_rate": case["learning_rate"]}
    model.compile(getattr(keras.optimizers, case["optimizer"])(**params), "mse")
    return model


def fit(case, model, data, rows):
    x, y = data
    stopping = case.get("early_stopping") or ({"monitor": "val_loss", "patience": case["patience"]} if "patience" in case else None)
    callbacks = [keras.callbacks.EarlyStopping(**stopping)] if stopping else []
    return model.fit(x[rows], y[rows], epochs=case["epochs"], batch_size=case["batch_size"], shuffle=case.get("shuffle", True),
                     validation_split=case.get("validation_split", 0), callbacks=callbacks, verbose=0).history


def rows_of(split, n):
    params = {key: value for key, value in split.items() if key != "splitter"}
    return model_selection.train_test_split(np.arange(n), **params)


def run(case, model, data):
    """Trains, and says what fits.json says."""
    train, test = rows_of(case["split"], len(data[1]))
    history = fit(case, model, data, train)
    prediction = model.predict(data[0][test], verbose=0)[:, 0]
    return {"loss": flat(history["loss"]), "val_loss": flat(history.get("val_loss", [])), "weights": [flat(w) for w in model.get_weights()],
            "test_prediction": flat(prediction), "test_mse": float(np.mean((prediction.astype(np.float64) - data[1][test]) ** 2))}


def seed32(draw):
    return int(draw.randint(0, 2**32, dtype=np.uint64))


def split_of(draw):
    return {"splitter": "train_test_split", "test_size": between(draw, 0.15, 0.4), "random_state": seed32(draw)}


# --- fits and grid searches ------------------------------------------------------------------------------------------


def fits(draw, data):
    optimizers = [("Adam", {}), ("SGD", {"momentum": between(draw, 0, 0.9)}), ("SGD", {"momentum": 0.8, "nesterov": True}), ("RMSprop", {}),
                  ("Nadam", {}), ("Adam", {"beta_1": between(draw, 0.7, 0.95)}), ("Adamax", {}), ("AdamW", {"weight_decay": 0.01}),
                  ("Adagrad", {}), ("Adam", {"amsgrad": True})]
    cases = []
    for name, params in optimizers:
        hidden = [int(width) for width in draw.randint(2, 20, draw.randint(1, 4))]
        case = {"data": "article_data.json", "split": split_of(draw), "hidden": hidden,
                "activation": str(draw.choice(["relu", "tanh", "sigmoid", "elu", "linear"])),
                "kernel_seeds": [int(seed) for seed in draw.randint(0, 2**31, len(hidden) + 1)], "optimizer": name,
                "optimizer_params": {"learning_rate": scale(draw, -3, -1.5), **params}, "epochs": int(draw.randint(10, 60)),
                "batch_size": int(draw.choice([1, 7, 16, 32, 500])), "shuffle": False, "validation_split": 0, "early_stopping": None}
        if draw.rand() < 0.5:
            case["validation_split"] = between(draw, 0.1, 0.4)
            case["early_stopping"] = {"monitor": "val_loss", "patience": int(draw.randint(1, 6)),
                                      "restore_best_weights": bool(draw.randint(0, 2))}
        model = model_of(case, data[0].shape[1], case["kernel_seeds"])
        cases.append({**case, "w0": [flat(w) for w in model.get_weights()], **run(case, model, data)})
    return {"about": "keras Sequential fits without shuffling; dense layers, GlorotUniform(seed) kernels, zero biases, loss 'mse'; history "
                     "a row an epoch", "cases": cases}


class Network(RegressorMixin, BaseEstimator):
    """What GridSearchCV clones: a model made anew, with the same kernels, for each fit."""

    def __init__(self, case=None, learning_rate=0.01):
        self.case, self.learning_rate = case, learning_rate

    def fit(self, x, y):
        case = {**self.case, "learning_rate": self.learning_rate}
        self.model_ = model_of(case, x.shape[1], case["kernel_seeds"])
        fit(case, self.model_, (x, y), np.arange(len(y)))
        return self

    def predict(self, x):
        return self.model_.predict(x, verbose=0)[:, 0]


def gridsearch(draw, data):
    x, y = (array.astype(np.float32) for array in data)
    cases = []
    for cv in ({"n_splits": int(draw.randint(2, 7))}, {"n_splits": int(draw.randint(2, 7)), "shuffle": True, "random_state": seed32(draw)}):
        hidden = [int(width) for width in draw.randint(2, 14, draw.randint(1, 3))]
        rates = sorted({scale(draw, -3.5, -1) for _ in range(4)})
        case = {"data": "article_data.json, cast to float32", "cv": {"splitter": "KFold", **cv}, "grid": {"learning_rate": rates},
                "hidden": hidden, "activation": str(draw.choice(["relu", "tanh"])), "optimizer": str(draw.choice(["Adam", "SGD", "RMSprop"])),
                "epochs": int(draw.randint(5, 25)), "batch_size": int(draw.choice([8, 32])), "shuffle": False,
                "kernel_seeds": [int(seed) for seed in draw.randint(0, 2**31, len(hidden) + 1)]}
        search = model_selection.GridSearchCV(Network(case), case["grid"], cv=model_selection.KFold(**cv), scoring="neg_mean_squared_error")
        search.fit(x, y)
        scores = search.cv_results_
        folds = [[-float(scores[f"split{i}_test_score"][k]) for i in range(cv["n_splits"])] for k in range(len(rates))]
        error = search.best_estimator_.predict(x) - y
        cases.append({**case, "split_test_mse": folds, "mean_test_mse": (-scores["mean_test_score"]).tolist(),
                      "std_test_mse": scores["std_test_score"].tolist(), "rank": scores["rank_test_score"].tolist(),
                      "best_learning_rate": search.best_params_["learning_rate"], "refit_mse_on_all_rows": float(np.mean(error**2))})
    return {"about": "sklearn GridSearchCV over a Keras model, scoring neg_mean_squared_error (sign turned), refit on all rows; every "
                     "kernel from GlorotUniform(seed)", "cases": cases}


# --- from a seed -----------------------------------------------------------------------------------------------------


class Watched(keras.Sequential):
    """Keeps the rows of each batch: the first column is the row's number."""

    def train_step(self, data):
        self.batches.append([int(row) for row in data[0][:, 0]])
        return super().train_step(data)


def row_order(seed, n, epochs, batch_size):
    model = Watched([keras.Input((1,)), keras.layers.Dense(1)])
    model.batches = []
    model.compile("sgd", "mse", run_eagerly=True)
    keras.utils.set_random_seed(seed)
    model.fit(np.arange(n, dtype=np.float32)[:, None], np.zeros(n), epochs=epochs, batch_size=batch_size, verbose=0)
    return {"n": n, "epochs": epochs, "batch_size": batch_size, "batches": model.batches}


def keras_seeded(draw, data):
    cases = []
    for seed in (0, seed32(draw), int(draw.randint(0, 100000)), 2**31 - 1):
        orders = [row_order(seed, int(draw.randint(2, 150)), int(draw.randint(2, 5)), int(draw.randint(1, 40))) for _ in range(3)]
        model = {"hidden": [10], "activation": "relu"}
        keras.utils.set_random_seed(seed)
        integers = [random.randint(1, 10**9) for _ in range(6)]
        keras.utils.set_random_seed(seed)
        first = model_of({**model, "optimizer": "SGD", "learning_rate": 0.01}, data[0].shape[1])
        case = {"seed": seed, "python_random_randint_1_1e9": integers, "kernel_seeds": [layer.kernel_initializer.seed for layer in first.layers],
                "w0": [flat(w) for w in first.get_weights()], "row_order": orders, "fits": []}
        for name in ("Adam", "SGD", "RMSprop"):
            one = {"split": split_of(draw), "optimizer": name, "optimizer_params": {"learning_rate": scale(draw, -3, -1.5)},
                   "epochs": int(draw.randint(10, 60)), "batch_size": int(draw.choice([5, 16, 32])), "shuffle": True}
            if draw.rand() < 0.5:
                one |= {"validation_split": between(draw, 0.1, 0.4), "patience": int(draw.randint(2, 12))}
            keras.utils.set_random_seed(seed)
            result = run(one, model_of({**model, **one}, data[0].shape[1]), data)
            del result["test_prediction"]
            case["fits"].append({**one, **result})
        cases.append(case)
    return {"about": "after keras.utils.set_random_seed(seed), model Dense(10, relu) - Dense(1) on 5 inputs, data article_data.json: the "
                     "integers that Python's random gives, the seeds that the layers drew, the initial weights, the row order of "
                     "fit(shuffle=True) batch by batch, and whole fits with the default shuffling", "cases": cases}


ARTICLE = [
    {"name": "ex1_adam_0.01_50", "optimizer": "Adam", "learning_rate": 0.01, "epochs": 50},
    {"name": "ex1_adam_0.001_50", "optimizer": "Adam", "learning_rate": 0.001, "epochs": 50},
    {"name": "ex3_manual_sgd_es", "optimizer": "SGD", "learning_rate": 0.01, "epochs": 100, "validation_split": 0.2,
     "early_stopping": {"monitor": "val_loss", "patience": 10}},
    {"name": "ex3_grid_adam_100", "optimizer": "Adam", "learning_rate": 0.01, "epochs": 100},
]


def distributions(data, seeds):
    """The article's fits, one a seed; None: nothing is seeded."""
    cases = []
    for article in ARTICLE:
        case = {"name": article["name"], "hidden": [10], "activation": "relu", "batch_size": 32, "split": SPLIT,
                **{key: value for key, value in article.items() if key != "name"}}
        results, model = [], model_of(case, data[0].shape[1])  # one model, so that TensorFlow traces it once
        model.optimizer.build(model.trainable_variables)
        unused = [variable.numpy() for variable in model.optimizer.variables]
        for seed in seeds:
            if seed is not None:
                keras.utils.set_random_seed(seed)
            model.set_weights(model_of(case, data[0].shape[1]).get_weights())
            for variable, value in zip(model.optimizer.variables, unused):
                variable.assign(value)
            results.append(run(case, model, data))
        if seeds[0] is not None:
            case["seeds"] = seeds
        cases.append({**case, "test_mse": [r["test_mse"] for r in results], "epochs_run": [len(r["loss"]) for r in results]})
        print(f"  {case['name']}: {len(seeds)} fits", flush=True)
    return cases


def keras_distributions(draw, data, runs):
    start = int(draw.randint(0, 2**31))
    return {"about": "test MSE of whole Keras fits on article_data.json, each after keras.utils.set_random_seed(seed), default shuffling "
                     "(so one row order for all epochs)", "cases": distributions(data, [start + i for i in range(runs)])}


def keras_unseeded(draw, data, runs):
    del draw  # nothing is seeded: another run of this program records other numbers
    return {"about": "test MSE of whole Keras fits on article_data.json, nothing seeded: another row order every epoch",
            "cases": distributions(data, [None] * runs)}
