"""Who the application runs as, where its home and prefix are, what `os` has; some asked at import."""

import getpass
import grp
import json
import os
import pathlib
import pwd
import shutil
import site
import sys
import sysconfig
from os import getuid

DEFAULT = pathlib.Path("~/packages").expanduser()
_REFUSED = {
    "getloadavg": (),
    "pipe": (),
    "system": ("true",),
    "setsid": (),
    "chroot": ("/",),
    "mkfifo": ("/tmp/pipe",),
    "ttyname": (0,),
    "setuid": (0,),
}


def _attempt(call, *arguments):
    try:
        return call(*arguments)
    except Exception as error:
        return type(error).__name__


def app(environ, start_response):
    user, group = pwd.getpwuid(getuid()), grp.getgrgid(os.getgid())
    DEFAULT.mkdir(parents=True)
    told = {
        "user": [getpass.getuser(), user.pw_name, os.getlogin(), pathlib.Path("/app").owner(), group.gr_name],
        "ids": [os.geteuid(), os.getegid(), os.getgroups(), os.stat("/app").st_uid],
        "unknown": [_attempt(pwd.getpwuid, 77), _attempt(pwd.getpwnam, "x"), _attempt(grp.getgrgid, 77)],
        "home": [str(pathlib.Path.home()), os.environ["HOME"], user.pw_dir, str(DEFAULT), site.getuserbase()],
        "process": [
            _attempt(os.kill, os.getpid(), 0),
            _attempt(os.kill, 2**30, 0),
            os.getpgrp() == os.getpid(),
        ],
        "refused": sorted({_attempt(getattr(os, name), *_REFUSED[name]) for name in _REFUSED}),
        "listed": {"getuid", "umask", "statvfs"} <= set(os.__all__),
        "abilities": [
            os.chmod in os.supports_dir_fd,
            os.chmod in os.supports_fd,
            os.statvfs in os.supports_fd,
        ],
        "terminal": tuple(shutil.get_terminal_size()),
        "prefix": [sys.prefix, sys.prefix != sys.base_prefix, __file__.startswith(sys.prefix)],
        "packages": [sysconfig.get_path("purelib"), site.getsitepackages()[0] in sys.path],
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]
