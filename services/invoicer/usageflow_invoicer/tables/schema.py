"""The schema, its shared tables, and the column types that all tables use."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID

from usageflow_common.database import schema_metadata
from usageflow_common.money import AMOUNT_MINOR_MAX
from usageflow_common.operations import operations_table
from usageflow_common.outbox import outbox_table

metadata = schema_metadata("invoicer")
operations = operations_table(metadata)
outbox = outbox_table(metadata)


def uuid(name: str, **options: Any) -> sa.Column[Any]:
    """A UUID, not null unless said otherwise."""
    return sa.Column(name, UUID(as_uuid=True), **({"nullable": False} | options))


def text(name: str, **options: Any) -> sa.Column[Any]:
    """Text, not null unless said otherwise."""
    return sa.Column(name, sa.Text, **({"nullable": False} | options))


def instant(name: str, **options: Any) -> sa.Column[Any]:
    """A moment in UTC, not null unless said otherwise."""
    return sa.Column(name, TIMESTAMP(timezone=True), **({"nullable": False} | options))


def integer(name: str, **options: Any) -> sa.Column[Any]:
    """A small number, not null unless said otherwise."""
    return sa.Column(name, sa.Integer, **({"nullable": False} | options))


def bigint(name: str, **options: Any) -> sa.Column[Any]:
    """An offset, a count or minor units, not null unless said otherwise."""
    return sa.Column(name, sa.BigInteger, **({"nullable": False} | options))


def exact(name: str, **options: Any) -> sa.Column[Any]:
    """An exact decimal, not null unless said otherwise."""
    return sa.Column(name, sa.Numeric, **({"nullable": False} | options))


def json(name: str, **options: Any) -> sa.Column[Any]:
    """A JSON value, not null unless said otherwise."""
    return sa.Column(name, JSONB(none_as_null=True), **({"nullable": False} | options))


def flag(name: str, **options: Any) -> sa.Column[Any]:
    """Yes or no."""
    return sa.Column(name, sa.Boolean, **({"nullable": False} | options))


def one_of(column: str, values: tuple[str, ...], name: str) -> sa.CheckConstraint:
    """The column holds one of these words."""
    return sa.CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=name)


def amount_in_range(column: str, name: str) -> sa.CheckConstraint:
    """Minor units that every JSON reader keeps exact."""
    return sa.CheckConstraint(f"{column} BETWEEN {-AMOUNT_MINOR_MAX} AND {AMOUNT_MINOR_MAX}", name=name)
