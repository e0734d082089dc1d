# SPDX-License-Identifier: Apache-2.0
"""What NumPy and scikit-learn return: draws, the article's data, splits. For record.py."""

import numpy as np
from sklearn import model_selection


def seeds(draw, n):
    """The corners of the range, and others."""
    return [0, 2**32 - 1, 2**31] + [int(seed) for seed in draw.randint(0, 2**32, n, dtype=np.uint64)]


# --- draws -----------------------------------------------------------------------------------------------------------


def calls(draw):
    """Calls of a generator, with other numbers each time."""
    n, low, high = draw.randint(1, 40), int(draw.randint(-500, 0)), int(draw.randint(1, 5000))
    real = [round(float(number), 3) for number in (draw.uniform(-9, 0), draw.uniform(0, 9))]
    size = draw.randint(2, 3000)
    return [f"random_sample({n})", f"standard_normal({n})", f"permutation({n + 1})",
            f"permutation({size})[:{min(20, size)}]", f"randint({low},{high},size={n})",
            f"uniform({real[0]},{real[1]},size={n})",
            f"rand({n}) then randn({n // 2 + 1}) then permutation({n + 3}) then randn(2) then randint(0,{high},size=3)"]


def call(generator, text):
    text, _, keep = text.partition("[:")
    name, _, arguments = text[:-1].partition("(")
    numbers = [argument.split("=") for argument in arguments.split(",")]
    positional = [float(a[0]) if name == "uniform" else int(a[0]) for a in numbers if len(a) == 1]
    result = getattr(generator, name)(*positional, **{a[0]: int(a[1]) for a in numbers if len(a) == 2})
    return result[:int(keep[:-1])].tolist() if keep else result.tolist()


def numpy_randomstate(draw):
    cases = []
    for seed in seeds(draw, 5):
        for text in calls(draw):
            generator = np.random.RandomState(seed)
            result = [number for one in text.split(" then ") for number in call(generator, one)]
            cases.append({"seed": seed, "call": text, "result": result})
    return {"about": "numpy.random.RandomState(seed).call; 'then' means in that order on one generator", "cases": cases}


def article_data(draw):
    """The first case is what the fits are of."""
    cases = []
    for n in (draw.randint(60, 140), 2, draw.randint(3, 60)):
        seed = int(draw.randint(0, 2**32, dtype=np.uint64))
        generator = np.random.RandomState(seed)
        x = generator.rand(n, 5)
        y = 2 * x[:, 0] + 3 * x[:, 1] - x[:, 2] + 0.5 * x[:, 3] + 0.1 * x[:, 4] + 0.1 * generator.randn(n)
        cases.append({"seed": seed, "n": int(n), "X": x.ravel().tolist(), "y": y.tolist()})
    return {"about": "RandomState(seed): X = rand(n,5); y = 2x0+3x1-x2+0.5x3+0.1x4 + 0.1*randn(n); X is row-major float64 n x 5",
            "cases": cases}


# --- splits ----------------------------------------------------------------------------------------------------------


def split_cases(draw, n):
    """(splitter, params) that n rows can take."""
    state = {"random_state": int(draw.randint(0, 2**32, dtype=np.uint64))}
    share, folds = round(float(draw.uniform(0.1, 0.6)), 3), int(draw.randint(2, min(n, 9)))
    few = {"n_splits": int(draw.randint(1, 5)), **state}
    return [
        ("train_test_split", {"test_size": share, **state}),
        ("train_test_split", {"test_size": int(draw.randint(2, n - 1)), **state}),
        ("train_test_split", {"train_size": share, **state}),
        ("train_test_split", {"test_size": share, "shuffle": False}),
        ("KFold", {"n_splits": folds}),
        ("KFold", {"n_splits": folds, "shuffle": True, **state}),
        ("ShuffleSplit", {"test_size": share, **few}),
        ("RepeatedKFold", {"n_splits": folds, "n_repeats": int(draw.randint(1, 4)), **state}),
        ("GroupKFold", {"n_splits": 2}),
        ("GroupKFold", {"n_splits": 3, "shuffle": True, **state}),
        ("GroupShuffleSplit", {"test_size": 0.4, **few}),
        ("LeaveOneGroupOut", {}),
        ("LeaveOneOut", {}),
        ("TimeSeriesSplit", {"n_splits": int(draw.randint(2, min(n - 1, 8)))}),
        ("TimeSeriesSplit", {"n_splits": 2, "test_size": 2, "gap": int(draw.randint(0, 3)), "max_train_size": int(draw.randint(2, 9))}),
        ("PredefinedSplit", {}),
        ("bootstrap", {**state, "test": "the rows not drawn, ascending"}),
    ] + ([("LeavePOut", {"p": int(draw.randint(1, 4))})] if n < 12 else [])


def splits_of(name, params, n, groups, test_fold):
    if name == "train_test_split":
        return [model_selection.train_test_split(np.arange(n), **params)]
    if name == "bootstrap":
        drawn = np.random.RandomState(params["random_state"]).randint(0, n, n)
        return [(drawn, np.setdiff1d(np.arange(n), drawn))]
    if name == "PredefinedSplit":
        return model_selection.PredefinedSplit(test_fold).split()
    return getattr(model_selection, name)(**params).split(np.zeros((n, 1)), groups=groups if "Group" in name else None)


def splits(draw):
    cases = []
    for n in (int(draw.randint(8, 12)), int(draw.randint(20, 60)), int(draw.randint(60, 200))):
        groups = np.unique(np.concatenate([[0, 1, 2, 3], draw.randint(0, max(4, n // 4), n - 4)]), return_inverse=True)[1]
        groups, test_fold = draw.permutation(groups), draw.choice([-1, 0, 1, 5], n)
        test_fold[:2] = 0, -1
        for name, params in split_cases(draw, n):
            case = {"splitter": name, "params": params, "n": n}
            if "Group" in name:
                case["groups"] = groups.tolist()
            if name == "PredefinedSplit":
                case["test_fold"] = test_fold.tolist()
            case["splits"] = [{"train": train.tolist(), "test": test.tolist()}
                              for train, test in splits_of(name, params, n, groups, test_fold)]
            cases.append(case)
    return {"about": "scikit-learn: row indices of each split, in the order that scikit-learn returns them", "cases": cases}
