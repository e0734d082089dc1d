# SPDX-License-Identifier: Apache-2.0
"""Records a folder of goldens from the real NumPy, scikit-learn and Keras, with seeds, sizes and parameters drawn from one number.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0 scikit-learn==1.9.1
    python3 tests/conformance/record.py --output /tmp/goldens --seed 7
    HPBENCH_GOLDENS=/tmp/goldens ctest --preset dev -L conformance

Files of the same names and form as tests/goldens; NAMES choose some of them. --runs: fits of each distribution.
"""

import argparse
import json
import os
import pathlib
import zlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import sklearn
import tensorflow as tf

import record_fits
import record_numbers
import record_plugins

VERSIONS = {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "keras": keras.__version__,
            "tensorflow": tf.__version__}
FILES = {
    "numpy_randomstate": record_numbers.numpy_randomstate,
    "article_data": record_numbers.article_data,
    "splits": record_numbers.splits,
    "initializers": record_plugins.initializers,
    "optimizers": record_plugins.optimizers,
    "schedules": record_plugins.schedules,
    "early_stopping": record_plugins.early_stopping,
    "fits": record_fits.fits,
    "gridsearch": record_fits.gridsearch,
    "keras_seeded": record_fits.keras_seeded,
    "keras_distributions": record_fits.keras_distributions,
    "keras_unseeded": record_fits.keras_unseeded,
}
OF_DATA = ("fits", "gridsearch", "keras_seeded", "keras_distributions", "keras_unseeded")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--output", type=pathlib.Path, required=True, help="folder, made where it is not there")
    arguments.add_argument("--seed", type=int, required=True, help="what seeds, sizes and parameters are drawn from")
    arguments.add_argument("--runs", type=int, default=60, help="fits of each distribution (60)")
    arguments.add_argument("--data", type=pathlib.Path, help="an article_data.json to fit (default: the folder's own)")
    arguments.add_argument("names", nargs="*", metavar="NAME", help="files to record (default: all)")
    options = arguments.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.names or FILES:
        draw = np.random.RandomState(zlib.crc32(f"{options.seed} {name}".encode()))  # a file alone is as one of all
        more = {}
        if name in OF_DATA:
            data = options.data or options.output / "article_data.json"
            if not data.exists():
                arguments.error(f"{name} fits the data of {data}, which is not there: name article_data before it, or --data")
            more["data"] = record_fits.data_of(data)
        if name in ("keras_distributions", "keras_unseeded"):
            more["runs"] = options.runs
        golden = FILES[name](draw, **more)
        record = {"about": f"{golden['about']}; by tests/conformance/record.py --seed {options.seed}",
                  "versions": VERSIONS, "cases": golden["cases"]}
        (options.output / f"{name}.json").write_text(json.dumps(record, separators=(",", ":")) + "\n")
        print(f"{name}.json: {len(golden['cases'])} cases", flush=True)


if __name__ == "__main__":
    main()
