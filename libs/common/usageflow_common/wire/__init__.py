"""The kinds of values in the public JSON, as pydantic types: instants, decimals, money, ids, metadata, time zones; lists and their cursors.

Unknown members are refused, names are camelCase, a JSON number is read exactly.
"""

from usageflow_common.wire.cursors import Cursors, PageRequest
from usageflow_common.wire.models import AddressInput, MoneyInput, MoneyModel, QueryModel, RequestModel, ResponseModel
from usageflow_common.wire.public_ids import PublicId, public
from usageflow_common.wire.values import (
    Currency,
    CustomerId,
    CustomerIds,
    ExactDecimal,
    Instant,
    Metadata,
    PlainDecimal,
    Text,
    TimeZone,
    is_customer_id,
    parse_decimal,
    parse_instant,
)

__all__ = [
    "AddressInput",
    "Currency",
    "Cursors",
    "CustomerId",
    "CustomerIds",
    "ExactDecimal",
    "Instant",
    "Metadata",
    "MoneyInput",
    "MoneyModel",
    "PageRequest",
    "PlainDecimal",
    "PublicId",
    "QueryModel",
    "RequestModel",
    "ResponseModel",
    "Text",
    "TimeZone",
    "is_customer_id",
    "parse_decimal",
    "parse_instant",
    "public",
]
