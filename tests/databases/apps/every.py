"""All drivers in one component: `/<driver>/<way>`."""

import by_pg8000
import by_pymysql
import by_redis
import by_smtplib

DRIVERS = {"pg8000": by_pg8000, "pymysql": by_pymysql, "redis": by_redis, "smtplib": by_smtplib}


def application(environ, start_response):
    driver, _, way = environ["PATH_INFO"].strip("/").partition("/")
    chosen = DRIVERS.get(driver, by_pg8000)
    return chosen.application({**environ, "PATH_INFO": way}, start_response)
