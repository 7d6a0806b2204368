"""Django REST framework: the browsable API, forms, tokens, pages, search, and drf-spectacular's schema."""

APP = "notes.py"
NATIVE = "notes:application"
DATA = "data"
PAGE = "/groups/?format=json"
WARM = [PAGE, "/", "/schema/"]
VARIES = [r'(?<=csrfmiddlewaretoken" value=")\w+', r'(?<=csrfToken": ")\w+', r'(?<=X-CSRFTOKEN"\] = ")\w+']
VARIES += [r'(?<="token":")\w+']
JSON = {"Content-Type": "application/json"}
PERSON = {"username": "anna", "password": "of-the-exercise"}


def prepare(project):
    project.run("python", "fill.py")


def exercise(client):
    client.get("/")
    client.get("/", Accept="text/html")
    client.get("/groups/?page=2")
    client.get("/groups/?search=Group+1", Accept="text/html")
    client.get("/groups/99/", 404)
    client.ask("POST", "/groups/", 403, b'{"name": "New"}', JSON)
    client.post("/token/", {**PERSON, "password": "another"}, 400)
    token = client.post("/token/", PERSON, 200).text.split('"')[3]
    known = {**JSON, "Authorization": f"Token {token}"}
    client.ask("POST", "/groups/", 201, b'{"name": "New"}', known)
    client.ask("POST", "/groups/", 400, b'{"name": "New"}', known)
    client.ask("POST", "/groups/", 400, b'{"name": ', known)
    client.ask("PATCH", "/groups/26/", 200, b'{"name": "Newer"}', known)
    client.ask("OPTIONS", "/groups/", 200, None, known)
    client.ask("DELETE", "/groups/26/", 204, None, known)
    login = client.get("/auth/login/?next=/groups/1/").fields("username")
    client.follow(client.post("/auth/login/", {**login, **PERSON}))
    page = client.get("/groups/1/", Accept="text/html")
    form = {"name": "by the form", "csrfmiddlewaretoken": client.cookies["csrftoken"]}
    client.post("/groups/", form, 201, Accept="text/html")
    assert "Group 00" in page.text
    client.get("/schema/")
    client.get("/docs/")
