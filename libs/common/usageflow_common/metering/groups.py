"""Dimensions: the group of an event under a metric's group-by keys, and the group that takes what is too much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from usageflow_common.metering.properties import Properties, canonical_text

OTHER: Final = "__other__"
"""Stands for the values of events whose group was not admitted, and for values too long to be one."""

GROUPS_MAX: Final = 1_000
"""Groups of one customer, metric and shard; events of further ones are counted under `OTHER`."""

VALUE_BYTES_MAX: Final = 400
"""Of a value as JSON: five of them and their keys fit into an index entry of PostgreSQL, whatever they hold."""


def group_of(group_by: Sequence[str], properties: Properties) -> dict[str, str]:
    """The group: each key with the canonical text of the property, "" where it is missing. Empty without group-by keys."""
    return {key: _bounded(canonical_text(properties.get(key))) for key in group_by}


def other_group(group_by: Sequence[str]) -> dict[str, str]:
    """The group of everything that was not admitted."""
    return dict.fromkeys(group_by, OTHER)


def group_key(group: Mapping[str, str]) -> str:
    """The canonical JSON of a group, keys ascending; `{}` without keys. Equal groups have equal keys."""
    return msgspec.json.encode({key: group[key] for key in sorted(group)}).decode() if group else "{}"


def _bounded(text: str) -> str:
    # Long texts are rare, so nearly nobody pays for the encoding.
    return text if len(text) <= 60 or len(msgspec.json.encode(text)) <= VALUE_BYTES_MAX else OTHER
