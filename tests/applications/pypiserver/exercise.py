"""pypiserver: index, upload with a password, download, search by XML-RPC, removal."""

import base64

APP = "wsgi.py"
NATIVE = "wsgi:application"
DATA = "packages"
#: `anna:of-the-index`, by SHA-1 as htpasswd -s has it.
PASSWORDS = "anna:{SHA}NDLvJoTD9fbuEB94a5UhYH2qtXc=\n"
KNOWN = {"Authorization": "Basic " + base64.b64encode(b"anna:of-the-index").decode()}
SEARCH = b"""<?xml version="1.0"?><methodCall><methodName>search</methodName><params><param><value><struct>
<member><name>name</name><value><array><data><value><string>larder</string></value></data></array></value></member>
</struct></value></param></params></methodCall>"""


def prepare(project):
    project.write("htpasswd", PASSWORDS)
    project.write("packages/pantry-1.0.tar.gz", "not really an archive")


def exercise(client):
    client.get("/")
    client.get("/simple/")
    client.get("/simple/pantry/")
    client.get("/simple/nothing/", 404)
    client.get("/packages/")
    client.get("/packages/pantry-1.0.tar.gz")
    client.get("/packages/pantry-1.0.tar.gz", 206, Range="bytes=4-9")
    form = {":action": "file_upload", "name": "larder", "version": "2.0"}
    file = {"content": ("larder-2.0.tar.gz", b"0123456789" * 100_000)}
    client.upload("/", form, file, 401)
    upload(client, form, file, 200)
    upload(client, form, file, 409)
    client.get("/simple/larder/")
    client.get("/packages/larder-2.0.tar.gz")
    client.ask("POST", "/RPC2", 200, SEARCH, {"Content-Type": "text/xml"})
    client.post("/", {":action": "remove_pkg", "name": "larder", "version": "2.0"}, 200, **KNOWN)
    client.get("/simple/larder/", 404)


def upload(client, form, file, status):
    client.upload("/", form, file, status, **KNOWN)
