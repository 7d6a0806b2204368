"""MoinMoin 2: pages, an edit, its history, search, log in."""

APP = "wsgi.py"
NATIVE = "wsgi:application"
DATA = "wiki"
PAGE = "/Home"
WARM = ["/Home"]
OPTIONS = ["--memory", "256MiB"]
REMARK = """Its import takes 57 MiB, and a password's hash 64 MiB more: `--memory 256MiB`. Without `--warm /Home` a
page took 712 ms of CPU time in place of 63: it reads its index and templates anew."""
VARIES = [
    r"(?<=Page: )[\d.]+(?= ms)",
    r"[A-Z][a-z]{2} \d+, \d{4}, \d+:\d\d:\d\d.{1,3}[AP]M",
    r"(?<=@itemid/)[0-9a-f]{32}",
]


def prepare(project):
    project.path(DATA).rmdir()
    project.run("moin", "create-instance", "--path", "made")
    for path in project.path("made").iterdir():
        path.rename(project.path(path.name))
    project.path(DATA).mkdir(exist_ok=True)
    settings = project.path("wikiconfig.py").read_text()
    project.write("wikiconfig.py", settings.replace("YOUR-SUPER-EDITOR", "anna"))
    project.run("moin", "index-create")
    project.run("moin", "welcome")
    account = ["--name", "anna", "--email", "anna@example.com", "--password", "of-the-exercise"]
    project.run("moin", "account-create", *account)


def exercise(client):
    client.get("/Home")
    client.get("/+history/Home")
    client.get("/Nowhere", 404)
    client.get("/+index/")
    client.get("/+search?q=welcome")
    login = client.get("/+login").fields("login_username")
    filled = {**login, "login_username": "anna", "login_password": "of-the-exercise"}
    client.follow(client.post("/+login", filled), 302)
    wiki = "itemtype=default&contenttype=text%2Fx.moin.wiki%3Bcharset%3Dutf-8"
    editor = client.follow(client.get(f"/+modify/Exercise?{wiki}", 302))
    edit = {
        **editor.fields("content_form_data_text"),
        "content_form_data_text": "= Exercise =\n * one\n",
        "comment": "made",
    }
    client.follow(client.upload(editor.request.split(" ")[1], edit, {}))
    client.get("/+history/Exercise")
    client.get("/+search?q=exercise")
    client.get("/+logout", 302)
