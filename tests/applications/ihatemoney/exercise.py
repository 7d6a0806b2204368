"""I Hate Money: a project, its members and bills, settling up, history, export, its API."""

import base64

APP = "ihatemoney.wsgi:application"
DATA = "data"
WARM = ["/"]
OPTIONS = ["--memory", "256MiB"]
REMARK = "Its import takes 86 MiB, and a password's hash 32 MiB more: `--memory 256MiB`."
ENVIRONMENT = {"IHATEMONEY_SETTINGS_FILE_PATH": "{app}/ihatemoney.cfg", "DATA": "{app}/data"}
VARIES = [
    r'(?<=name="csrf_token" type="hidden" value=")[\w.-]+',
    r"(?<=/join/)[\w.-]+",
    r"(?<=/feed/)[\w.-]+",
]
KNOWN = {"Authorization": "Basic " + base64.b64encode(b"trip:of-the-trip").decode()}
CREATOR = {"name": "Trip", "id": "trip", "password": "of-the-trip", "contact_email": "anna@example.com"}


def prepare(project):
    # It makes its database where it is first imported; two workers at once would trip over each other.
    project.run("python", "-c", "import ihatemoney.wsgi")


def exercise(client):
    page = client.get("/")
    client.get("/healthcheck")
    token = page.fields("csrf_token")["csrf_token"]
    client.follow(client.post("/create", {**client.get("/create").fields("contact_email"), **CREATOR}))
    for name in ("Anna", "Bert"):
        client.post("/trip/members/add", {"name": name, "weight": "1", "csrf_token": token})
    bill = client.get("/trip/add").fields("what")
    bill |= {"what": "Supper", "amount": "12+8", "payer": "1", "payed_for": ["1", "2"], "date": "2024-02-29"}
    bill |= {"bill_type": "Expense"}
    client.follow(client.post("/trip/add", bill))
    client.follow(client.post("/trip/edit/1", {**bill, "what": "Dinner"}))
    client.get("/trip/")
    client.get("/trip/settle_bills")
    client.get("/trip/statistics")
    client.get("/trip/export/bills.csv")
    client.get("/trip/export/transactions.json")
    client.get("/lang/de", 302)
    client.get("/trip/")
    client.get("/api/projects/trip", **KNOWN)
    client.get("/api/projects/trip/bills", **KNOWN)
    client.get("/api/projects/trip/bills", 401)
    client.post("/trip/delete/1", {"csrf_token": token})
    client.follow(client.post("/exit", {"csrf_token": token}))
    token = client.get("/authenticate").fields("password")["csrf_token"]
    client.post("/authenticate", {"id": "trip", "password": "another", "csrf_token": token}, 200)
    client.post("/authenticate", {"id": "trip", "password": "of-the-trip", "csrf_token": token})
    client.get("/static/css/main.css")
    client.get("/nowhere/", 303)
