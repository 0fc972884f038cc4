"""Ids look one way outside, and a retry meets the same ones again."""

from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_common.ids import (
    Prefix,
    correction_id,
    event_id,
    event_names,
    new_id,
    operation_id,
    parse_public_id,
    public_id,
)

ORG = UUID("01984e7c-2b4f-7c1a-a0d4-c1f2e3b4a596")


@given(st.uuids(), st.text(max_size=40))
def test_an_event_is_named_as_any_uuid_library_names_it(org_id, key):
    assert event_id(org_id, key) == uuid5(org_id, key)
    assert event_names(org_id).of_key(key) == str(uuid5(org_id, key))
    assert event_names(org_id).of_place(key, 7) == str(uuid5(uuid5(org_id, "batch"), f"{key}:7"))


def test_a_client_can_compute_the_id_of_its_event():
    assert str(event_id(ORG, "call-1")) == "ae51b3e6-53fa-556c-a995-425e20e77897"


@given(st.uuids(), st.sampled_from(Prefix))
def test_a_public_id_leads_back_to_its_uuid(value, prefix):
    assert parse_public_id(prefix, public_id(prefix, value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "inv",
        "inv_",
        "inv_01984e7c2b4f7c1aa0d4c1f2e3b4a59",
        "inv_01984e7c2b4f7c1aa0d4c1f2e3b4a5966",
        "INV_01984e7c2b4f7c1aa0d4c1f2e3b4a596",
        "inv_01984E7C2B4F7C1AA0D4C1F2E3B4A596",
        "inv_01984e7c-2b4f-7c1a-a0d4-c1f2e3b4a596",
        "inv_01984e7c2b4f7c1aa0d4c1f2e3b4a596\n",
        "met_01984e7c2b4f7c1aa0d4c1f2e3b4a596",
    ],
)
def test_what_is_not_an_invoice_id_is_none(text):
    assert parse_public_id(Prefix.INVOICE, text) is None


@given(st.text(min_size=1, max_size=40))
def test_ids_that_the_server_derives_never_meet_those_of_clients(key):
    made = {
        event_id(ORG, key),
        UUID(event_names(ORG).of_place(key, 0)),
        correction_id(ORG, key),
        operation_id(ORG, "POST", "/api/plans", key),
    }
    assert len(made) == 4


def test_new_ids_ascend():
    made = [new_id() for _ in range(1_000)]
    assert made == sorted(made)
    assert len(set(made)) == 1_000
