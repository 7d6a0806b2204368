"""Everything that PEP 3333 asks of wsgi.errors: write(), writelines(), flush(), and any character at all."""


def app(environ, start_response):
    errors = environ["wsgi.errors"]
    errors.write("telling: one\ntelling: two\n")
    errors.writelines(["telling: ", "three\n", "telling: four\n"])
    errors.write("telling: \xe9 \u20ac \U0001f40d \udcff\n")
    errors.write("telling: without its end")
    errors.flush()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"told"]
