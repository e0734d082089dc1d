# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/refusals.json: what scikit-learn says where rows can't be split.

    pip install scikit-learn==1.9.1
    python3 tests/conformance/record_refusals.py > tests/goldens/refusals.json

Only whoever wants other cases needs it; the tests read the file: hpbench's messages quote these.
"""

import json

import numpy
import sklearn
from sklearn import model_selection

GROUPS, ONE_GROUP = [0, 0, 1, 1, 2], [0] * 5
CASES = [
    ("kfold", {"n_splits": 5}, 3, None),
    ("kfold", {"n_splits": 1}, 3, None),
    ("repeated_kfold", {"n_splits": 1, "n_repeats": 2}, 6, None),
    ("repeated_kfold", {"n_splits": 7, "n_repeats": 2}, 6, None),
    ("group_kfold", {"n_splits": 4}, 5, GROUPS),
    ("group_kfold", {"n_splits": 2}, 5, None),
    ("group_kfold", {"n_splits": 1}, 5, GROUPS),
    ("group_shuffle_split", {}, 5, None),
    ("group_shuffle_split", {}, 5, ONE_GROUP),
    ("group_shuffle_split", {"test_size": 3}, 5, GROUPS),
    ("group_shuffle_split", {"train_size": 0.3}, 5, GROUPS),
    ("leave_one_group_out", {}, 5, None),
    ("leave_one_out", {}, 1, None),
    ("leave_p_out", {"p": 5}, 5, None),
    ("leave_p_out", {"p": 7}, 5, None),
    ("shuffle_split", {"test_size": 0.0}, 10, None),
    ("shuffle_split", {"train_size": -3}, 10, None),
    ("shuffle_split", {"test_size": 1.5}, 10, None),
    ("shuffle_split", {"train_size": 12}, 10, None),
    ("shuffle_split", {"test_size": 6, "train_size": 6}, 10, None),
    ("shuffle_split", {"test_size": 0.95}, 10, None),
    ("time_series_split", {"n_splits": 1}, 5, None),
    ("time_series_split", {"n_splits": 5}, 5, None),
    ("time_series_split", {"n_splits": 2, "test_size": 2, "gap": 1}, 5, None),
    ("train_test_split", {"test_size": 0.0}, 80, None),
    ("train_test_split", {"train_size": -0.2}, 80, None),
    ("train_test_split", {"test_size": 1.5}, 80, None),
    ("train_test_split", {"test_size": 1.0}, 80, None),
    ("train_test_split", {"test_size": 80}, 80, None),
    ("train_test_split", {"train_size": 2.5}, 80, None),
    ("train_test_split", {"test_size": 0.7, "train_size": 0.7}, 10, None),
    ("train_test_split", {"test_size": 0.6, "train_size": 6}, 10, None),
    ("train_test_split", {"train_size": 0.05}, 10, None),
    ("train_test_split", {}, 1, None),
]
CLASSES = {"kfold": "KFold", "repeated_kfold": "RepeatedKFold", "group_kfold": "GroupKFold"}


def said(splitter, params, n, groups):
    x = numpy.zeros((n, 2))
    try:
        if splitter == "train_test_split":
            model_selection.train_test_split(x, **params)
        else:
            name = CLASSES.get(splitter) or "".join(word.title() for word in splitter.split("_"))
            list(getattr(model_selection, name)(**params).split(x, groups=groups))
    except ValueError as error:
        return " ".join(str(error).split())
    raise RuntimeError(f"{splitter} {params} of {n} rows is not refused")


print(json.dumps({
    "about": "scikit-learn: the words of the ValueError that a splitter with these parameters raises for n rows, in groups or not",
    "versions": {"numpy": numpy.__version__, "scikit-learn": sklearn.__version__},
    "cases": [{"splitter": splitter, "params": params, "n": n, **({"groups": groups} if groups else {}),
               "says": said(splitter, params, n, groups)} for splitter, params, n, groups in CASES],
}, indent=1))
