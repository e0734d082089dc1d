# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/optimizers_torch.json: what PyTorch's optimizers do, for the conventions that are not Keras'.

    pip install torch==2.15.0 numpy
    python3 tests/conformance/record_torch.py > tests/goldens/optimizers_torch.json

Only whoever wants other cases needs it; the tests read the file. Form of optimizers.json, but optimizers and parameters
have hpbench's names, `rates` are the learning rates of the updates, and PyTorch computes in float64, torch.optim.Muon's
iterations included, which it would do in bfloat16. Betas are sums of few powers of 2: hpbench rounds 1 - beta^t to float32 as
Keras does, whatever the convention, and with 0.999 the first steps are 6e-6 off by that alone.
"""

import json
import sys

import numpy as np
import torch

SHAPES = [[5, 10], [10], [10, 1], [1]]
RATES = [0.01, 0.01, 0.02, 0.005, 0.03, 0.01]
OURS, THEIRS = {"beta_1": 0.875, "beta_2": 1 - 2**-10}, {"betas": (0.875, 1 - 2**-10)}
PAPER, PYTORCH = {"convention": "paper"}, {"convention": "pytorch"}
ADAM = {f"adam_{name}": beta for name, beta in OURS.items()}
# hpbench's optimizer and parameters, and PyTorch's.
CASES = [
    ("adam", {**PAPER, **OURS, "epsilon": 1e-2}, "Adam", {**THEIRS, "eps": 1e-2}),
    ("adam", {**PAPER, **OURS, "epsilon": 1e-8, "amsgrad": True}, "Adam", {**THEIRS, "amsgrad": True}),
    ("adamw", {**PAPER, **OURS, "epsilon": 1e-8, "weight_decay": 0.1}, "AdamW", {**THEIRS, "weight_decay": 0.1}),
    ("nadam", {**OURS, "momentum_decay": 0.004, "epsilon": 1e-3}, "NAdam", {**THEIRS, "eps": 1e-3}),
    ("adamax", {**PYTORCH, **OURS, "epsilon": 0.1}, "Adamax", {**THEIRS, "eps": 0.1}),
    ("rmsprop", {**PYTORCH, "rho": 0.99, "epsilon": 1e-2}, "RMSprop", {"eps": 1e-2}),
    ("rmsprop", {**PYTORCH, "momentum": 0.9, "centered": True, "epsilon": 0.1}, "RMSprop",
     {"alpha": 0.9, "momentum": 0.9, "centered": True, "eps": 0.1}),
    ("adagrad", {**PAPER, "initial_accumulator_value": 0, "epsilon": 1e-2}, "Adagrad", {"eps": 1e-2}),
    ("adagrad", {**PAPER, "lr_decay": 0.3, "epsilon": 1e-10}, "Adagrad",
     {"initial_accumulator_value": 0.1, "lr_decay": 0.3}),
    ("adadelta", {"rho": 0.9, "epsilon": 1e-6}, "Adadelta", {}),
    ("sgd", {**PYTORCH}, "SGD", {}),
    ("sgd", {**PYTORCH, "momentum": 0.9}, "SGD", {"momentum": 0.9}),
    ("sgd", {**PYTORCH, "momentum": 0.8, "nesterov": True}, "SGD", {"momentum": 0.8, "nesterov": True}),
    ("adafactor", {**PYTORCH, "epsilon_1": 2.0**-23}, "Adafactor", {"eps": (2.0**-23, 1e-3)}),
    ("adafactor", {**PYTORCH, "epsilon_1": 2.0, "clip_threshold": 1.5, "beta_2_decay": -0.5}, "Adafactor",
     {"eps": (2.0, 1e-3), "d": 1.5, "beta2_decay": -0.5}),
    ("muon", {"convention": "original", **ADAM, "weight_decay": 0.1, "adam_weight_decay": None}, "Muon", {"weight_decay": 0.1}),
    ("muon", {"convention": "original", **ADAM, "momentum": 0.8, "nesterov": False, "ns_steps": 3, "weight_decay": None,
              "adam_weight_decay": None}, "Muon",
     {"momentum": 0.8, "nesterov": False, "ns_steps": 3, "weight_decay": 0.0}),
]


def optimizers_of(name, arguments, kernels, biases):
    """Muon takes matrices alone; its authors give the rest to Adam."""
    if name != "Muon":
        return [getattr(torch.optim, name)(kernels + biases, lr=RATES[0], **arguments)]
    return [torch.optim.Muon(kernels, lr=RATES[0], **arguments), torch.optim.Adam(biases, lr=RATES[0], eps=1e-7, **THEIRS)]


def run(name, arguments, weights, gradients):
    """The weights after each step. PyTorch's kernels are [units][inputs]."""
    tensors = [torch.nn.Parameter(torch.tensor(w.T, dtype=torch.float64)) for w in weights]
    optimizers = optimizers_of(name, arguments, tensors[0::2], tensors[1::2])
    after = []
    for rate, step in zip(RATES, gradients):
        for tensor, gradient in zip(tensors, step):
            tensor.grad = torch.tensor(gradient.T, dtype=torch.float64)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
        after.append([t.detach().numpy().T.copy() for t in tensors])
    return after


def numbers(arrays):
    return [[float(f"{x:.9g}") for x in a.ravel().tolist()] for a in arrays]


def record():
    cases = []
    for seed, (ours, params, name, arguments) in enumerate(CASES, 2000):
        random = np.random.RandomState(seed)
        weights = [random.standard_normal(shape).astype(np.float32) for shape in SHAPES]
        gradients = [[random.standard_normal(shape).astype(np.float32) for shape in SHAPES] for _ in RATES]
        cases.append({
            "optimizer": ours,
            "params": {"learning_rate": RATES[0], **params},
            "torch": f"torch.optim.{name}({', '.join(f'{k}={v!r}' for k, v in arguments.items())})",
            "shapes": SHAPES,
            "rates": RATES,
            "w0": numbers(weights),
            "gradients": [numbers(step) for step in gradients],
            "weights_after_step": [numbers(step) for step in run(name, arguments, weights, gradients)],
        })
    return {
        "about": "PyTorch's optimizers in float64: weights of a 5-10-1 dense network (kernel, bias, kernel, bias; "
        "row-major, inputs by units) after each step of the given gradients; by tests/conformance/record_torch.py",
        "versions": {"numpy": np.__version__, "torch": torch.__version__.split("+")[0]},
        "cases": cases,
    }


if __name__ == "__main__":
    torch.bfloat16 = torch.float64  # what Muon iterates in
    json.dump(record(), sys.stdout, separators=(",", ":"))
    print()
