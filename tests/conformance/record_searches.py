# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/searches.json: what scikit-learn's GridSearchCV makes of given scores (ties, failed fits, many
splits), and splits_nested.json: how it splits the training rows of an outer split.

    pip install scikit-learn==1.9.1
    python3 tests/conformance/record_searches.py FOLDER

Only whoever wants other cases needs it; the tests read the files.
"""

import json
import sys
import warnings

import numpy
import sklearn
from sklearn import model_selection

VERSIONS = {"numpy": numpy.__version__, "scikit-learn": sklearn.__version__}
NAN = float("nan")


def scores():
    random = numpy.random.RandomState(7)
    tied = -random.rand(6, 5)
    tied[3] = tied[1]
    tied[5] = tied[1][::-1]
    tied[0] = tied[4]
    failed = -random.rand(5, 3) * 10
    failed[1, 2] = failed[3, 0] = NAN
    first = failed.copy()
    first[0] = NAN
    yield "one candidate, one split", -random.rand(1, 1)
    yield "holdout", -random.rand(4, 1)
    yield "ties", tied
    yield "fits that failed", failed
    yield "the first failed", first
    yield "all failed", numpy.full((3, 2), NAN)
    yield "the same everywhere", numpy.full((3, 4), -0.1)
    yield "large and small", -numpy.exp(40 * random.randn(6, 7))
    for n in (7, 8, 9, 15, 16, 23, 100, 127, 128, 129, 136, 137, 250, 300, 1000):
        yield f"{n} splits", -numpy.round(random.rand(2, n), 4)


def rank(label, array):
    n_candidates, n_splits = array.shape
    search = model_selection.GridSearchCV(None, {})
    out = [{"fit_time": 0, "score_time": 0, "test_scores": score} for score in array.ravel()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = search._format_results([{}] * n_candidates, n_splits, out)
    number = lambda x: None if numpy.isnan(x) else float(x)
    return {"label": label, "n_candidates": n_candidates, "n_splits": n_splits,
            "scores": [number(x) for x in array.ravel()],
            "mean": [number(x) for x in results["mean_test_score"]],
            "std": [number(x) for x in results["std_test_score"]],
            "rank": results["rank_test_score"].tolist(),
            "best": int(results["rank_test_score"].argmin())}


def splitter(name, params, test_fold):
    if name == "PredefinedSplit":
        return model_selection.PredefinedSplit(test_fold)
    return getattr(model_selection, name)(**params)


def nest(outer, outer_params, inner, inner_params, n):
    random = numpy.random.RandomState(n)
    groups = numpy.unique(random.randint(0, n // 3, n), return_inverse=True)[1]
    test_fold = random.choice([-1, 0, 1], n)
    X = numpy.zeros((n, 1))
    case = {"outer": outer, "outer_params": outer_params, "inner": inner, "inner_params": inner_params, "n": n,
            "groups": groups.tolist(), "test_fold": test_fold.tolist(), "splits": []}
    for train, test in splitter(outer, outer_params, test_fold).split(X, None, groups):
        inside = splitter(inner, inner_params, test_fold[train])
        splits = [{"train": train[a].tolist(), "test": train[b].tolist()}
                  for a, b in inside.split(X[train], None, groups[train])]
        case["splits"].append({"train": train.tolist(), "test": test.tolist(), "inner": splits})
    return case


NESTED = [
    ("KFold", {"n_splits": 3}, "KFold", {"n_splits": 4}, 26),
    ("KFold", {"n_splits": 3, "shuffle": True, "random_state": 5}, "KFold",
     {"n_splits": 4, "shuffle": True, "random_state": 5}, 26),
    ("ShuffleSplit", {"n_splits": 2, "random_state": 6}, "GroupKFold", {"n_splits": 3}, 40),
    ("GroupKFold", {"n_splits": 2}, "GroupShuffleSplit", {"n_splits": 3, "random_state": 8}, 40),
    ("KFold", {"n_splits": 2}, "PredefinedSplit", {}, 31),
    ("PredefinedSplit", {}, "KFold", {"n_splits": 3}, 31),
]

folder = sys.argv[1]
about = "scikit-learn's GridSearchCV: mean_test_score, std_test_score, rank_test_score and best_index_ of given scores"
with open(f"{folder}/searches.json", "w") as file:
    json.dump({"about": about, "versions": VERSIONS, "cases": [rank(*case) for case in scores()]}, file)
about = "row numbers of inner splits of the training rows of outer splits: X[train], groups[train], test_fold[train]"
with open(f"{folder}/splits_nested.json", "w") as file:
    json.dump({"about": about, "versions": VERSIONS, "cases": [nest(*case) for case in NESTED]}, file)
