"""klaus: a repository's history, trees, files, changes, downloads; what `git clone` asks."""

import subprocess

APP = "wsgi.py"
NATIVE = "wsgi:application"
DATA = "repositories"
REMARK = "It starts `git` for histories and blame; a sandbox has no processes."
PAGE = "/larder/blob/main/README.md"
WHEN = {
    "GIT_AUTHOR_DATE": "2024-02-29T10:00:00Z",
    "GIT_COMMITTER_DATE": "2024-02-29T10:00:00Z",
    "HOME": "/nonexistent",
}
PERSON = {"GIT_AUTHOR_NAME": "Anna", "GIT_AUTHOR_EMAIL": "a@example.com"}
PERSON |= {"GIT_COMMITTER_NAME": "Anna", "GIT_COMMITTER_EMAIL": "a@example.com"}
VARIES = [r"\d+ (second|minute|hour|day|week|month|year)s? ago"]


def prepare(project):
    folder = project.path("repositories/larder")
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    for number in range(3):
        (folder / "README.md").write_text("# Larder\n\nof *food*\n" + "more\n" * number)
        (folder / "larder.py").write_text(f"def jam():\n    return {number}\n")
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", f"Change {number}")
    git(folder, "tag", "v1")


def git(folder, *words):
    subprocess.run(["git", *words], check=True, cwd=folder, env=WHEN | PERSON | {"PATH": "/usr/bin:/bin"})


def exercise(client):
    client.get("/")
    client.get("/larder/")
    client.get("/larder/tree/main/")
    client.get("/larder/blob/main/larder.py")
    client.get("/larder/blob/main/README.md")
    client.get("/larder/raw/main/README.md")
    client.get("/larder/commit/v1/")
    client.get("/larder/tree/v1/")
    client.get("/larder/blame/main/larder.py")
    client.get("/larder/tarball/main/")
    client.get("/larder/info/refs?service=git-upload-pack")
    client.get("/static/klaus.css")
    client.get("/larder/blob/main/nothing", 404)
    client.get("/nowhere/", 404)
