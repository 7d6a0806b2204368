"""cffi holds a lock while it calls what is to be called once; a thread wants that lock meanwhile."""

import threading
import time

from _cffi_backend import FFI
from answers import by_path


def both():
    ffi = FFI()

    def once():
        time.sleep(0.01)
        return 1

    thread = threading.Thread(target=lambda: ffi.init_once(once, "tag"))
    thread.start()
    found = ffi.init_once(once, "tag")
    thread.join()
    return found


def one():
    return FFI().init_once(lambda: 1, "tag")


app = by_path(both=both, one=one)
