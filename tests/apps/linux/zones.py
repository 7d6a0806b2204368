"""Local time by TZ, as Django sets it. Run natively as well: what it prints has to be the same."""

import datetime
import json
import os
import time

_ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
    "Pacific/Auckland",
    "Europe/Dublin",
    "EST5EDT,M3.2.0,M11.1.0",
    "<+03>-3",
    "AAA-1BBB,J60/3,300/-2:30",
)
# Before all transitions, around some, in years of which only the rule is written, and far away.
_TIMES = (
    -(2**33),
    -(2**31),
    0,
    10**9,
    1711846799,
    1711846800,
    1719835200,
    1730595600,
    2524608000,
    2540000000,
    2**33,
)
_SHOWN = ((2024, 7, 1, 12, 0, 0), (2024, 1, 1, 12, 0, 0), (2055, 7, 1, 12, 0, 0), (1950, 3, 1, 0, 0, 0))
_FORMATS = (
    "%c",
    "%x",
    "%X",
    "%Z",
    "%z",
    "%-d",
    "%e",
    "%j",
    "%U",
    "%V",
    "%G",
    "%s",
    "%p",
    "%I",
    "%D",
    "%T",
    "%n",
)


def _of(zone):
    os.environ["TZ"] = zone
    time.tzset()
    # Others know of no rule so long ago.
    moments = [time.localtime(moment) for moment in (_TIMES[1:] if "," in zone else _TIMES)]
    aware = [datetime.datetime.fromtimestamp(moment).astimezone() for moment in _TIMES[1:]]
    told = {
        "local": [(*moment, moment.tm_zone, moment.tm_gmtoff) for moment in moments],
        "seconds": [time.mktime((*shown, 0, 0, -1)) for shown in _SHOWN],
        "asserted": [time.mktime((*shown, 0, 0, 0)) for shown in _SHOWN],
        "aware": [f"{moment.isoformat()} {moment.tzname()}" for moment in aware],
        "formatted": [time.strftime(form, time.localtime(1719835200)) for form in _FORMATS],
        "naive": datetime.datetime(2024, 7, 1, 12).timestamp(),
    }
    if zone != "Europe/Dublin":
        # Whose standard time is that of the summer.
        told["names"] = [time.timezone, time.altzone]
    if time.daylight:
        told["names"] = [*told.get("names", ()), sorted(time.tzname)]
    return told


def told():
    before = os.environ.get("TZ")
    zones = {zone: _of(zone) for zone in _ZONES}
    os.environ.pop("TZ")
    time.tzset()
    zones["none"] = time.strftime("%Z %z", time.localtime(0)) if before is None else None
    if before is not None:
        os.environ["TZ"] = before
        time.tzset()
    return zones


if __name__ == "__main__":
    print(json.dumps(told()))
