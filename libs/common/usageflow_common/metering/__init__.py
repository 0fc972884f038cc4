"""What a metric makes of events, the same for everybody who filters, counts, queries or rates them. Pure."""

from __future__ import annotations

from usageflow_common.metering.filters import Matches, Operator, holds, matcher
from usageflow_common.metering.groups import GROUPS_MAX, OTHER, group_key, group_of, other_group
from usageflow_common.metering.properties import (
    PROPERTY_CHARACTERS_MAX,
    NotPermitted,
    Properties,
    PropertyValue,
    canonical_text,
    numeric,
    permit_properties,
)
from usageflow_common.metering.states import (
    AGGREGATIONS,
    EMPTY,
    Aggregation,
    Level,
    State,
    add_event,
    decode_state,
    encode_state,
    is_invertible,
    merge,
    quotient,
    subtract,
    value_of,
)

__all__ = [
    "AGGREGATIONS",
    "EMPTY",
    "GROUPS_MAX",
    "OTHER",
    "PROPERTY_CHARACTERS_MAX",
    "Aggregation",
    "Level",
    "Matches",
    "NotPermitted",
    "Operator",
    "Properties",
    "PropertyValue",
    "State",
    "add_event",
    "canonical_text",
    "decode_state",
    "encode_state",
    "group_key",
    "group_of",
    "holds",
    "is_invertible",
    "matcher",
    "merge",
    "numeric",
    "other_group",
    "permit_properties",
    "quotient",
    "subtract",
    "value_of",
]
