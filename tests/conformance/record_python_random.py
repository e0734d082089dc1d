# SPDX-License-Identifier: Apache-2.0
"""Records tests/goldens/python_random.json: draws of Python's random after random.seed(seed).

    python3 tests/conformance/record_python_random.py > tests/goldens/python_random.json

Only whoever wants other cases needs it; the tests read the file. Seeds and 64-bit numbers are text: JSON readers may round.
"""

import json
import platform
import random

SEEDS = [0, 1, 42, 123, 2**31, 2**32 - 1, 2**32, 2**32 + 1, -5, 2**63, 2**64 + 123, 2**2000 + 12345, 2**20000 - 1]
BITS = [1, 7, 30, 31, 32, 33, 53, 64]
RANGES = [(1, 10**9), (0, 0), (0, 1), (-3, 3), (0, 2**32 - 1), (0, 2**32), (-(2**63), 2**63 - 2), (1, 2**31 - 1)]
LENGTHS = [0, 1, 2, 3, 17, 64, 65, 100]


def case(seed):
    def drawn(draw):
        random.seed(seed)
        return draw()

    return {
        "seed": hex(abs(seed)),  # random.seed() takes the absolute value
        "random": drawn(lambda: [random.random() for _ in range(8)]),
        "getrandbits": drawn(lambda: [[k, str(random.getrandbits(k))] for k in BITS]),
        "randint": drawn(lambda: [[str(low), str(high), str(random.randint(low, high))] for low, high in RANGES for _ in range(3)]),
        "layer_seeds": drawn(lambda: [random.randint(1, 10**9) for _ in range(700)])[-8:],  # beyond the state's 624 words
        "shuffle": drawn(lambda: [shuffled(n) for n in LENGTHS]),
    }


def shuffled(n):
    numbers = list(range(n))
    random.shuffle(numbers)
    return numbers


print(json.dumps({
    "about": "random.seed(seed), then each list of draws after a seed() of its own: random.random(); getrandbits(k) as [k, bits]; "
             "randint(low, high) as [low, high, drawn]; the last 8 of 700 randint(1, 10**9); shuffle() of range(n), one after the other",
    "versions": {"python": platform.python_version()},
    "cases": [case(seed) for seed in SEEDS],
}))
