"""The chain of the audit log: whoever changes, removes, moves or invents an entry breaks it there."""

import dataclasses
import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from usageflow_gateway.domain.audit_chain import (
    GENESIS,
    AuditEntry,
    Broken,
    Head,
    append,
    hashed_part,
    plain,
    shown_id,
    verify,
)


def entry(number, **changes):
    made = AuditEntry(
        entry_id=UUID(int=number),
        at=datetime(2026, 3, 1, 12, 0, number, tzinfo=UTC),
        actor={"type": "operator", "id": "operator", "name": None, "role": None},
        action="organization.created",
        target={"type": "organization", "id": "org_1"},
        outcome="done",
        code=None,
        before=None,
        after={"name": f"Acme {number}"},
        request_id=None,
        ip=None,
        user_agent=None,
    )
    return dataclasses.replace(made, **changes)


def chain(count):
    head, entries = Head(), []
    for number in range(1, count + 1):
        entries.append(append(head, entry(number)))
        head = Head(entries[-1].sequence, entries[-1].hash)
    return entries


def test_hash_is_sha256_of_the_previous_hash_and_the_canonical_json_of_the_public_entry():
    (first,) = chain(1)
    public = {
        "id": f"aud_{UUID(int=1).hex}",
        "sequence": 1,
        "at": "2026-03-01T12:00:01Z",
        "actor": {"type": "operator", "id": "operator", "name": None, "role": None},
        "action": "organization.created",
        "target": {"type": "organization", "id": "org_1"},
        "outcome": "done",
        "before": None,
        "after": {"name": "Acme 1"},
        "requestId": None,
        "ip": None,
        "userAgent": None,
    }
    canonical = json.dumps(public, sort_keys=True, separators=(",", ":")).encode()
    assert first.hash == hashlib.sha256(GENESIS + canonical).digest()


def test_a_whole_chain_verifies_and_so_does_any_part_from_its_head():
    entries = chain(5)
    assert verify(Head(), entries) == Head(5, entries[-1].hash)
    assert verify(Head(2, entries[1].hash), entries[2:]) == Head(5, entries[-1].hash)


@pytest.mark.parametrize("place", range(5))
def test_a_changed_entry_breaks_the_chain_at_its_place(place):
    entries = chain(5)
    changed = dataclasses.replace(entries[place].entry, after={"name": "Evil"})
    entries[place] = dataclasses.replace(entries[place], entry=changed)
    assert verify(Head(), entries) == Broken(place + 1)


@pytest.mark.parametrize("place", range(4))
def test_a_removed_entry_breaks_the_chain_at_its_place(place):
    entries = chain(5)
    del entries[place]
    assert verify(Head(), entries) == Broken(place + 1)


def test_swapped_entries_break_the_chain():
    entries = chain(5)
    entries[1], entries[2] = entries[2], entries[1]
    assert verify(Head(), entries) == Broken(2)


def test_a_code_is_hashed_where_there_is_one():
    refused = entry(1, outcome="refused", code="insufficient_scope")
    assert hashed_part(1, refused)["code"] == "insufficient_scope"
    assert "code" not in hashed_part(1, entry(1))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_whatever_an_entry_holds_can_be_hashed_and_stored(value):
    held = plain(value)
    assert plain(held) == held
    try:
        rfc8785.dumps(held)
    except UnicodeEncodeError:
        pytest.fail("not encodable")
    assert "\\u0000" not in json.dumps(held)


def test_numbers_that_json_cannot_carry_become_text():
    assert plain({"a": Decimal("1.50"), "b": 2**60, "c": True, "d": "x\x00y"}) == {
        "a": "1.50",
        "b": str(2**60),
        "c": True,
        "d": "x\u2400y",
    }


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("user", str(UUID(int=1)), f"usr_{UUID(int=1).hex}"),
        ("api_key", str(UUID(int=1)), f"key_{UUID(int=1).hex}"),
        ("invoice", str(UUID(int=1)), f"inv_{UUID(int=1).hex}"),
        ("customer", "user_123", "user_123"),
        ("operator", "operator", "operator"),
        ("invoice", "inv_already", "inv_already"),
    ],
)
def test_ids_are_shown_with_the_prefix_of_their_kind(kind, text, shown):
    assert shown_id(kind, text) == shown
