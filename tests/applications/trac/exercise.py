"""Trac: the wiki, tickets, queries, search, accounts by the server, its administration."""

APP = "trac.web.main:dispatch_request"
DATA = "environment"
PAGE = "/wiki/TracGuide"
REMARK = """`--warm` makes its pages fast, and shows in its list of plugins that the database's connector can be turned
off: a connection that is kept outlives the object that says so."""
ENVIRONMENT = {"TRAC_ENV": "{app}/environment"}
VARIES = [
    r'(?<=__FORM_TOKEN" value=")\w+',
    r"(?<=form_token=)\w+",
    r'form_token"?\s?[:=] ?"\w+"',
    r"\b1[78]\d{14}\b",
]
VARIES += [r'(?<=<span class="time">)\d\d:\d\d']
VARIES += [r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d", r"\d\d%3A\d\d%3A\d\dZ", r"\d+ (second|minute)s? ago"]
#: Versions of Python and SQLite.
VARIES += [r"(?<=<td>)3\.\d+\.\d+[^<]*"]


def prepare(project):
    project.run("trac-admin", "environment", "initenv", "exercise", "sqlite:db/trac.db")
    project.run("trac-admin", "environment", "permission", "add", "anonymous", "TRAC_ADMIN")


def exercise(client):
    client.get("/")
    client.get("/wiki/WikiFormatting")
    client.get("/wiki/Nowhere")
    new = client.get("/wiki/Exercise?action=edit").fields("text")
    page = {
        **new,
        "text": "= Exercise =\n\n * one\n * '''two'''\n",
        "comment": "made",
        "save": "Submit",
        "action": "edit",
    }
    client.follow(client.post("/wiki/Exercise", page, 303))
    client.get("/wiki/Exercise?action=history")
    client.get("/wiki/Exercise?format=txt")
    ticket = client.get("/newticket").fields("field_summary")
    filled = {
        **ticket,
        "field_summary": "It fails",
        "field_description": "Of ''this'' kind",
        "submit": "Create ticket",
    }
    client.follow(client.post("/newticket", filled, 303))
    client.get("/ticket/1")
    client.get("/query?status=new&order=priority")
    client.get("/query?status=new&format=csv")
    client.get("/report/1")
    client.get("/report")
    client.get("/search?q=exercise&wiki=on&ticket=on")
    client.get("/timeline?ticket=on&wiki=on&daysback=3")
    client.get("/roadmap")
    client.get("/about")
    client.get("/admin/general/basics")
    client.get("/admin/general/plugin")
    client.get("/prefs")
    client.get("/chrome/common/css/trac.css")
    client.get("/nowhere", 404)
