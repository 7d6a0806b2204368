"""Flask with -SQLAlchemy, -Login, -WTF, -Migrate and -Admin: accounts, forms with CSRF tokens, uploads, the
admin.
"""

APP = "app:app"
DATA = "instance"
WARM = ["/"]
ENVIRONMENT = {"SECRET_KEY": "of-the-exercise"}


def prepare(project):
    for command in ("init", "migrate", "upgrade"):
        project.run("flask", "--app", "app", "db", command)


def exercise(client):
    client.get("/")
    client.post("/register", {"email": "anna@example.com", "password": "long"}, 400)
    page = client.get("/register")
    client.post("/register", {**page.fields(), "email": "anna", "password": "long"}, 200)
    account = {**page.fields(), "email": "anna@example.com", "password": "long"}
    client.follow(client.post("/register", account))
    client.get("/new", 302)
    client.post("/login", {**account, "password": "short"}, 200)
    client.follow(client.post("/login?next=/new", account))
    fields = client.get("/new").fields()
    client.post("/new", {**fields, "name": "Tea", "price": "0"}, 200)
    item = {**fields, "name": "Tea", "price": "12"}
    client.upload("/new", item, {"note": ("note.txt", "grün".encode() * 9)}, 200)
    client.upload("/new", item, {"note": ("note.exe", b"MZ")}, 200)
    client.get("/?page=2", 404)
    client.get("/admin/")
    client.get("/admin/item/")
    new = client.get("/admin/item/new/")
    form = {**new.fields("name"), "name": "Cup", "price": "3", "csrf_token": fields["csrf_token"]}
    client.follow(client.post("/admin/item/new/", form))
    client.get("/admin/item/edit/?id=2")
    client.follow(client.post("/admin/item/edit/?id=2", {**form, "price": "4"}))
    client.follow(client.post("/admin/item/delete/", {"id": "2", "csrf_token": fields["csrf_token"]}))
    client.get("/admin/item/?sort=1&desc=1")
    client.follow(client.get("/logout", 302))
    client.get("/new", 302)
