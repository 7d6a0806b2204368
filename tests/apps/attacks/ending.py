"""Ends the interpreter, or crashes it."""

import faulthandler
import os
import signal
import sys


def exit_3():
    sys.exit(3)


def exit_0():
    sys.exit()


def hard_exit():
    os._exit(0)


def abort():
    os.abort()


def interrupt():
    raise KeyboardInterrupt


def generator_exit():
    raise GeneratorExit


def raise_sigterm():
    signal.raise_signal(signal.SIGTERM)


def raise_sigint():
    signal.raise_signal(signal.SIGINT)


def raise_sigsegv():
    signal.raise_signal(signal.SIGSEGV)


def kill_itself():
    os.kill(os.getpid(), signal.SIGKILL)


def kill_group():
    os.killpg(0, signal.SIGKILL)


def fatal_error():
    faulthandler._fatal_error_c_thread()


def read_null():
    faulthandler._read_null()


def segmentation_fault():
    faulthandler._sigsegv()


def stack_overflow():
    faulthandler._stack_overflow()


def damaged_code():
    def harmless():
        pass

    harmless.__code__ = harmless.__code__.replace(co_code=b"\xff\xff" * 10, co_stacksize=1)
    return harmless()


def missing_constant():
    """Bytecode that takes as an object whatever lies 1 GiB behind its constants."""
    load = bytes([71, 0x10, 71, 0, 71, 0, 83, 0, 36, 0])
    return eval((lambda: 0).__code__.replace(co_code=load, co_consts=()))
