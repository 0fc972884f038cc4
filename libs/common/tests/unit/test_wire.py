"""Values at the public edge: read exactly, written canonically."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from usageflow_common.clock import instant_text
from usageflow_common.errors import InvalidCursor
from usageflow_common.ids import Prefix
from usageflow_common.money import decimal_text
from usageflow_common.wire import (
    Currency,
    Cursors,
    CustomerId,
    ExactDecimal,
    Instant,
    Metadata,
    MoneyInput,
    PageRequest,
    QueryModel,
    RequestModel,
    ResponseModel,
    TimeZone,
    parse_instant,
    public,
)

instant: TypeAdapter[datetime] = TypeAdapter(Instant)
decimal: TypeAdapter[Decimal] = TypeAdapter(ExactDecimal)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("2026-03-01t00:00:00z", "2026-03-01T00:00:00Z"),
        ("2026-03-01T01:30:00+01:30", "2026-03-01T00:00:00Z"),
        ("2026-02-28T23:00:00-01:00", "2026-03-01T00:00:00Z"),
        ("2026-03-01T00:00:00.5Z", "2026-03-01T00:00:00.500000Z"),
        ("2026-03-01T00:00:00.1234569999Z", "2026-03-01T00:00:00.123456Z"),
        ("2024-02-29T23:59:59-00:00", "2024-02-29T23:59:59Z"),
    ],
)
def test_an_instant_is_rfc_3339_and_utc_inside(text: str, written: str) -> None:
    value = instant.validate_python(text)
    assert value.tzinfo is UTC
    assert instant.dump_python(value) == written


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01",
        "2026-03-01T00:00:00",
        "2026-03-01 00:00:00Z",
        "2026-03-01T00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T00:00:60Z",
        "2025-02-29T00:00:00Z",
        "2026-03-01T00:00:00+0100",
        "2026-03-01T00:00:00+24:00",
        "2026-03-01T00:00:00.Z",
        "2026-03-01T00:00:00Z\n",
        "0001-01-01T00:00:00+01:00",
        "1775034000",
        1775034000,
        True,
        datetime(2026, 3, 1),  # noqa: DTZ001 - the naive datetime that must be refused
    ],
)
def test_what_is_no_instant_is_refused(text: Any) -> None:
    with pytest.raises(ValidationError):
        instant.validate_python(text)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001 - hypothesis takes naive bounds
def test_what_is_written_is_read_again(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert parse_instant(instant_text(aware)) == aware


@pytest.mark.parametrize(
    ("given_value", "written"),
    [(12, "12"), (Decimal("1E+3"), "1000"), ("0.010", "0.01"), ("-0", "0"), ("-0.50", "-0.5"), (Decimal("1.0"), "1")],
)
def test_a_decimal_is_exact_and_canonical(given_value: Any, written: str) -> None:
    assert decimal.dump_python(decimal.validate_python(given_value)) == written


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1e3", "invalid_value"),
        ("", "invalid_value"),
        ("+1", "invalid_value"),
        (".5", "invalid_value"),
        ("1.", "invalid_value"),
        ("٣", "invalid_value"),
        ("NaN", "invalid_value"),
        (0.1, "invalid_type"),
        (True, "invalid_type"),
        ([], "invalid_type"),
        (None, "invalid_type"),
        (10**20, "out_of_range"),
        (Decimal("1e400000"), "out_of_range"),
        (Decimal("NaN"), "out_of_range"),
        ("0.0000000000001", "too_precise"),
    ],
)
def test_what_is_no_permitted_decimal_is_refused_with_its_code(value: Any, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        decimal.validate_python(value)
    assert caught.value.errors()[0]["type"] == code


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**19), max_value=10**19))
def test_every_permitted_decimal_survives_the_journey(value: Decimal) -> None:
    assert decimal.validate_python(decimal_text(value)) == value


class Plan(ResponseModel):
    plan_id: Annotated[UUID, public(Prefix.PLAN)]
    parent_id: Annotated[UUID | None, public(Prefix.PLAN)] = None


def test_an_id_is_bare_inside_and_prefixed_outside() -> None:
    plan = Plan(plan_id=UUID(int=5))
    assert plan.model_dump(by_alias=True) == {"planId": f"pln_{UUID(int=5).hex}", "parentId": None}
    assert Plan.model_validate({"planId": f"pln_{UUID(int=5).hex}"}) == plan
    assert Plan.model_json_schema(by_alias=True)["properties"]["planId"]["pattern"] == "^pln_[0-9a-f]{32}$"
    for wrong in (f"inv_{UUID(int=5).hex}", str(UUID(int=5)), "pln_", 5, None):
        with pytest.raises(ValidationError):
            Plan.model_validate({"planId": wrong})


class Settings(RequestModel):
    grace_hours: int | None = None
    auto_finalize: bool = True
    either: int | str = 0


@pytest.mark.parametrize(
    "body",
    [
        {"graceHours": "1"},
        {"graceHours": True},
        {"graceHours": Decimal(1)},
        {"autoFinalize": 1},
        {"autoFinalize": "yes"},
        {"grace_hours": 1},
        {"colour": 1},
    ],
)
def test_a_request_takes_no_look_alikes_and_no_unknown_member(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(body)


def test_a_request_takes_what_is_meant() -> None:
    settings = Settings.model_validate({"graceHours": 1, "autoFinalize": False, "either": "x"})
    assert (settings.grace_hours, settings.auto_finalize, settings.either) == (1, False, "x")
    assert Settings.model_validate({"graceHours": None}).grace_hours is None


def test_a_query_is_made_of_texts() -> None:
    class Query(QueryModel):
        limit: int = 50

    assert Query.model_validate({"limit": "7"}).limit == 7


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (CustomerId, ["a", "user_123", "A.b:c@d+e|f-g", "9" * 128], ["", "_a", "a b", "a\n", "9" * 129, "é"]),
        (TimeZone, ["UTC", "Europe/Berlin"], ["", "Berlin", "europe/berlin", "../etc/passwd", "localtime"]),
        (Currency, ["USD", "JPY", "KWD"], ["usd", "XXX", ""]),
        (
            Metadata,
            [{}, {"k" * 64: "v" * 512}],
            [{"k" * 65: ""}, {"": "v"}, {"k": "v" * 513}, {"k": 1}, {str(n): "" for n in range(51)}],
        ),
        (
            MoneyInput,
            [{"amountMinor": 2**53 - 1, "currency": "USD"}],
            [{"amountMinor": 2**53, "currency": "USD"}, {"amountMinor": 1}],
        ),
    ],
)
def test_other_kinds_know_their_bounds(kind: Any, good: list[Any], bad: list[Any]) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    for value in good:
        adapter.validate_python(value)
    for value in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


class TestCursors:
    cursors = Cursors(b"a secret")
    filters: ClassVar[dict[str, Any]] = {
        "status": "open",
        "customerId": None,
        "createdFrom": datetime(2026, 1, 1, tzinfo=UTC),
    }
    page = PageRequest(2, None)

    def cursor(self) -> str:
        cursor = self.cursors.next([1, 2], self.page, ("2026-01-01T00:00:00Z", "7"), self.filters)
        assert cursor is not None
        return cursor

    def test_a_cursor_leads_on_from_its_position(self) -> None:
        page = self.cursors.read(self.cursor(), 100, self.filters)
        assert page == PageRequest(100, ("2026-01-01T00:00:00Z", "7"))

    def test_an_absent_filter_and_a_null_one_are_the_same(self) -> None:
        same = {"createdFrom": self.filters["createdFrom"], "status": "open"}
        assert self.cursors.read(self.cursor(), 2, same).after

    def test_the_last_page_has_none(self) -> None:
        assert self.cursors.next([1], self.page, ("a",), self.filters) is None
        assert self.cursors.next([], self.page, None, self.filters) is None

    def test_without_a_cursor_a_list_begins(self) -> None:
        assert self.cursors.read(None, 50, self.filters) == PageRequest(50, None)

    def test_other_filters_are_refused(self) -> None:
        with pytest.raises(InvalidCursor):
            self.cursors.read(self.cursor(), 2, self.filters | {"status": "paid"})

    def test_a_forged_cursor_is_refused(self) -> None:
        cursor = self.cursor()
        turned = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
        elsewhere = Cursors(b"another").next([1, 2], self.page, ("a",), self.filters)
        for forged in ("", "x", "é", "====", cursor[:-1], turned, elsewhere, "A" * 3000, "A" * 100):
            with pytest.raises(InvalidCursor):
                self.cursors.read(forged, 2, self.filters)


def test_an_offset_of_a_day_is_no_offset() -> None:
    assert parse_instant("2026-03-01T00:00:00+23:59") == datetime(2026, 3, 1, tzinfo=UTC) - timedelta(
        hours=23, minutes=59
    )


class Defaulted(RequestModel):
    """Every member may be absent."""

    interval_count: int = 1
    charges: tuple[str, ...] = ()
    name: str | None = None


def test_null_is_what_absent_is_where_a_member_has_a_default() -> None:
    read = Defaulted.model_validate({"intervalCount": None, "charges": None, "name": None})
    assert read == Defaulted()
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Defaulted.model_validate({"colour": None})


def test_a_number_with_a_fraction_is_no_object_without_members() -> None:
    """FastAPI has pydantic read attributes, and a Decimal has none that a model asks for."""
    with pytest.raises(ValidationError, match="invalid_type"):
        Defaulted.model_validate(Decimal("1.5"), from_attributes=True)
