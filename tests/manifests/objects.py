"""The manifests of deploy/k8s, as objects, and what is wrong with each: core kinds by Kubernetes' own schemas, others by those beside this file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ROOT / "deploy" / "k8s"
OVERLAYS = sorted(path.name for path in (MANIFESTS / "overlays").iterdir())
_SCHEMAS = Path(__file__).parent / "schemas"
_KUBERNETES = "1.32"


def written() -> list[dict[str, Any]]:
    """Everything in the base and in the components, before any patch."""
    paths = [
        *MANIFESTS.glob("base/*.yaml"),
        *MANIFESTS.glob("components/*/*.yaml"),
        *MANIFESTS.glob("overlays/*/n*.yaml"),
    ]
    return [
        each for path in sorted(paths) if path.name != "kustomization.yaml" for each in objects_in(path.read_text())
    ]


def objects_in(text: str) -> list[dict[str, Any]]:
    """The documents of a YAML stream."""
    return [each for each in yaml.safe_load_all(text) if each]


def problems_of(manifest: dict[str, Any]) -> list[str]:
    """What a cluster would refuse; a kind without a schema is a problem too."""
    name = f"{manifest['kind']}/{manifest['metadata']['name']}"
    group, _, version = manifest["apiVersion"].rpartition("/")
    schema = _SCHEMAS / group / f"{manifest['kind'].lower()}_{version}.json"
    if schema.exists():
        errors = jsonschema.Draft7Validator(json.loads(schema.read_text())).iter_errors(manifest)
        return [f"{name}: {'/'.join(map(str, error.path))}: {error.message}" for error in errors]
    try:
        kubernetes_validate.validate(manifest, _KUBERNETES, strict=True)
    except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
        return [f"{name}: {error}"]
    return []


def of_kind(manifests: Iterable[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    """Those of some kinds."""
    return [each for each in manifests if each["kind"] in kinds]
