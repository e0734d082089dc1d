# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/least_squares.json: weights and errors of scikit-learn's LinearRegression, of full rank and of less.

    pip install scikit-learn==1.9.1
    python3 tests/conformance/record_least_squares.py > tests/goldens/least_squares.json

Only whoever wants other cases needs it; the tests read the file. Features are float32 numbers, fitted in float64.
"""

import json

import numpy
import sklearn
from sklearn.linear_model import LinearRegression

NUMBERS = numpy.random.RandomState(20)


def normal(n, p):
    return NUMBERS.randn(n, p).astype(numpy.float32).astype(numpy.float64)


def dummies(n, levels):
    return numpy.eye(levels)[NUMBERS.randint(0, levels, n)]


def designs():
    X = normal(30, 4)
    yield "four features", X, 20
    yield "far from the origin", X * [1, 16, 0.25, 64] + [1024, -4096, 2, 0], 20
    yield "scales apart", X * [2.0**-20, 1, 2.0**10, 2.0**20], 20
    yield "powers of one feature", numpy.vander(numpy.arange(30) / 32, 6)[:, :-1].astype(numpy.float32), 24
    yield "one unknown less than rows", normal(20, 7), 9
    yield "as many unknowns as rows", normal(20, 8), 9
    yield "more features than rows", normal(20, 13), 9
    yield "one feature", normal(12, 1), 8
    yield "one row", normal(6, 3), 1
    yield "two rows", normal(6, 3), 2
    yield "a feature twice", numpy.hstack([X, X[:, 1:2]]), 20
    yield "a sum of others", numpy.hstack([dummies(30, 4), X[:, :2]]), 20
    yield "two groups of dummies", numpy.hstack([dummies(40, 3), dummies(40, 5)]), 30
    yield "a constant feature", numpy.hstack([X[:, :2], numpy.full((30, 1), 3), X[:, 2:]]), 20
    yield "nothing but constants", numpy.full((10, 2), 7.0), 6
    yield "nearly collinear, but for rounding", normal(400, 2) @ normal(2, 3).round(2), 300


TOL = {"scales apart": 1e-14}  # of the longest feature, by default 1e-6: that would drop the shorter ones


def case(label, X, n_train):
    X = X.astype(numpy.float32).astype(numpy.float64)
    n, p = X.shape
    y = X @ NUMBERS.randn(p) / numpy.maximum(1, abs(X)).max() + 5 + NUMBERS.randn(n)
    rows = NUMBERS.permutation(n)
    train, test = rows[:n_train], rows[n_train:]
    model = LinearRegression(tol=TOL.get(label, 1e-6)).fit(X[train], y[train])
    error = lambda rows: float(numpy.mean((model.predict(X[rows]) - y[rows]) ** 2))
    return {"label": label, "n": n, "p": p, "X": X.ravel().tolist(), "y": y.tolist(), "train": train.tolist(),
            "test": test.tolist(), "rank": int(model.rank_),
            "weights": [*model.coef_.tolist(), float(model.intercept_)], "train_mse": error(train), "test_mse": error(test)}


print(json.dumps({"about": "sklearn.linear_model.LinearRegression on given rows",
                  "versions": {"numpy": numpy.__version__, "scikit-learn": sklearn.__version__},
                  "cases": [case(*design) for design in designs()]}))
