def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Accel-Redirect", "/protected/report.txt")])
    return []
