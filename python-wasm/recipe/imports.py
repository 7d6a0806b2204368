"""What a side module imports, read from its binary (WebAssembly core specification, section 5.5)."""

IMPORTS = 2
FUNCTION, TABLE, MEMORY, GLOBAL = range(4)
# Where dynamic linking puts functions, data and addresses of either. What the joining provides is of other
# kinds, or one of the names in OWN.
SPACES = ("env", "GOT.mem", "GOT.func")
# What Rust's library asks the host for. wasi-libc calls that by names with a prefix, and the guest has its
# own in place of some.
PREVIEW1 = "wasi_snapshot_preview1"
LIBC_PREFIX = f"__imported_{PREVIEW1}_"
OWN = ("__stack_pointer", "__memory_base", "__table_base")


class Reader:
    def __init__(self, content):
        self.content, self.at = content, 0

    def byte(self):
        self.at += 1
        return self.content[self.at - 1]

    def number(self):
        """An unsigned LEB128."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def take(self, length):
        self.at += length
        return self.content[self.at - length : self.at]

    def name(self):
        return self.take(self.number()).decode()

    def skip_limits(self):
        for _ in range(2 if self.byte() & 1 else 1):
            self.number()


def imported(module):
    """The names of the functions and data that the side module needs from the guest, in their order."""
    reader = Reader(module)
    reader.take(8)
    while reader.at < len(module):
        section, length = reader.byte(), reader.number()
        if section == IMPORTS:
            return list(names(Reader(reader.take(length))))
        reader.take(length)
    return []


def names(reader):
    seen = set()
    for _ in range(reader.number()):
        space, name, kind = reader.name(), reader.name(), reader.byte()
        if kind == FUNCTION:
            reader.number()
        elif kind == GLOBAL:
            reader.take(2)
        else:
            if kind == TABLE:
                reader.byte()
            reader.skip_limits()
        if space == PREVIEW1:
            yield LIBC_PREFIX + name
        elif space in SPACES and kind in (FUNCTION, GLOBAL) and name not in OWN and name not in seen:
            seen.add(name)
            yield name
