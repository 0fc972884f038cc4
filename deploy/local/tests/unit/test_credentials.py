"""Secrets that are made once."""

import base64
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from usageflow_local.credentials import kept_credentials


def test_credentials_are_private_and_stay_the_same(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    first = kept_credentials(path, ["gateway", "ingest"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert kept_credentials(path, ["gateway", "ingest"]) == first


def test_a_new_service_gets_its_password_and_the_others_keep_theirs(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    first = kept_credentials(path, ["gateway"])
    second = kept_credentials(path, ["gateway", "ledger"])
    assert second.database_passwords["gateway"] == first.database_passwords["gateway"]
    assert second.database_passwords["ledger"]
    assert second.key_pepper == first.key_pepper


def test_public_keys_verify_what_the_seeds_sign(tmp_path: Path) -> None:
    keys = kept_credentials(tmp_path / "credentials.json", []).signing_keys
    assert keys["gateway"].key_id != keys["invoicer"].key_id
    for key in keys.values():
        signature = Ed25519PrivateKey.from_private_bytes(base64.b64decode(key.seed)).sign(b"message")
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key.public)).verify(signature, b"message")


def test_credentials_do_not_show_themselves(tmp_path: Path) -> None:
    credentials = kept_credentials(tmp_path / "credentials.json", ["gateway"])
    assert credentials.key_pepper not in repr(credentials)
