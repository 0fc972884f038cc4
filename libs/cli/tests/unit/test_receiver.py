"""The receiver keeps raw bytes and lets the public library judge the signature."""

import httpx
import pytest

from usageflow_cli.listening import print_delivery
from usageflow_cli.receiver import Delivery, Receiver, is_secret

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


def test_a_body_of_unknown_length_is_refused():
    with Receiver() as receiver:
        chunked = httpx.post(receiver.url, content=iter([b"{}"]), trust_env=False)
    assert chunked.status_code == 411
    assert receiver.deliveries.empty()


@pytest.mark.parametrize("body", [b"[/nobody]", b"\xff", b'{"a": "[bold]"}'])
def test_whatever_is_delivered_is_printed(capsys, body):
    print_delivery(Delivery({"webhook-id": "[/evt]"}, body), None)
    printed = capsys.readouterr().out
    assert "[/evt]  signature not checked" in printed
    assert body.decode("utf-8", "replace").strip("{}") in printed


def test_a_secret_is_told_from_what_is_none():
    assert is_secret(SECRET)
    assert [text for text in ("", "foo", "whsec_", "whsec_%%%", SECRET.removeprefix("whsec_")) if is_secret(text)] == []
