import _cffi_backend
import cffi
from answers import by_path, raised

ffi = cffi.FFI()
ffi.cdef("""
    typedef struct { int32_t count; double price; char name[8]; } item;
    enum kind { FIRST, SECOND = 7 };
    int puts(const char *);
""")


def values():
    item = ffi.new("item *", {"count": 3, "price": 1.5, "name": b"shop"})
    numbers = ffi.new("int[4]", [1, 2, 3, 4])
    return {
        "item": [item.count, item.price, ffi.string(item.name).decode(), ffi.sizeof("item")],
        "sum": sum(numbers),
        "bytes": bytes(ffi.buffer(numbers)).hex(),
        "moved": (numbers + 2)[0],
        "enum": ffi.typeof("enum kind").elements,
        "handle": ffi.from_handle(ffi.new_handle(ffi)) is ffi,
        "version": _cffi_backend.__version__,
    }


def refusals():
    item = ffi.new("item *")
    return [
        raised(setattr, item, "count", 2**40),
        raised(ffi.cast, "nothing", 1),
        raised(ffi.new("int[2]").__getitem__, 5),
    ]


def native():
    """What needs the machine's code: careful programs catch these."""
    twice = ffi.cast("double (*)(double, int, int, int, int)", 0x10000)
    return {
        "library": raised(ffi.dlopen, "libc.so.6"),
        "callback": raised(ffi.callback, "int(int)", abs),
        "call": raised(twice, 1.0, 1, 1, 1, 1),
    }


app = by_path(values=values, refusals=refusals, native=native)
