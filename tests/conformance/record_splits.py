# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/splits_more.json: scikit-learn's splitters where splits.json is silent: unequal and tied groups,
shuffled groups, training sizes, a bounded training window, gaps in the numbers of folds.

    pip install scikit-learn==1.9.1
    python3 tests/conformance/record_splits.py > tests/goldens/splits_more.json

Only whoever wants other cases needs it; the tests read the file. Same form as splits.json.
"""

import json

import numpy
import sklearn
from sklearn import model_selection

CASES = [
    ("ShuffleSplit", {"n_splits": 2, "random_state": 1}, (2, 11, 40)),
    ("ShuffleSplit", {"n_splits": 3, "train_size": 0.3, "random_state": 2}, (11, 40)),
    ("ShuffleSplit", {"n_splits": 2, "train_size": 5, "test_size": 3, "random_state": 3}, (11,)),
    ("RepeatedKFold", {"n_splits": 4, "n_repeats": 3, "random_state": 4}, (11, 18)),
    ("GroupKFold", {"n_splits": 2}, (11, 40, 90)),
    ("GroupKFold", {"n_splits": 5}, (40, 90)),
    ("GroupKFold", {"n_splits": 3, "shuffle": True, "random_state": 5}, (11, 40, 90)),
    ("GroupShuffleSplit", {"n_splits": 3, "random_state": 6}, (11, 40, 90)),
    ("GroupShuffleSplit", {"n_splits": 2, "train_size": 0.5, "random_state": 7}, (40, 90)),
    ("GroupShuffleSplit", {"n_splits": 2, "train_size": 3, "test_size": 2, "random_state": 8}, (90,)),
    ("LeaveOneGroupOut", {}, (11, 40)),
    ("LeaveOneOut", {}, (2, 3)),
    ("LeavePOut", {"p": 1}, (4,)),
    ("LeavePOut", {"p": 3}, (5, 7)),
    ("LeavePOut", {"p": 6}, (7,)),
    ("TimeSeriesSplit", {"n_splits": 2}, (3, 11)),
    ("TimeSeriesSplit", {"n_splits": 3, "max_train_size": 4}, (11, 40)),
    ("TimeSeriesSplit", {"n_splits": 3, "max_train_size": 4, "test_size": 2, "gap": 3}, (11,)),
    ("TimeSeriesSplit", {"n_splits": 4, "max_train_size": 100, "gap": 2}, (40,)),
    ("PredefinedSplit", {}, (11, 40)),
]


def case(name, params, n):
    random = numpy.random.RandomState(100 * n + len(name))
    groups = random.randint(0, max(3, n // 5), n)
    groups = numpy.unique(groups, return_inverse=True)[1]
    test_fold = random.choice([-1, 0, 3, 7], n)
    record = {"splitter": name, "params": params, "n": n}
    arguments = (numpy.zeros((n, 1)),)
    if "Group" in name:
        record["groups"] = groups.tolist()
        arguments += (None, groups)
    if name == "PredefinedSplit":
        record["test_fold"] = test_fold.tolist()
        splitter = model_selection.PredefinedSplit(test_fold)
    else:
        splitter = getattr(model_selection, name)(**params)
    record["splits"] = [{"train": train.tolist(), "test": test.tolist()}
                        for train, test in splitter.split(*arguments)]
    return record


print(json.dumps({
    "about": "scikit-learn: row indices of each split, in the order that scikit-learn returns them",
    "versions": {"numpy": numpy.__version__, "scikit-learn": sklearn.__version__},
    "cases": [case(name, params, n) for name, params, sizes in CASES for n in sizes],
}))
