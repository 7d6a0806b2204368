"""Writes an image as an archive of OCI's image layout, which engines import."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

import image

_TYPE = "application/vnd.oci.image"


class Archive:
    """The blobs of an image, by their digests."""

    def __init__(self):
        self._blobs: dict[str, bytes] = {}

    def add(self, kind: str, blob: bytes) -> dict:
        """Gives the blob's descriptor."""
        digest = hashlib.sha256(blob).hexdigest()
        self._blobs[f"blobs/sha256/{digest}"] = blob
        return {"mediaType": f"{_TYPE}.{kind}", "digest": f"sha256:{digest}", "size": len(blob)}

    def write(self, path: Path, manifest: dict) -> None:
        index = {"schemaVersion": 2, "manifests": [manifest]}
        files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": json.dumps(index).encode()}
        with tarfile.open(path, "w") as archive:
            for name, content in (files | self._blobs).items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))


def write(path: Path, name: str, found: image.Image, root: Path) -> None:
    """The image of this name, with the files of `root`, which belong to root in it."""
    archive = Archive()
    layer = archive.add("layer.v1.tar", _packed(root))
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "User": found.user,
            "Env": [f"{key}={value}" for key, value in found.environment.items()],
            "Cmd": found.command,
        },
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
    }
    described = archive.add("config.v1+json", json.dumps(config).encode())
    manifest = {"schemaVersion": 2, "config": described, "layers": [layer]}
    entry = archive.add("manifest.v1+json", json.dumps(manifest).encode())
    archive.write(path, entry | {"annotations": {"io.containerd.image.name": name}})


def _packed(root: Path) -> bytes:
    def of_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        return member

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as layer:
        layer.add(root, arcname=".", filter=of_root)
    return packed.getvalue()
