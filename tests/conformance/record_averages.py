# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/averages.json: the ways in which scikit-learn averages the folds of one LinearRegression.

    pip install scikit-learn==1.9.1
    python3 tests/conformance/record_averages.py > tests/goldens/averages.json

Only whoever wants other cases needs it; the tests read the file. Data are the article's, features rounded to float32.
"""

import json
import warnings

import numpy
import sklearn
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error, r2_score, root_mean_squared_error
from sklearn.model_selection import KFold, LeaveOneOut, cross_val_predict, cross_val_score


def article(n, seed):
    numbers = numpy.random.RandomState(seed)
    X = numbers.rand(n, 5)
    y = 2 * X[:, 0] + 3 * X[:, 1] - X[:, 2] + 0.5 * X[:, 3] + 0.1 * X[:, 4] + 0.1 * numbers.randn(n)
    return X.astype(numpy.float32).astype(numpy.float64), y


def case(n, seed, cv, **params):
    X, y = article(n, seed)
    model, folds = LinearRegression(), cv(**params)
    mean = lambda scoring: float(cross_val_score(model, X, y, cv=folds, scoring=scoring).mean())
    predicted = cross_val_predict(model, X, y, cv=folds)
    rmse, r2 = -mean("neg_root_mean_squared_error"), mean("r2")
    averages = {"mse_mean": -mean("neg_mean_squared_error"), "mse_pooled": mean_squared_error(y, predicted),
                "rmse_mean_squared": rmse**2, "rmse_mean": rmse, "rmse_pooled": root_mean_squared_error(y, predicted),
                "r2_mean": None if numpy.isnan(r2) else r2, "r2_pooled": r2_score(y, predicted)}
    return {"n": n, "seed": seed, "split": {"splitter": cv.__name__, **params}, "averages": averages}


warnings.simplefilter("ignore")  # R2 of one row
cases = [case(20, 0, KFold, n_splits=3), case(31, 1, KFold, n_splits=4, shuffle=True, random_state=7),
         case(30, 2, KFold, n_splits=3), case(12, 3, LeaveOneOut)]
print(json.dumps({"about": "cross_val_score and cross_val_predict of sklearn.linear_model.LinearRegression on the article's data",
                  "versions": {"numpy": numpy.__version__, "scikit-learn": sklearn.__version__}, "cases": cases}))
