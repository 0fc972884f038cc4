"""The hash of an invoice is that of its canonical JSON, so that anybody can compute it again."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from usageflow_invoicer.domain.hashing import GENESIS_HASH, canonical_json, document_hash, salted_hash
from usageflow_invoicer.domain.invoices import Invoice, Proof, canonical_document, invoice_number
from usageflow_invoicer.domain.lines import Line
from usageflow_invoicer.domain.periods import Period

PERIOD = Period(0, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
INVOICE = Invoice(
    org_id=UUID(int=1),
    invoice_id=UUID(int=2),
    sequence=1,
    number="INV-000001",
    customer_id="user_123",
    customer_hash="c" * 64,
    issuer={"name": "Acme", "address": None},
    subscription_id=UUID(int=3),
    plan_id=UUID(int=4),
    plan_code="PRO",
    plan_version=1,
    period=PERIOD,
    currency="USD",
    issued_at=datetime(2026, 4, 1, 1, 0, 2, tzinfo=UTC),
    due_at=datetime(2026, 4, 15, 1, 0, 2, tzinfo=UTC),
    proof=Proof(UUID(int=5), {0: 90125, 1: 88012}, {0: 90131, 1: 88020}, GENESIS_HASH),
    lines=(Line(UUID(int=6), "base", "Pro", 10_000, PERIOD),),
)


def test_the_vector_of_the_documentation():
    assert document_hash({"b": 1, "a": "ü"}) == hashlib.sha256('{"a":"ü","b":1}'.encode()).hexdigest()
    assert INVOICE.hash == "a887f354a2199f35771ae019a5b09d0d58348a26201baa7c163d07d518766719"


TEXTS = st.text(max_size=8) | st.sampled_from(
    ["\ue000", "\U0001f600", "\x7f", "\x1f", "\u2028", "</a>", ":1234567890123456"]
)
LARGEST = 2**53 - 1
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=6))
def test_the_quick_way_to_canonical_json_is_that_of_rfc_8785(document):
    assert canonical_json(document) == rfc8785.dumps(document)


@pytest.mark.parametrize("beyond", [LARGEST + 1, -LARGEST - 1, 10**18])
def test_an_integer_that_readers_would_round_is_refused(beyond: int):
    with pytest.raises(rfc8785.IntegerDomainError):
        canonical_json({"a": [{"b": beyond}]})


def test_ordinary_json_with_sorted_keys_gives_the_same_hash():
    """RFC 8785 agrees with sorted, compact JSON as long as keys are ASCII and there are no fractions: any language can check it."""
    text = json.dumps(canonical_document(INVOICE), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == INVOICE.hash


@pytest.mark.parametrize(
    "other",
    [
        replace(INVOICE, number="INV-000002"),
        replace(INVOICE, customer_hash="d" * 64),
        replace(INVOICE, proof=replace(INVOICE.proof, previous_hash="1" * 64)),
        replace(INVOICE, proof=replace(INVOICE.proof, cut={0: 90131, 1: 88021})),
        replace(INVOICE, lines=(replace(INVOICE.lines[0], amount_minor=9_999),)),
        replace(INVOICE, lines=()),
    ],
)
def test_whatever_changes_the_invoice_changes_its_hash(other):
    assert other.hash != INVOICE.hash


def test_an_erased_customer_leaves_the_hash_provable():
    salt = bytes(16)
    assert salted_hash(salt, {"name": "Example"}) == hashlib.sha256(salt + b'{"name":"Example"}').hexdigest()


def test_numbers_grow_beyond_six_digits():
    assert [invoice_number("INV-", n) for n in (1, 999_999, 1_000_000)] == ["INV-000001", "INV-999999", "INV-1000000"]


def test_no_fraction_enters_the_document():
    def walk(value):
        assert not isinstance(value, float | Decimal)
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(each)

    walk(canonical_document(INVOICE))
