import os


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.environ['SHOP_NAME']} at {environ['SCRIPT_NAME']}\n".encode()]
