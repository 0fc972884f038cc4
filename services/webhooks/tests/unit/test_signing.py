"""Signatures against the published vector and against an independent verifier."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from usageflow_webhooks.domain.signing import SECRET_BYTES, secret_key, secret_text, signature_header

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
WEBHOOK_ID = "evt_01984e7d00007000800000000000c0de"
BODY = (
    b'{"id":"evt_01984e7d00007000800000000000c0de","type":"ping","timestamp":"2026-04-01T09:00:00Z",'
    b'"data":{"endpointId":"we_01984e7d00007000800000000000beef"}}'
)


def test_the_published_vector_holds():
    expected = "v1,eeJaTa6y4brfJITG706LeypuEyPj1oIHjUsXhH20gLY="
    assert signature_header([secret_key(SECRET)], WEBHOOK_ID, 1775034000, BODY) == expected


@given(key=st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES), text=st.text(st.characters(codec="utf-8")))
def test_the_public_library_accepts_what_we_sign_with_either_live_secret(key: bytes, text: str):
    now, older = int(datetime.now(UTC).timestamp()), bytes(SECRET_BYTES)
    headers = {
        "webhook-id": WEBHOOK_ID,
        "webhook-timestamp": str(now),
        "webhook-signature": signature_header([key, older], WEBHOOK_ID, now, text.encode()),
    }
    for live in (key, older):
        Webhook(secret_text(live)).verify(text.encode(), headers, json_parse=False)


@pytest.mark.parametrize(
    ("webhook_id", "offset", "body"),
    [("evt_other", 0, b"{}"), (WEBHOOK_ID, 1, b"{}"), (WEBHOOK_ID, 0, b"{} ")],
    ids=["another id", "another time", "another body"],
)
def test_the_public_library_refuses_what_was_changed(webhook_id: str, offset: int, body: bytes):
    now = int(datetime.now(UTC).timestamp())
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(now + offset),
        "webhook-signature": signature_header([secret_key(SECRET)], WEBHOOK_ID, now, b"{}"),
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body, headers)


def test_a_secret_is_read_back():
    key = bytes(range(32))
    assert secret_text(key) == SECRET
    assert secret_key(SECRET) == key


@pytest.mark.parametrize("text", ["", "AAEC", "whsec_***", "WHSEC_AAEC"])
def test_what_is_no_secret_is_refused(text: str):
    with pytest.raises(ValueError, match=r".+"):
        secret_key(text)
