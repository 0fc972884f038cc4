"""The receiver keeps raw bytes and lets the public library judge the signature."""

import httpx
import pytest

from usageflow_cli.receiver import Delivery, Receiver

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def test_a_delivery_is_kept_as_it_came():
    with Receiver() as receiver:
        answer = httpx.post(receiver.url, content=b'{"id": "evt_1"}', headers={"webhook-id": "evt_1"}, trust_env=False)
        delivery = receiver.deliveries.get(timeout=5)
    assert answer.status_code == 204
    assert (delivery.webhook_id, delivery.body, delivery.event()) == ("evt_1", b'{"id": "evt_1"}', {"id": "evt_1"})


@pytest.mark.parametrize(
    "headers", [{}, {"webhook-id": "evt_1", "webhook-timestamp": "x", "webhook-signature": "v1,!"}]
)
def test_what_is_not_signed_is_not_accepted(headers):
    assert not Delivery(headers, b"{}").signed_with(SECRET)
