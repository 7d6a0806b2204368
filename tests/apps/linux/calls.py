"""Calls that cannot work in a sandbox, and calls that have an answer there."""

import errno
import multiprocessing
import os
import platform
import pty
import resource
import select
import selectors
import signal
import smtplib
import socket
import subprocess
import sys
import syslog
import termios
import time
import urllib.request
from multiprocessing import shared_memory

_HERE = ("127.0.0.1", 6379)


def _datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"count:1|c", _HERE)


def _bind():
    with socket.socket(socket.AF_INET6) as listener:
        listener.bind(("::1", 0))


_REFUSED = {
    "connect": lambda: socket.create_connection(_HERE, 1),
    "connect to a name": lambda: socket.create_connection(("redis.example", 6379), 1),
    "connect by a path": lambda: socket.socket(socket.AF_UNIX).connect("/dev/log"),
    "send a datagram": _datagram,
    "bind": _bind,
    "look up": lambda: socket.getaddrinfo("example.org", "https"),
    "look up an address": lambda: socket.gethostbyaddr("192.0.2.1"),
    "mail": lambda: smtplib.SMTP("localhost"),
    "fetch": lambda: urllib.request.urlopen("http://127.0.0.1/", timeout=1),
    "run": lambda: subprocess.run(["true"], check=True),
    "run in a shell": lambda: os.popen("true"),
    "system": lambda: os.system("true"),
    "fork": os.fork,
    "spawn": lambda: os.spawnv(os.P_WAIT, "/bin/true", ["true"]),
    "execute": lambda: os.execvp("true", ["true"]),
    "wait": os.wait,
    "pipe": os.pipe,
    "start a process": lambda: multiprocessing.Process(target=print).start(),
    "queue": multiprocessing.Queue,
    "share memory": lambda: shared_memory.SharedMemory("x", create=True, size=9),
    "alarm": lambda: signal.alarm(1),
    "timer": lambda: signal.setitimer(signal.ITIMER_REAL, 1),
    "pause": signal.pause,
    "terminal": lambda: termios.tcgetattr(0),
    "pseudo terminal": pty.openpty,
    "attributes": lambda: os.listxattr("/tmp"),
    "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_AS, (1, 1)),
    "affinity": lambda: os.sched_setaffinity(0, {1}),
    "set the clock": lambda: time.clock_settime(time.CLOCK_REALTIME, 0),
}  # fmt: skip


def _outcome(call) -> str:
    try:
        return f"no error: {call()!r}"
    except Exception as error:
        # Of urllib's, the reason.
        error = getattr(error, "reason", error)
        kinds = [kind.__name__ for kind in type(error).__mro__[:-3]]
        is_numbered = isinstance(error, OSError) and not isinstance(error, (socket.gaierror, socket.herror))
        number = errno.errorcode.get(error.errno) if is_numbered else error.args[0]
        return f"{' '.join(kinds)}, {number}, {'sandbox' if 'sandbox' in str(error) else error}"


def _pair():
    one, other = socket.socketpair()
    with one, other, selectors.DefaultSelector() as selector:
        selector.register(other, selectors.EVENT_READ)
        before = selector.select(0)
        one.sendall(b"to and")
        readable, writable, _ = select.select([other], [one], [], 0)
        found = [before, bool(selector.select(0)), readable == [other], writable == [one]]
        with other.makefile("rwb") as file:
            file.write(b" fro")
            file.flush()
            found += [file.read(6).decode(), one.recv(9).decode()]
            one.close()
            return [*found, file.read().decode()]


def _addresses(*arguments):
    return [(kind.name, address) for _, kind, _, _, address in socket.getaddrinfo(*arguments)]


def _lock():
    with multiprocessing.RLock() as first, multiprocessing.Semaphore(1) as second:
        return [first, second, multiprocessing.Lock().acquire(timeout=0)]


def _handled():
    heard = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(number))
    signal.raise_signal(signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)
    return heard


def _waited(wait) -> bool:
    began = time.monotonic()
    wait()
    return time.monotonic() - began >= 0.01


def _answers():
    file = os.open("/tmp/vector", os.O_RDWR | os.O_CREAT, 0o600)
    texts, buffers = [b"one ", b"two"], [bytearray(2), bytearray(9)]
    return {
        "names": [socket.gethostname(), socket.getfqdn(), os.uname().nodename, platform.node()],
        "here": [socket.gethostbyname("localhost"), socket.gethostbyname(socket.gethostname())],
        "addresses": [_addresses("127.0.0.1", 80), _addresses("::1", "http", 0, socket.SOCK_STREAM)],
        "service": [socket.getservbyname("https"), socket.getprotobyname("tcp"), socket.if_nameindex()],
        "unconnected": socket.socket().connect_ex(_HERE) == errno.ECONNREFUSED,
        "pair": _pair(),
        "locks": _lock(),
        "signals": [_handled(), signal.alarm(0), len(signal.valid_signals()), signal.sigpending() == set()],
        "mask": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, {2, 15}) | signal.pthread_sigmask(2, set())),
        "waits": [_waited(lambda: select.select([], [], [], 0.01)), _waited(lambda: select.poll().poll(10))],
        "limits": [resource.getrlimit(resource.RLIMIT_AS), resource.getrlimit(resource.RLIMIT_CORE)],
        "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "used": resource.getrusage(resource.RUSAGE_SELF).ru_utime > 0,
        "turns": [os.cpu_count(), os.sched_getaffinity(0) == {0}, os.getpriority(os.PRIO_PROCESS, 0)],
        "status": [os.waitstatus_to_exitcode(256), os.WIFSIGNALED(9), os.WTERMSIG(9), os.WEXITSTATUS(512)],
        "device": [os.major(os.makedev(259, 70000)), os.minor(os.makedev(259, 70000))],
        "vectors": [os.writev(file, texts), os.preadv(file, buffers, 1), b"".join(buffers).decode()[:6]],
        "log": syslog.syslog(syslog.LOG_ERR, "to the standard error stream"),
        "random": len(os.getrandom(7)),
        "platform": [sys.platform, os.name],
    }  # fmt: skip


def told():
    return {**{name: _outcome(call) for name, call in _REFUSED.items()}, **_answers()}
