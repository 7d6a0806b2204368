"""The bill of materials of the binary: CycloneDX 1.6, as `wasgi inspect --sbom` gives it of a component.

In it are the crates that are linked into the command, Rust's standard library, and what the guest inside is
made of. Crates that only build or test it, and macros, which run in the compiler, are not.
"""

import json
import tomllib
from pathlib import Path

import project
from project import NAME, REPOSITORY, ReleaseError
from tools import output

#: Of the parts that are wasgi's own.
OWN_LICENCE = project.workspace()["license"]
TARGETS = {"x86_64": "x86_64-unknown-linux-gnu", "aarch64": "aarch64-unknown-linux-gnu"}


def of_binary(machine: str, digest: str) -> dict:
    """The document on the binary of this machine, whose SHA-256 is `digest`."""
    provenance = json.loads(of_guest().read_text())
    rust = output(["rustc", "--version"], "asking for Rust's version").split()[1]
    components = [
        part("wasgi-guest", project.version(), OWN_LICENCE),
        *guest_parts(provenance["entries"]),
        part("Rust standard library", rust, "MIT OR Apache-2.0"),
        *crates(linked(machine), locked()),
    ]
    return document(components, digest)


def linked(machine: str) -> str:
    """What cargo says of the command's crates and theirs; [`crates`] reads it."""
    tree = ["cargo", "tree", "--locked", "-p", NAME, "--edges", "normal,no-proc-macro", "--prefix", "none"]
    target = ["--target", TARGETS[machine], "--format", "{p}\t{l}"]
    return output([*tree, *target], "listing the crates that are linked")


def locked() -> list[dict]:
    return tomllib.loads((REPOSITORY / "Cargo.lock").read_text())["package"]


def of_guest() -> Path:
    path = REPOSITORY / "guest" / "build" / "provenance.json"
    if not path.exists():
        raise ReleaseError(f"{path} is missing: `./just guest` makes it")
    return path


def document(components: list[dict], digest: str) -> dict:
    """Without a time and a serial number, which the format allows: the same binary has the same bill."""
    version = project.version()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": {"components": [{"type": "application", "name": f"{NAME} release", "version": version}]},
            "component": {
                "type": "application",
                "bom-ref": "application",
                "name": NAME,
                "version": version,
                "licenses": [{"expression": OWN_LICENCE}],
                "hashes": [{"alg": "SHA-256", "content": digest}],
            },
        },
        "components": components,
    }


def part(name: str, version: str, licence: str, sha256: str | None = None, **more: str | None) -> dict:
    component = {"type": "library", "name": name, "version": version, "licenses": [{"expression": licence}]}
    if sha256:
        component["hashes"] = [{"alg": "SHA-256", "content": sha256}]
    return component | {key: value for key, value in more.items() if value}


def guest_parts(entries: list[dict]) -> list[dict]:
    """What `provenance.json` of python-wasm lists; host/src/component/sbom.rs reads it in the same way."""
    return [guest_part(entry) for entry in entries]


def guest_part(entry: dict) -> dict:
    if held := entry.get("holds"):
        # Taken from a crate that carries other people's sources.
        name, version = held.rsplit(" ", 1)
        sha256 = None
    else:
        name, version, sha256 = entry["name"], entry.get("version") or entry["revision"], entry.get("sha256")
    return part(name, version, entry["licence"], sha256, description=entry.get("from"))


def crates(tree: str, lock: list[dict]) -> list[dict]:
    """Of cargo's lines `name vVERSION (where)<tab>licence`, those that come from a registry."""
    sums = {(package["name"], package["version"]): package.get("checksum") for package in lock}
    found = {}
    for line in tree.splitlines():
        crate, _, licence = line.partition("\t")
        name, version = crate.split()[:2]
        version = version.removeprefix("v")
        if sums[name, version] is None:
            continue  # of this workspace
        # Older crates write `/` for OR.
        licence = " ".join(licence.removesuffix(" (*)").replace("/", " OR ").split())
        if not licence:
            raise ReleaseError(
                f"the crate {name} {version} names no licence: look into its files, and add it here"
            )
        found[name, version] = part(
            name, version, licence, sums[name, version], purl=f"pkg:cargo/{name}@{version}"
        )
    return [found[key] for key in sorted(found)]
