"""Events, endpoints' choices, and secrets at rest."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from cryptography.exceptions import InvalidTag

from usageflow_common.ids import new_id
from usageflow_webhooks.domain.event_types import EVENT_TYPES, chosen
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.schemas import event_types_body
from usageflow_webhooks.vault import UnknownKey, Vault

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
ORG, ENDPOINT = new_id(), new_id()


def test_the_body_is_that_of_the_published_vector():
    fact = Fact(
        org_id=UUID(int=1),
        event_id=UUID("01984e7d-0000-7000-8000-00000000c0de"),
        type="ping",
        occurred_at=NOW,
        customer_id=None,
        data=b'{"endpointId":"we_01984e7d00007000800000000000beef"}',
    )
    assert fact.body == (
        b'{"id":"evt_01984e7d00007000800000000000c0de","type":"ping","timestamp":"2026-04-01T09:00:00Z",'
        b'"data":{"endpointId":"we_01984e7d00007000800000000000beef"}}'
    )


@pytest.mark.parametrize("data", [b'{"b":1.10,"a":[1e2, 12345678901234567890]}', b'{"z":"\\u0041","y":null}'])
def test_data_is_passed_on_byte_for_byte(data: bytes):
    fact = Fact(ORG, ENDPOINT, "invoice.created", NOW, "user_123", data)
    assert fact.body.endswith(b'"data":' + data + b"}")
    msgspec.json.decode(fact.body)


def test_a_star_chooses_everything_and_a_name_itself():
    assert chosen(["*"], "something.new")
    assert chosen(["invoice.paid", "ping"], "ping")
    assert not chosen(["invoice.paid"], "invoice.created")


def test_each_kind_has_a_schema_that_says_the_same_of_it():
    kinds = event_types_body()["data"]
    assert len({kind["name"] for kind in kinds}) == len(EVENT_TYPES) == 12
    for kind in kinds:
        schema = json.loads(bytes(kind["schema"]))
        assert schema["required"]
        assert schema["description"].startswith(kind["description"].removesuffix("."))


def test_a_sealed_secret_opens_under_the_same_key_alone():
    vault = Vault(bytes(32))
    key, sealed = vault.make(ORG, ENDPOINT)
    assert len(key) == 32
    assert key not in sealed.sealed
    assert vault.open(ORG, sealed) == key
    assert Vault(b"n" * 32, [bytes(32)]).open(ORG, sealed) == key
    with pytest.raises(UnknownKey):
        Vault(b"n" * 32).open(ORG, sealed)


def test_a_sealed_secret_cannot_be_moved_or_changed():
    vault = Vault(bytes(32))
    _, sealed = vault.make(ORG, ENDPOINT)
    flipped = sealed.sealed[:-1] + bytes([sealed.sealed[-1] ^ 1])
    for org_id, other in (
        (new_id(), sealed),
        (ORG, replace(sealed, endpoint_id=new_id())),
        (ORG, replace(sealed, secret_id=new_id())),
        (ORG, replace(sealed, sealed=flipped)),
    ):
        with pytest.raises(InvalidTag):
            vault.open(org_id, other)


def test_only_live_secrets_sign():
    vault = Vault(bytes(32))
    current, one = vault.make(ORG, ENDPOINT)
    older, two = vault.make(ORG, ENDPOINT)
    _, three = vault.make(ORG, ENDPOINT)
    stored = [
        one,
        replace(two, expires_at=NOW + timedelta(seconds=1)),
        replace(three, expires_at=NOW),
    ]
    assert vault.open_live(ORG, stored, NOW) == [current, older]
