"""Reaches for what a process on an ordinary machine has: threads, processes, sockets, signals."""

import _thread
import os
import select
import signal
import socket
import subprocess
import threading

_ADDRESS = ("127.0.0.1", 80)


def thread():
    threading.Thread(target=print).start()


def raw_thread():
    _thread.start_new_thread(print, ())


def timer():
    threading.Timer(0, print).start()


def thread_pool():
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor() as pool:
        return pool.submit(int, "3").result()


def process():
    import multiprocessing

    multiprocessing.Process(target=print).start()


def run():
    subprocess.run(["/bin/true"], check=True)


def shell():
    return os.system("true")


def pipe_from_shell():
    return os.popen("true").read()


def fork():
    return os.fork()


def execute():
    os.execv("/bin/true", ["true"])


def spawn():
    return os.posix_spawn("/bin/true", ["true"], {})


def wait():
    return os.waitpid(-1, 0)


def connect():
    return socket.create_connection(_ADDRESS, timeout=1)


def listen():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))


def datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", _ADDRESS)


def unix_socket():
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("/run/socket")


def socket_pair():
    return socket.socketpair()


def adopt_descriptors():
    """Takes for sockets what may be descriptors of the host's process."""
    reached = []
    for number in range(3, 200):
        try:
            reached.append(socket.socket(fileno=number).getpeername())
        except OSError:
            pass
    return reached


def resolve():
    return socket.getaddrinfo("example.org", 80)


def fetch():
    import urllib.request

    return urllib.request.urlopen("http://127.0.0.1:80/", timeout=1)


def event_loop():
    import asyncio

    return asyncio.run(asyncio.sleep(0))


def pipe():
    return os.pipe()


def wait_for_stdin():
    return select.select([0], [], [], 0)


def read_stdin():
    return os.read(0, 1)


def handle_signal():
    return signal.signal(signal.SIGTERM, print)


def alarm():
    signal.alarm(1)


def interval_timer():
    signal.setitimer(signal.ITIMER_REAL, 1)


def user_database():
    return __import__("pwd").getpwuid(0)


def resource_limits():
    return __import__("resource").getrlimit(0)


def native_code():
    return __import__("ctypes").string_at(0)


def change_root():
    os.chroot("/")


def become_root():
    os.setuid(0)
