# SPDX-License-Identifier: Apache-2.0
"""Checks `hpbench splits` against scikit-learn and the scripts of `hpbench keras` against what hpbench gets.

  python tests/conformance/check_keras.py build/dev/hpbench [WORDS...]

Needs keras 3, tensorflow, scikit-learn and numpy; WORDS choose cases by a part of their name. The outcome is recorded
in docs/keras.md. Exit code 1: rows differ, an MSE by more than 2e-5, or a score of a search by more than 1e-5.
"""
import csv
import io
import os
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import traceback

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
import sklearn.datasets  # before the scripts are forked off
import sklearn.preprocessing
from sklearn import model_selection as ms

TOLERANCE = 2e-5
SEARCH_TOLERANCE = 1e-5
HPBENCH = os.path.abspath(sys.argv[1])
DIABETES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../suites/data/diabetes.csv")
KFOLD = "[splitter.cv]\nplugin = kfold\nn_splits = 5\nshuffle = yes\n"
PATIENCE = "[early_stopping.patience]\npatience = 5\nrestore_best_weights = yes\n"


def hpbench(*words):
    done = subprocess.run([HPBENCH, *words], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


# --- splits ------------------------------------------------------------------------------------------

N = 53
NUMBERS = np.random.RandomState(1)
GROUPS, FOLDS = NUMBERS.randint(0, 9, N), NUMBERS.randint(-1, 4, N)
X, NAMES = np.zeros((N, 1)), GROUPS.astype(str)
SPLITS = {
    "train_test_split": ("test_size = 0.3", lambda s: [ms.train_test_split(np.arange(N), test_size=0.3, random_state=s)]),
    "kfold": ("n_splits = 4\nshuffle = yes", lambda s: ms.KFold(4, shuffle=True, random_state=s).split(X)),
    "shuffle_split": ("n_splits = 3\ntest_size = 0.25\ntrain_size = 20",
                      lambda s: ms.ShuffleSplit(3, test_size=0.25, train_size=20, random_state=s).split(X)),
    "repeated_kfold": ("n_splits = 3\nn_repeats = 2",
                       lambda s: ms.RepeatedKFold(n_splits=3, n_repeats=2, random_state=s).split(X)),
    "leave_one_out": ("", lambda s: ms.LeaveOneOut().split(X)),
    "leave_p_out": ("p = 2", lambda s: ms.LeavePOut(2).split(X)),
    "group_kfold": ("n_splits = 3", lambda s: ms.GroupKFold(3).split(X, groups=NAMES)),
    "group_kfold shuffle": ("n_splits = 3\nshuffle = yes",
                            lambda s: ms.GroupKFold(3, shuffle=True, random_state=s).split(X, groups=NAMES)),
    "group_shuffle_split": ("n_splits = 4\ntest_size = 0.3",
                            lambda s: ms.GroupShuffleSplit(4, test_size=0.3, random_state=s).split(X, groups=NAMES)),
    "leave_one_group_out": ("", lambda s: ms.LeaveOneGroupOut().split(X, groups=NAMES)),
    "time_series_split": ("n_splits = 4\ngap = 2\nmax_train_size = 20\ntest_size = 5",
                          lambda s: ms.TimeSeriesSplit(4, gap=2, max_train_size=20, test_size=5).split(X)),
    "predefined_split": ("", lambda s: ms.PredefinedSplit(FOLDS).split()),
}


def check_splits(name, keys, reference):
    with open("d.csv", "w", encoding="ascii") as file:
        file.write("a,y,g,f\n" + "".join(f"{i},1,{g},{f}\n" for i, (g, f) in enumerate(zip(GROUPS, FOLDS))))
    with open("s.ini", "w", encoding="ascii") as file:
        file.write("[suite]\nreplicates = 5\n[data]\nfile = d.csv\ntarget = y\ngroup = g\ntest_fold = f\n"
                   f"[optimizer.sgd]\n[splitter.{name.split()[0]}]\n{keys}\n")
    hpbench("run", "s.ini", "--no-report", "--quiet", "--fresh", "--output", "run")
    trials = csv.DictReader(io.StringIO(hpbench("export", "run")))
    seed = next(int(trial["split_seed"]) for trial in trials if trial["replicate"] == "3")
    rows = {}
    for line in csv.DictReader(io.StringIO(hpbench("splits", "s.ini", "--replicate", "3"))):
        rows.setdefault((int(line["fold"]), line["part"]), []).append(int(line["row"]))
    hpbench("splits", "s.ini", "--replicate", "3", "--format", "npy", "--output", "arrays")
    same, n = True, 0
    for n, parts in enumerate(reference(seed), 1):
        for part, expected in zip(("train", "test"), parts):
            same &= rows.pop((n - 1, part)) == list(expected)
            same &= np.array_equal(np.load(f"arrays/fold{n - 1}_{part}.npy"), expected)
    same &= not rows
    print(f"splits {name:22} {n:5} folds  {'same rows' if same else 'DIFFERENT'}", flush=True)
    return same


# --- scripts -----------------------------------------------------------------------------------------

CASES = {
    "adam": {},
    "adam amsgrad": {"optimizer": "[optimizer.adam]\namsgrad = yes\nlearning_rate = 0.01\n"},
    "sgd momentum nesterov kfold": {"optimizer": "[optimizer.sgd]\nmomentum = 0.9\nnesterov = yes\n", "splitter": KFOLD},
    "patience": {"optimizer": "[optimizer.adam]\nlearning_rate = 0.05\n", "fit": "epochs = 200\nvalidation_split = 0.2\n",
                 "more": PATIENCE},
    "target": {"fit": "epochs = 200\nvalidation_split = 0.2\n",
               "more": "[early_stopping.target]\nvalue = 0.3\nrestore_best_weights = yes\n"},
    "budget": {"fit": "epochs = 200\n", "more": "[early_stopping.budget]\nupdates = 50\n"},
    "reduce_lr_on_plateau": {"optimizer": "[optimizer.adam]\nlearning_rate = 0.05\n", "fit": "epochs = 60\nvalidation_split = 0.2\n",
                             "more": "[early_stopping.plateau]\nplugin = reduce_lr_on_plateau\nfactor = 0.5\npatience = 2\nmin_delta = 0.001\n"},
    "patience and reduce_lr_on_plateau": {"optimizer": "[optimizer.adam]\nlearning_rate = 0.05\n", "fit": "epochs = 100\nvalidation_split = 0.2\n",
                                          "more": PATIENCE + "also = plateau\n[early_stopping.plateau]\nplugin = reduce_lr_on_plateau\n"
                                                             "factor = 0.5\npatience = 2\n[cross]\nearly_stopping = patience\n"},
    "diabetes": {"data": f"file = {DIABETES}\ntarget = progression\nstandardise = train\n", "splitter": KFOLD,
                 "fit": "epochs = 100\nvalidation_split = 0.2\n", "more": PATIENCE.replace("5", "10")},
    "diabetes standardised over all": {"data": f"file = {DIABETES}\ntarget = progression\nstandardise = all\n",
                                       "splitter": "[splitter.cv]\nplugin = kfold\nn_splits = 3\n",
                                       "fit": "epochs = 20\nshuffle = no\n"},
    "16 8 tanh he_normal": {"model": "hidden = 16 8\nactivation = tanh\n", "more": "[initializer.he_normal]\n"},
    "no hidden layer": {"model": "hidden = none\n"},
    "no shuffle": {"fit": "epochs = 20\nshuffle = no\n"},
    "weights 7, order 9": {"seeds": "policy = keras.utils.set_random_seed\nseed = 7\norder = 9\nsplit = fresh\n"},
    "clipnorm": {"optimizer": "[optimizer.sgd]\nclipnorm = 0.5\n"},
    "global_clipnorm": {"optimizer": "[optimizer.sgd]\nglobal_clipnorm = 0.5\n"},
    "clipvalue": {"optimizer": "[optimizer.sgd]\nclipvalue = 0.1\n"},
    "weight_decay, ema": {"optimizer": "[optimizer.adam]\nlearning_rate = 0.01\nweight_decay = 0.01\nuse_ema = yes\nema_momentum = 0.9\n"},
    "ema overwritten": {"optimizer": "[optimizer.adam]\nlearning_rate = 0.01\nuse_ema = yes\nema_momentum = 0.9\nema_overwrite_frequency = 7\n"},
}
CASES["sgd, weight_decay, schedule"] = {"optimizer": "[optimizer.sgd]\nweight_decay = 0.01\nmomentum = 0.9\n",
                                        "more": "[schedule.exponential_decay]\ndecay_steps = 20\ndecay_rate = 0.5\n"}
for line in ("adamw learning_rate=0.01 weight_decay=0.02", "rmsprop learning_rate=0.01 momentum=0.5 centered=yes", "adagrad learning_rate=0.1",
             "adadelta learning_rate=1", "adamax learning_rate=0.01", "nadam learning_rate=0.01", "lion",
             "adafactor learning_rate=0.01", "lamb learning_rate=0.02 weight_decay=0.01", "muon learning_rate=0.02",
             "muon learning_rate=0.02 exclude_layers=-1 ns_steps=3 adam_lr_ratio=0.5",
             "ftrl learning_rate=0.1 l1_regularization_strength=0.001 l2_regularization_strength=0.001"):
    label, *keys = line.split()
    name = label + " exclude_layers" * ("exclude_layers" in line)
    CASES[name] = {"optimizer": f"[optimizer.{label}]\n" + "\n".join(keys) + "\n"}
for line in ("linear features=3", "linear features=8", "article", "friedman1 noise=1", "friedman2 standardise=train",
             "friedman3 standardise=train", "gaussian features=7 noise=1"):
    label, *keys = line.split()
    CASES[f"data {line}"] = {"data": f"generator = {label}\nrows = 60\nseed = fresh\n" + "\n".join(keys) + "\n"}
for line in ("cosine_decay decay_steps=60 alpha=0.1 warmup_target=0.02 warmup_steps=10",
             "cosine_decay_restarts first_decay_steps=20", "exponential_decay decay_steps=20 decay_rate=0.5 staircase=yes",
             "inverse_time_decay decay_steps=20 decay_rate=0.5", "polynomial_decay decay_steps=50 cycle=yes",
             "piecewise_constant_decay boundaries=20~40 values=0.03~0.01~0.003"):
    label, *keys = line.split()
    CASES[label] = {"more": f"[schedule.{label}]\n" + "\n".join(keys).replace("~", " ") + "\n"}
for line in ("constant value=0.1", "glorot_normal", "he_uniform", "identity gain=0.5", "lecun_normal", "lecun_uniform",
             "ones", "orthogonal", "random_normal stddev=0.3", "random_uniform minval=-0.5 maxval=0.5",
             "truncated_normal stddev=0.3", "variance_scaling scale=2 mode=fan_avg distribution=untruncated_normal", "zeros"):
    label, *keys = line.split()
    CASES[f"initializer {label}"] = {"more": f"[initializer.{label}]\n" + "\n".join(keys) + "\n"}


# --- searches ----------------------------------------------------------------------------------------

SHIPPED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../suites/gridsearch-vs-manual.ini")
SEARCHES = {
    "cv": "preset = gridsearchcv\noptimizer = adam\ngrid.learning_rate = 0.001, 0.01, 0.05\n",
    "refit on outer, seed 123": "preset = gridsearchcv\noptimizer = adam\nouter = holdout\nreport = refit\nseeds = s123\n"
                                "grid.learning_rate = 0.01, 0.05\n",
    "nested, refit": "preset = gridsearchcv\noptimizer = sgd\nsplitter = cv3\nouter = cv4\nreport = refit\nbatch_size = 8\n"
                     "grid.momentum = 0.5, 0.9\n",
    "nested, best": "preset = gridsearchcv\noptimizer = sgd\nsplitter = cv3\nouter = cv4\nbatch_size = 8\ngrid.momentum = 0.5, 0.9\n",
    "validation": "select = validation\noptimizer = adam\nlearning_rate = 0.05\nvalidation_split = 0.2\nearly_stopping = patience\n"
                  "splitter = holdout\ngrid.hidden = 5, 10, 8 4\n",
    "train, refit": "select = train\noptimizer = adam\nsplitter = cv3\nouter = holdout\nreport = refit\ngrid.learning_rate = 0.01, 0.05\n",
    "test": "select = test\noptimizer = sgd\nsplitter = holdout\ngrid.learning_rate = 0.01, 0.05\n",
    "r2": "preset = gridsearchcv\noptimizer = rmsprop\nscoring = r2\ngrid.learning_rate = 0.01, 0.003\n",
    "r2, refit": "preset = gridsearchcv\noptimizer = rmsprop\nscoring = r2\nouter = holdout\nreport = refit\ngrid.learning_rate = 0.01, 0.003\n",
    "gridsearchcv_scikeras": "preset = gridsearchcv_scikeras\ngrid.hidden = 5, 10\n",
    "gridsearchcv_keras": "preset = gridsearchcv_keras\noptimizer = adam\nepochs = 50\ngrid.learning_rate = 0.01, 0.1\n",
    "optimizer, hidden, epochs, batch_size": "preset = gridsearchcv\nsplitter = cv3\nlearning_rate = 0.01\ngrid.optimizer = adam, sgd\n"
                                             "grid.hidden = none, 10, 8 4\ngrid.epochs = 5, 9\ngrid.batch_size = 16, 32\n",
    "labels": "preset = gridsearchcv\nsplitter = cv3\noptimizer = adam\nvalidation_split = 0.2\ngrid.schedule = none, exponential\n"
              "grid.early_stopping = none, patience\ngrid.initializer = he_normal, glorot_uniform\ngrid.activation = relu, tanh\n",
    "rules": "preset = gridsearchcv\nsplitter = cv3\noptimizer = adam\nlearning_rate = 0.05\nvalidation_split = 0.2\n"
             "schedule = none\ngrid.early_stopping = none, plateau, both\n",
    "fit": "preset = gridsearchcv\nsplitter = cv3\noptimizer = adam\ngrid.shuffle = yes, no\ngrid.validation_split = 0, 0.2\n",
    "initializers": "preset = gridsearchcv\noptimizer = adam\nsplitter = cv3\n"
                    "grid.initializer = zeros, he_normal, identity, ones, orthogonal, constant, glorot_uniform\n",
    "initializers, nested, refit": "preset = gridsearchcv\noptimizer = adam\nsplitter = cv3\nouter = cv4\nreport = refit\n"
                                   "learning_rate = 0.01\ngrid.initializer = glorot_uniform, identity, ones\n",
    "depths, nested, refit": "preset = gridsearchcv\noptimizer = adam\nsplitter = cv3\nouter = cv4\nreport = refit\nlearning_rate = 0.01\n"
                             "grid.hidden = none, 8, 8 4, 8 6 4\n",
    "depths and initializers, refit": "preset = gridsearchcv\noptimizer = adam\nsplitter = cv3\nouter = cv4\nreport = refit\n"
                                      "learning_rate = 0.01\ngrid.hidden = 8, 8 4\ngrid.initializer = he_uniform, identity\n",
    "depths, nested": "preset = gridsearchcv\noptimizer = adam\nsplitter = cv3\nouter = cv4\ngrid.hidden = 8, 8 4\n",
    "groups": "preset = gridsearchcv\nsplitter = group_kfold\nouter = leave_one_group_out\nreport = refit\noptimizer = adam\n"
              "data = grouped\ngrid.learning_rate = 0.01, 0.05\n",
}
SECTIONS = """[suite]
replicates = 3
[data.plain]
rows = 80
[data.grouped]
file = g.csv
target = y
group = g
standardise = train
[fit]
epochs = 12
batch_size = 16
[splitter.holdout]
plugin = train_test_split
test_size = 0.2
[splitter.cv3]
plugin = kfold
n_splits = 3
shuffle = yes
random_state = 1
[splitter.cv4]
plugin = kfold
n_splits = 4
shuffle = yes
[splitter.group_kfold]
n_splits = 3
[schedule.exponential]
plugin = exponential_decay
decay_steps = 20
decay_rate = 0.5
[early_stopping.patience]
patience = 2
[seeds.drawn]
policy = keras.utils.set_random_seed
[seeds.s123]
policy = keras.utils.set_random_seed
seed = 123
[seeds.own]
policy = hpbench
"""
MORE_SECTIONS = {"rules": """[early_stopping.plateau]
plugin = reduce_lr_on_plateau
factor = 0.5
patience = 1
[early_stopping.both]
plugin = patience
patience = 3
restore_best_weights = yes
also = plateau
"""}


def run_script(path):
    """In a process of its own: a script seeds what is global."""
    child = os.fork()
    if not child:
        out = os.open(path + ".txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(out, 1)
        os.dup2(out, 2)
        try:
            runpy.run_path(path, run_name="__main__")
        except Exception:
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
    with open(path + ".txt", encoding="utf-8") as file:
        return file.read()


def check_script(name, case, exact):
    seeds = case.get("seeds", "policy = keras.utils.set_random_seed\n") if not exact else "policy = hpbench\n"
    with open("k.ini", "w", encoding="utf-8") as file:
        file.write("[suite]\nreplicates = 3\n[data]\n" + case.get("data", "rows = 80\n") + "[model]\n" +
                   case.get("model", "hidden = 10\n") + "[fit]\n" + case.get("fit", "epochs = 20\nbatch_size = 16\n") +
                   case.get("optimizer", "[optimizer.adam]\nlearning_rate = 0.01\n") +
                   case.get("splitter", "[splitter.holdout]\nplugin = train_test_split\ntest_size = 0.2\n") +
                   case.get("more", "") + "[seeds.checked]\n" + seeds)
    hpbench("keras", "k.ini", "--replicate", "1", "--output", "k.py", *(["--exact", "start"] if exact else []))
    printed = run_script("k.py")
    found = re.findall(r"^(?:keras|hpbench) .*test MSE (\S+)$", printed, re.MULTILINE)
    if len(found) != 2:
        print(printed)
        return False
    ours, theirs = float(found[1]), float(found[0])
    apart = abs(theirs / ours - 1)
    print(f"keras  {name:32} {'--exact' if exact else '':7} {theirs!r:22} {ours!r:22} {apart:.0e}", flush=True)
    return apart <= TOLERANCE


def check_search(name, keys, exact):
    seeds = "own" if exact else "drawn"
    keys += "" if "seeds =" in keys and not exact else f"seeds = {seeds}\n"
    keys = keys.replace("seeds = s123\n", "") if exact else keys
    keys += "" if "data =" in keys else "data = plain\n"
    with open("g.csv", "w", encoding="ascii") as file:
        numbers = np.random.RandomState(2)
        x, groups = numbers.rand(60, 3), numbers.permutation(60) % 5
        file.write("a,b,c,y,g\n" + "".join(f"{r[0]},{r[1]},{r[2]},{r.sum()},{g}\n" for r, g in zip(x, groups)))
    with open("p.ini", "w", encoding="utf-8") as file:
        file.write(SECTIONS + MORE_SECTIONS.get(name, "") + "[protocol.checked]\n" + keys)
    replicate = "0" if "s123" in keys else "1"
    return compare_search(name, ["p.ini", "checked", "--replicate", replicate], exact)


def check_shipped(name, label, exact):
    shutil.copy(SHIPPED, "shipped.ini")
    with open("shipped.ini", "a", encoding="utf-8") as file:
        file.write("[seeds.own]\npolicy = hpbench\n[seeds.seed7]\npolicy = keras.utils.set_random_seed\nseed = 7\n")
    seeds = "own" if exact else "seed42" if label == "manual" else "seed7"
    return compare_search(name, ["shipped.ini", label, "--set", f"protocol.{label}.seeds={seeds}"], exact)


def compare_search(name, words, exact):
    hpbench("keras", *words, "--output", "p.py", *(["--exact", "searched"] if exact else []))
    printed = run_script("p.py")
    scores = re.findall(r"^mean score (\S+)  hpbench: (\S+) ", printed, re.MULTILINE)
    mse = re.findall(r"^(?:keras|hpbench) .*test MSE (\S+)$", printed, re.MULTILINE)
    if not scores or (len(mse) != 2 and not exact):
        print(printed)
        return False
    pairs = [[float(number) for number in pair] for pair in scores + ([tuple(mse)] if mse else [])]
    apart = max(abs(theirs / ours - 1) for theirs, ours in pairs)
    print(f"search {name:38} {'--exact' if exact else '':7} {len(scores):3} scores  {pairs[-1][0]!r:22} {pairs[-1][1]!r:22} {apart:.0e}",
          flush=True)
    return apart <= SEARCH_TOLERANCE


def attempt(check, *arguments):
    try:
        return check(*arguments)
    except RuntimeError as fault:
        print(arguments[0], fault, flush=True)
        return False


def main():
    words = sys.argv[2:]
    print(f"keras {keras.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__}, {hpbench('--version').strip()}")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        good = check_all(words)
        os.chdir("/")
    return 0 if good else 1


def check_all(words):
    good = True
    for name, (keys, reference) in SPLITS.items():
        if not words or any(word in "splits " + name for word in words):
            good &= attempt(check_splits, name, keys, reference)
    for name, case in CASES.items():
        if not words or any(word in "keras " + name for word in words):
            good &= attempt(check_script, name, case, False)
            good &= attempt(check_script, name, case, True)
    for label in ("manual", "grid"):
        if not words or any(word in f"search shipped {label}" for word in words):
            good &= attempt(check_shipped, f"shipped {label}", label, False)
            good &= attempt(check_shipped, f"shipped {label}", label, True)
    for name, keys in SEARCHES.items():
        if not words or any(word in "search " + name for word in words):
            good &= attempt(check_search, name, keys, False)
            good &= attempt(check_search, name, keys, True)
    return good


if __name__ == "__main__":
    sys.exit(main())
