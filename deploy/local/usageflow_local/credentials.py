"""Secrets of a local installation: made once, kept in one private file, given to the parts that need each."""

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from usageflow_local.private import write_private

SIGNERS = ("gateway", "invoicer")
"""The services that sign tokens: the gateway for its callers, the invoicer for itself."""

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key pair: seed and raw public key in base64. The id follows from the public key."""

    seed: str
    public: str
    key_id: str


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """All in base64, except the passwords of the database roles by service."""

    key_pepper: str
    cursor_secret: str
    digest_key: str
    secrets_key: str
    signing_keys: dict[str, SigningKey]
    database_passwords: dict[str, str]


def kept_credentials(path: Path, services: Sequence[str]) -> Credentials:
    """The credentials in the file; what is missing there is made, and written before it is used."""
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    names = ("key_pepper", "cursor_secret", "digest_key", "secrets_key", *(f"token_seed.{name}" for name in SIGNERS))
    kept = {name: found.get(name) or _encoded(secrets.token_bytes(_SECRET_BYTES)) for name in names}
    passwords = {name: found.get(f"password.{name}") or secrets.token_urlsafe(24) for name in services}
    everything = found | kept | {f"password.{name}": password for name, password in passwords.items()}
    if everything != found:
        write_private(path, json.dumps(everything, indent=1))
    return Credentials(
        key_pepper=kept["key_pepper"],
        cursor_secret=kept["cursor_secret"],
        digest_key=kept["digest_key"],
        secrets_key=kept["secrets_key"],
        signing_keys={name: _signing_key(kept[f"token_seed.{name}"]) for name in SIGNERS},
        database_passwords=passwords,
    )


def public_keys(credentials: Credentials) -> str:
    """USAGEFLOW_TOKEN_PUBLIC_KEYS: issuer → key id → public key, as JSON."""
    return json.dumps({f"usageflow-{name}": {key.key_id: key.public} for name, key in credentials.signing_keys.items()})


def _signing_key(seed: str) -> SigningKey:
    public = Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed)).public_key().public_bytes_raw()
    return SigningKey(seed=seed, public=_encoded(public), key_id=hashlib.sha256(public).hexdigest()[:16])


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()
