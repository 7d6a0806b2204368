"""The module `syslog` (docs.python.org/3/library/syslog.html). Its log is the standard error stream."""

import sys

# Linux's (sys/syslog.h).
# fmt: off
LOG_ALERT, LOG_AUTH, LOG_AUTHPRIV, LOG_CONS, LOG_CRIT = 1, 32, 80, 2, 2
LOG_CRON, LOG_DAEMON, LOG_DEBUG, LOG_EMERG, LOG_ERR = 72, 24, 7, 0, 3
LOG_FTP, LOG_INFO, LOG_KERN, LOG_LOCAL0, LOG_LOCAL1 = 88, 6, 0, 128, 136
LOG_LOCAL2, LOG_LOCAL3, LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6 = 144, 152, 160, 168, 176
LOG_LOCAL7, LOG_LPR, LOG_MAIL, LOG_NDELAY, LOG_NEWS = 184, 48, 16, 8, 56
LOG_NOTICE, LOG_NOWAIT, LOG_ODELAY, LOG_PERROR, LOG_PID = 5, 16, 4, 32, 1
LOG_SYSLOG, LOG_USER, LOG_UUCP, LOG_WARNING = 40, 8, 64, 4
# fmt: on

_MASK_OF_PRIORITY = 7
_settings = {"ident": None, "option": 0, "facility": LOG_USER, "mask": 0xFF}


def openlog(ident=None, logoption=0, facility=LOG_USER):
    if ident is not None:
        ident.encode()  # UnicodeEncodeError for what no log takes
    _settings.update(ident=ident, option=logoption, facility=facility)


def closelog():
    _settings.update(ident=None, option=0, facility=LOG_USER)


def setlogmask(maskpri, /):
    before = _settings["mask"]
    # 0 asks for it (setlogmask(3)).
    _settings["mask"] = maskpri or before
    return before


def LOG_MASK(pri, /):
    return 1 << pri


def LOG_UPTO(pri, /):
    return (1 << (pri + 1)) - 1


def syslog(*arguments):
    """syslog([priority,] message)"""
    if len(arguments) not in (1, 2):
        raise TypeError("syslog() takes a priority and a message, or a message")
    priority = arguments[0] if len(arguments) == 2 else LOG_INFO
    message = arguments[-1]
    if not isinstance(message, str):
        raise TypeError(f"argument must be str, not {type(message).__name__}")
    if _settings["mask"] & LOG_MASK(priority & _MASK_OF_PRIORITY):
        ident = _settings["ident"]
        print(f"{ident}: {message}" if ident else message, file=sys.stderr)
