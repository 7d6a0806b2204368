import io
import tempfile
import warnings

import numpy as np
import numpy.random
from answers import by_path, raised

#: Both of them seed themselves: each request has numbers of its own.
RANDOM = np.random.default_rng()
OLD = np.random.RandomState()
SEQUENCE = np.random.SeedSequence()
CHILD = RANDOM.spawn(1)[0]
#: Of a seed, it is one sequence in each request.
SEEDED = np.random.default_rng(7)
np.random.seed(1)


def shown(value):
    """Digits that any order of additions agrees on. Of whole numbers it is not told how many bits they have:
    by default as many as an address, which are half as many in a sandbox."""
    if isinstance(value, (tuple, list)):
        return [shown(each) for each in value]
    value = np.asarray(value)
    if value.dtype.kind in "fc":
        value = value.astype("F" if value.dtype.kind == "c" else "f")
        return value.shape, [f"{each:.5g}" for each in np.where(abs(value) < 1e-6, 0, value).ravel()]
    return value.shape, value.dtype.kind, value.ravel().tolist()


def matrix(size, seed=0):
    return np.random.default_rng(seed).normal(size=(size, size))


def arithmetic():
    whole, real = np.arange(-12, 12, dtype="q").reshape(4, 6), np.linspace(-2, 2, 24).reshape(4, 6)
    functions = (np.sin, np.tan, np.exp, np.expm1, np.arctan, np.sinh, np.cbrt, np.floor, np.rint, np.sign)
    return {
        "sums": shown([whole.sum(0), whole.cumsum(), real.mean(1), real.std(), whole.prod(1), np.ptp(real)]),
        "whole": shown([whole * 3, whole // 5, whole % 5, whole << 2, whole ^ 9, -whole, abs(whole)]),
        "real": shown([function(real) for function in functions]),
        "powers": shown([real**2, np.sqrt(abs(real)), np.hypot(real, whole), np.arctan2(real, whole)]),
        "complex": shown([np.exp(1j * real), np.sqrt(real + 0j), np.log(real + 1j), np.conj(real * 2j)]),
        "compared": shown([whole > real, np.maximum(whole, real), np.where(whole < 0, 0, real)]),
        "indexed": shown([whole[::2, ::-1], whole[whole % 2 == 0], whole[[0, 2], [1, 3]], whole.T[1:3]]),
        "long": [str(np.longdouble(2) ** 0.5)[:12], str(np.longdouble("1.5")), str(np.float16(1) / 3)],
    }


def converted():
    kinds = "?bBhHiIqQefdFD"
    values = np.array([0, 1, 2, 100, 127], "q")
    return {
        "between": [shown(values.astype(kind)) for kind in kinds],
        "sizes": [np.dtype(kind).itemsize for kind in kinds],
        "names": [np.dtype(kind).name for kind in kinds],
        "promoted": [np.result_type(a, b).str for a in "bHqfF" for b in "BhQed"],
        "text": [np.array(values, "U").tolist(), np.array(["1.5", "2e3"]).astype(float).tolist()],
        "bytes": np.array(values, ">i4").tobytes().hex(),
        "printed": [str(np.array([1e-10, 1, 1e10])), repr(np.eye(2, dtype="f")), str(np.float32(0.1))],
    }


def algebra():
    left, right = matrix(8), matrix(8, 1)
    symmetric = left @ left.T + 8 * np.eye(8)
    return {
        "products": shown([left @ right, np.einsum("ij,kj->ik", left, right), np.kron(left[:2], right[:2])]),
        "solved": shown([np.linalg.solve(left, right), np.linalg.inv(left), np.linalg.det(left)]),
        "decomposed": shown(
            [np.linalg.svd(left)[1], np.linalg.eigvalsh(symmetric), np.linalg.cholesky(symmetric)]
        ),
        "eigenvalues": shown(np.sort(abs(np.linalg.eigvals(left)))),
        "least squares": shown(np.linalg.lstsq(left[:, :3], right[:, 0])[0]),
        "whole": shown(np.arange(6).reshape(2, 3) @ np.arange(6).reshape(3, 2)),
        "norm": shown([np.linalg.norm(left), np.linalg.matrix_rank(left), np.linalg.pinv(left[:3])]),
        "polynomial": shown([np.roots([1, -6, 11, -6]), np.polyfit([0, 1, 2], [1, 3, 7], 2)]),
    }


def transformed():
    signal = np.random.default_rng(3).normal(size=48)
    there = np.fft.fft2(signal.reshape(6, 8))
    return shown([np.fft.fft(signal), np.fft.rfft(signal[:35]), np.fft.ifft2(there), np.fft.fftfreq(9)])


def drawn():
    kinds = (np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox, np.random.SFC64)
    old = np.random.RandomState(42)
    fair = np.random.default_rng(5)
    return {
        "bits": [np.random.Generator(kind(12)).integers(0, 1 << 62, 4).tolist() for kind in kinds],
        "old": shown([old.rand(3), old.randn(3), old.randint(0, 99, 5), old.permutation(6)]),
        "reals": shown([fair.random(3), fair.normal(size=3), fair.gamma(2, size=3), fair.beta(2, 3, 3)]),
        "wholes": shown([fair.poisson(9, 5), fair.binomial(50, 0.3, 5), fair.hypergeometric(9, 9, 9, 4)]),
        "chosen": shown([fair.choice(20, 5, replace=False), fair.permutation(9), fair.integers(9, size=4)]),
        "sequence": np.random.SeedSequence(99).spawn(2)[1].generate_state(4).tolist(),
    }


def dates():
    days = np.arange("2026-02-25", "2026-03-05", dtype="datetime64[D]")
    return [
        days.astype(str).tolist(),
        str(np.datetime64("2026-11-30T04:12") - np.datetime64("2025-01-01")),
        np.busday_count(days[0], days[-1]).tolist(),
        np.is_busday(days).tolist(),
        (days + np.timedelta64(36, "h").astype("m8[D]")).astype(int).tolist(),
        str(np.datetime64("NaT")),
        [np.datetime64("2026-11-30").astype(f"M8[{unit}]").astype(str) for unit in "YMW"],
    ]


def records():
    kind = [("name", "U9"), ("age", "i2"), ("size", "f4", 2)]
    people = np.array([("Zo\u00eb", 41, (1, 2)), ("Bo", 7, (3, 4))], kind)
    return [
        people["age"].tolist(),
        np.sort(people, order="age")["name"].tolist(),
        people.dtype.descr,
        people.view(np.recarray).name.tolist(),
        people["size"].sum(0).tolist(),
        np.unique([3, 1, 3, 2], return_counts=True)[1].tolist(),
    ]


def saved():
    array, file = np.arange(12).reshape(3, 4) / 8, io.BytesIO()
    np.savez_compressed(file, a=array, b=np.array(["x", "\u00fc"]))
    file.seek(0)
    with np.load(file) as loaded:
        back = [loaded["a"].tolist(), loaded["b"].tolist()]
    text = io.StringIO()
    np.savetxt(text, array, fmt="%.3f")
    return [*back, text.getvalue(), np.loadtxt(io.StringIO("1,2\n3,4"), delimiter=",").tolist()]


def saved_by_name():
    array = np.arange(12).reshape(3, 4) / 8
    with tempfile.TemporaryDirectory() as folder:
        array.tofile(f"{folder}/raw")
        np.save(f"{folder}/array.npy", array)
        np.savez(f"{folder}/several.npz", a=array, b=array * 2)
        with open(f"{folder}/both", "wb") as file:
            for each in (array, array[::-1]):
                np.save(file, each)
            length = file.tell()
        with open(f"{folder}/both", "rb") as file:
            both = [np.load(file).tolist(), file.tell() * 2 == length, np.load(file).tolist()]
        with np.load(f"{folder}/several.npz") as several:
            found = [several["a"].tolist(), several["b"].tolist()]
        mapped = np.load(f"{folder}/array.npy", mmap_mode="r")
        raw = np.fromfile(f"{folder}/raw", count=3, offset=8)
        return [*both, *found, mapped[1].tolist(), raw.tolist(), raised(np.fromfile, f"{folder}/none")[0]]


def texts():
    words = np.array(["Stra\u00dfe", "  gr\u00fcn ", "Bau-m"])
    wide, nullable = words.astype(np.dtypes.StringDType()), np.dtypes.StringDType(na_object=None)
    return [
        np.strings.upper(words).tolist(),
        np.strings.strip(wide).tolist(),
        np.strings.find(words, "a").tolist(),
        np.strings.replace(wide, "-", "").tolist(),
        (wide + "!").tolist(),
        np.char.center(words, 11, "*").tolist(),
        np.unique(np.array(["b", "a", "b"], "T")).tolist(),
        sorted(np.unique(np.array(["b", None, "b"], nullable), sorted=False).tolist(), key=str),
    ]


def refusals():
    with np.errstate(all="raise"):
        kept = [raised(lambda: np.arange(3) // 0), raised(lambda: np.array([-1]) ** np.array([-1]))]
    return [
        *kept,
        raised(np.linalg.inv, np.zeros((2, 2))),
        raised(lambda: np.ones(2) + np.ones(3)),
        raised(lambda: np.arange(3)[7]),
        raised(np.array, ["a"], float),
        raised(np.linalg.cholesky, -np.eye(2)),
        raised(np.frombuffer, b"123", "i4"),
    ]


def unheard():
    """What natively is a warning each: in a sandbox, only the last is."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        np.ones(2) / np.zeros(2), np.log(np.array([-1.0])), np.exp(np.array([1e9])), np.arange(2) // 0
    return [str(warning.message) for warning in found]


def own():
    """Drawn by generators that were made at import."""
    return {
        "shared": np.random.rand(),
        "normal": np.random.randn(),
        "generator": RANDOM.random(),
        "old": OLD.rand(),
        "child": CHILD.random(),
        "sequence": np.random.default_rng(SEQUENCE).random(),
        "fresh": np.random.default_rng().random(),
    }


def seeded():
    return SEEDED.random(3).tolist()


def room():
    """Of more than the sandbox has."""
    return raised(np.zeros, 300 << 20, np.uint8)


def bomb():
    return len([np.ones(1 << 20) for _ in range(1 << 12)])


app = by_path(
    arithmetic=arithmetic,
    converted=converted,
    algebra=algebra,
    transformed=transformed,
    drawn=drawn,
    dates=dates,
    records=records,
    saved=saved,
    saved_by_name=saved_by_name,
    texts=texts,
    refusals=refusals,
    unheard=unheard,
    own=own,
    seeded=seeded,
    room=room,
    bomb=bomb,
)
