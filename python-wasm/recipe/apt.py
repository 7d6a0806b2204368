"""apt-get without root and without touching the system: own lists, own cache, own sources.

The mirror's address is taken from the machine's own apt configuration, so that a machine behind a
local mirror stays behind it.
"""

import platform
import shutil
from pathlib import Path

from .base import RecipeError, fresh, run
from .failures import fetching

SYSTEM = Path("/etc/apt")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
NOT_DEBIAN = (
    "This machine has no apt with Debian sources, so {what} cannot be fetched.\n"
    "Set WASI_SDK_PATH to an unpacked WASI SDK to use its compiler and libc instead; without Debian's\n"
    "security patches the sources build only with WASGI_WITHOUT_PATCHES=1."
)


def entry_of(uri, suite, signed_by):
    return {"uri": uri.rstrip("/"), "suite": suite, "signed_by": signed_by}


def parse_one_line(text):
    """The entries of a one-line style `.list` file, as dicts with uri, suite and options."""
    entries = []
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if not words or words[0] not in ("deb", "deb-src"):
            continue
        options = ""
        if words[1].startswith("["):
            end = next(n for n, word in enumerate(words) if word.endswith("]"))
            options = " ".join(words[1 : end + 1]).strip("[] ")
            words[1 : end + 1] = []
        signed = [word.partition("=")[2] for word in options.split() if word.startswith("signed-by=")]
        entries.append(entry_of(words[1], words[2], signed[0] if signed else ""))
    return entries


def parse_deb822(text):
    """The same for a deb822 style `.sources` file."""
    entries = []
    for stanza in _stanzas(text):
        if stanza.get("enabled", "yes").lower() in ("no", "false", "0"):
            continue
        uris, suites = stanza.get("uris", "").split(), stanza.get("suites", "").split()
        entries += [entry_of(uri, suite, stanza.get("signed-by", "")) for uri in uris for suite in suites]
    return entries


def _stanzas(text):
    stanza, field = {}, None
    for line in [*text.splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if stanza:
                yield stanza
            stanza, field = {}, None
        elif line[0].isspace():
            stanza[field] = f"{stanza[field]}\n {line.strip()}"
        else:
            field, _, value = line.partition(":")
            field = field.lower()
            stanza[field] = value.strip()


def system_entries(folder=SYSTEM):
    """Every entry of the machine's own sources, in both styles."""
    lists = [folder / "sources.list", *sorted(folder.glob("sources.list.d/*.list"))]
    entries = [entry for path in lists if path.is_file() for entry in parse_one_line(path.read_text())]
    for path in sorted(folder.glob("sources.list.d/*.sources")):
        entries += parse_deb822(path.read_text())
    return entries


def stable_sources(entries, release, suite):
    """A deb822 file for `suite` at the addresses where the machine's `release` comes from."""
    stanzas = []
    for own, wanted in ((release, suite), (f"{release}-security", f"{suite}-security")):
        found = next((entry for entry in entries if entry["suite"] in (own, wanted)), None)
        if found:
            signed = KEYRING if KEYRING.exists() else found["signed_by"]
            stanzas.append(
                f"Types: deb deb-src\nURIs: {found['uri']}\nSuites: {wanted}\nComponents: main\n"
                + (f"Signed-By: {signed}\n" if signed else "")
            )
    return "\n".join(stanzas)


def debian_release():
    """The machine's Debian code name, or None."""
    try:
        about = platform.freedesktop_os_release()
    except OSError:
        return None
    debian = about.get("ID") == "debian" and shutil.which("apt-get")
    return about.get("VERSION_CODENAME") if debian else None


class Apt:
    """A private apt over either the machine's own sources or (with `suite`) another Debian release's."""

    def __init__(self, cache, what, suite=None):
        release = debian_release()
        entries = system_entries()
        sources = stable_sources(entries, release, suite) if suite and release else ""
        if not release or not entries or (suite and not sources):
            raise RecipeError(NOT_DEBIAN.format(what=what))
        self.what = what
        self.home = cache / "apt" / (suite or "machine")
        self.env = {"DEBIAN_FRONTEND": "noninteractive"}
        self._configure(sources, private_status=bool(suite))

    def _configure(self, sources, private_status):
        for name in ("lists/partial", "cache/archives/partial", "sources", "state"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        self.options = [
            "-q",
            "-o",
            f"Dir::State={self.home}/state",
            "-o",
            f"Dir::State::lists={self.home}/lists",
            "-o",
            f"Dir::Cache={self.home}/cache",
            "-o",
            f"Dir::Log={self.home}/state",
            "-o",
            "Debug::NoLocking=1",
            "-o",
            "APT::Sandbox::User=",
            "-o",
            "Acquire::Languages=none",
            "-c",
            self._hooks_off(),
        ]
        status = self.home / "status"
        if private_status:
            status.touch()
            (self.home / "sources/only.sources").write_text(sources)
            parts = f"Dir::Etc::sourceparts={self.home}/sources"
            self.options += ["-o", "Dir::Etc::sourcelist=/dev/null", "-o", parts]
        else:
            status = Path("/var/lib/dpkg/status")
        self.options += ["-o", f"Dir::State::status={status}"]

    def _hooks_off(self):
        """Container images hang `rm /var/cache/apt/…` on apt's hooks: not ours to run."""
        path = self.home / "hooks-off.conf"
        hooks = ("APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success", "DPkg::Post-Invoke")
        path.write_text("".join(f"#clear {hook};\n" for hook in hooks))
        return path

    def get(self, *words, cwd=None, log):
        with fetching(self.what):
            run(["apt-get", *self.options, *words], cwd=cwd or self.home, log=log, env=self.env)

    def update(self, log):
        self.get("update", log=log)

    def closure(self, packages, log):
        """Downloads the packages and what they need beyond what the machine has; returns the .deb files.

        `install --download-only` resolves and fetches; nothing is installed.
        """
        archives = fresh(self.home / "cache/archives")
        (archives / "partial").mkdir()
        how = ["--download-only", "--no-install-recommends", "--reinstall", "--yes"]
        self.get("install", *how, *packages, log=log)
        return sorted(archives.glob("*.deb"))
