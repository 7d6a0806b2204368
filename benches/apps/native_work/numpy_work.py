"""Typical work of numpy."""

import io

import numpy as np
from timed import measuring

GENERATOR = np.random.default_rng(1)
REALS = GENERATOR.normal(size=100_000)
SQUARE = GENERATOR.normal(size=(200, 200))
SIGNAL = GENERATOR.normal(size=4096)
WORDS = np.array([f"word {number % 997}" for number in range(10_000)])
TABLE = "\n".join(",".join(f"{number:.6f}" for number in row) for row in SQUARE[:, :10])


def saved():
    file = io.BytesIO()
    np.save(file, REALS)
    file.seek(0)
    return np.load(file)


WORK = {
    "numpy: add two arrays of 100,000 reals": lambda: REALS + REALS,
    "numpy: sum 100,000 reals": REALS.sum,
    "numpy: sine of 100,000 reals": lambda: np.sin(REALS),
    "numpy: sort 100,000 reals": lambda: np.sort(REALS),
    "numpy: choose of 100,000 by a condition": lambda: REALS[REALS > 0],
    "numpy: multiply matrices of 200 x 200": lambda: SQUARE @ SQUARE,
    "numpy: solve 200 equations": lambda: np.linalg.solve(SQUARE, SQUARE[0]),
    "numpy: singular values of 200 x 200": lambda: np.linalg.svd(SQUARE)[1],
    "numpy: Fourier transform of 4096": lambda: np.fft.fft(SIGNAL),
    "numpy: draw 100,000 by normal distribution": lambda: GENERATOR.normal(size=100_000),
    "numpy: different ones of 10,000 texts": lambda: np.unique(WORDS),
    "numpy: read 2000 reals of CSV": lambda: np.loadtxt(io.StringIO(TABLE), delimiter=","),
    "numpy: 1000 sums of three numbers": lambda: [SQUARE[0, :3].sum() for _ in range(1000)],
    "numpy: save and load 800 kB": saved,
}

app = measuring(WORK)
