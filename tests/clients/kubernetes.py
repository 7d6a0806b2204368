"""Holds manifests to the strict schemas of all versions of Kubernetes that the package has; prints JSON."""

import json
import sys
from pathlib import Path

import kubernetes_validate
import yaml
from kubernetes_validate.utils import all_versions


def checked(path):
    documents = list(yaml.safe_load_all(Path(path).read_text()))
    for version in dict.fromkeys(all_versions()):
        for document in documents:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                where = ".".join(str(part) for part in error.path)
                sys.exit(f"Kubernetes {version}: {document['kind']}: {where}: {error.message}")
    return documents


if __name__ == "__main__":
    print(json.dumps({"versions": list(dict.fromkeys(all_versions())), "documents": checked(sys.argv[1])}))
