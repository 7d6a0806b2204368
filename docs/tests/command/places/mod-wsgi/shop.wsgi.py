import os

os.environ.setdefault("SHOP_TITLE", "Garden")


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/scheme":
        return [environ["wsgi.url_scheme"].encode()]
    return [f"{os.environ['SHOP_TITLE']}, mounted at {environ['SCRIPT_NAME']!r}".encode()]
