"""The bridge to a payment processor, as the environment names it."""

import base64
import json

import pytest
from pydantic import ValidationError

from usageflow_invoicer.settings import InvoicerSettings

BRIDGE = {
    "name": "acme_cards",
    "url": "http://bridge:8090",
    "secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
}
KEY = base64.b64encode(bytes(32)).decode()
ENVIRONMENT = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1/nothing",
    "KAFKA_BOOTSTRAP": "127.0.0.1:1",
    "PORT": "1",
    "TOKEN_PUBLIC_KEYS": "{}",
    "CURSOR_SECRET": KEY,
    "TOKEN_PRIVATE_KEY": KEY,
    "TOKEN_KEY_ID": "k",
    "AGGREGATOR_URL": "http://127.0.0.1:2",
}


def settings(monkeypatch: pytest.MonkeyPatch, bridge: dict[str, str] | None) -> InvoicerSettings:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(f"USAGEFLOW_{name}", value)
    if bridge is not None:
        monkeypatch.setenv("USAGEFLOW_PAYMENT_PROVIDER", json.dumps(bridge))
    return InvoicerSettings()


def test_a_bridge_is_read_from_the_environment_and_its_secret_is_not_shown(monkeypatch):
    found = settings(monkeypatch, BRIDGE).payment_provider
    assert found is not None
    assert (found.name, found.url, found.secret.get_secret_value()) == tuple(BRIDGE.values())
    assert BRIDGE["secret"] not in repr(found)
    monkeypatch.delenv("USAGEFLOW_PAYMENT_PROVIDER")
    assert settings(monkeypatch, None).payment_provider is None


@pytest.mark.parametrize(
    "wrong",
    [{"name": "manual"}, {"name": "test_cards"}, {"name": "Acme Cards"}, {"url": "bridge"}, {"secret": "not base64 §"}],
)
def test_what_cannot_be_a_bridge_is_refused(monkeypatch, wrong: dict[str, str]):
    with pytest.raises(ValidationError):
        settings(monkeypatch, BRIDGE | wrong)
