"""Looks for files outside of the sandbox, through every odd path there is."""

import os


def passwd():
    return open("/etc/passwd").read(1)


def parents():
    return open("/app/" + "../" * 50 + "etc/passwd").read(1)


def relative_parents():
    return open("../" * 50 + "etc/passwd").read(1)


def parents_from_descriptor():
    return os.open("../../etc/passwd", os.O_RDONLY, dir_fd=os.open("/app", os.O_RDONLY))


def preopened_descriptors():
    """Descriptors that a host of WASI preview 1 would have opened for the guest."""
    reached = []
    for number in range(200):
        try:
            reached.append(os.open("etc/passwd", os.O_RDONLY, dir_fd=number))
        except OSError:
            pass
    return reached


def encoded_dots():
    return open("/app/%2e%2e/%2e%2e/etc/passwd").read(1)


def many_slashes():
    return open("//////etc////passwd").read(1)


def trailing_slash():
    return open("/app/hello.py/").read(1)


def below_a_file():
    return open("/app/hello.py/../hello.py").read(1)


def null_byte():
    return open("/app/hello.py\0.txt").read(1)


def not_unicode():
    return open(b"/app/\xff\xfe").read(1)


def long_name():
    return open("/tmp/" + "x" * 100_000, "w")


def deep_path():
    return open("/tmp" + "/x" * 100_000, "w")


def symbolic_link():
    os.symlink("/etc", "/tmp/link")
    return os.listdir("/tmp/link")


def hard_link():
    os.link("/etc/passwd", "/tmp/link")


def rename_out():
    with open("/tmp/file", "w"):
        os.rename("/tmp/file", "/app/../../file")


def proc_self():
    return os.listdir("/proc/self")


def proc_descriptors():
    return open("/proc/self/fd/0").read(1)


def proc_memory():
    return open("/proc/self/mem", "rb").read(1)


def devices():
    return os.listdir("/dev")


def dev_null():
    return open("/dev/null", "w")


def dev_memory():
    return open("/dev/mem", "rb").read(1)


def dev_urandom():
    return open("/dev/urandom", "rb").read(1)


def device_node():
    return os.mknod("/tmp/device")


def overwrite_interpreter():
    return open(os.__file__, "wb")


def overwrite_application():
    return open("/app/hello.py", "wb")


def make_writable():
    os.chmod("/app/hello.py", 0o777)
    return open("/app/hello.py", "wb")


def many_descriptors():
    kept = []
    while len(kept) < 10_000:
        kept.append(os.open(f"/tmp/{len(kept)}", os.O_CREAT | os.O_RDWR))
    return len(kept)


def many_descriptors_of_one():
    kept = []
    while len(kept) < 10_000:
        kept.append(open("/app/hello.py"))
    return len(kept)


def endless_file():
    with open("/tmp/file", "wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 20))


def sparse_file():
    os.truncate(os.open("/tmp/file", os.O_CREAT | os.O_RDWR), 1 << 40)


def close_all_descriptors():
    os.closerange(0, 100_000)
    return open("/app/hello.py").read(3)
