"""The form of an API key: `uf_live_` or `uf_test_`, 32 base62 characters, and their CRC32 in 6 base62 digits.

The checksum lets us refuse a mistyped or invented key before anything is looked up. Only a keyed hash of a secret is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import string
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Final, Literal
from uuid import UUID

from usageflow_gateway.domain.addresses import Network
from usageflow_gateway.domain.scopes import Role

Mode = Literal["live", "test"]

ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
BODY_LENGTH: Final = 32
_CHECKSUM_LENGTH: Final = 6
_FORM: Final = re.compile(rf"uf_(?:live|test)_([0-9A-Za-z]{{{BODY_LENGTH}}})([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})")
_START_LENGTH: Final = len("uf_live_") + 4


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What a presented secret opens. `scopes` are already cut to the creator's role; `usable`: not revoked, organization not deleted.

    `allowed_addresses`: from where it may be used; None is anywhere.
    """

    org_id: UUID
    key_id: UUID
    name: str
    role: Role
    scopes: frozenset[str]
    secret_hash: bytes
    expires_at: datetime | None
    usable: bool
    allowed_addresses: tuple[Network, ...] | None = None

    def opens_from(self, address: str | None) -> bool:
        """Whether it may be used from this address; where none is known, only a key without a list may."""
        if self.allowed_addresses is None:
            return True
        if address is None:
            return False
        found = ip_address(address)
        return any(found in network for network in self.allowed_addresses if network.version == found.version)

    def opens_at(self, now: datetime) -> bool:
        """Whether it may be used at this instant."""
        return self.usable and (self.expires_at is None or now < self.expires_at)


def compose_secret(mode: Mode, body: str) -> str:
    """The secret around 32 random characters of `ALPHABET`."""
    if len(body) != BODY_LENGTH or not set(body) <= set(ALPHABET):
        raise ValueError("the body of a key has 32 base62 characters")
    return f"uf_{mode}_{body}{checksum(body)}"


def is_well_formed(text: str) -> bool:
    """Whether this can be one of our secrets at all."""
    match = _FORM.fullmatch(text)
    return match is not None and checksum(match[1]) == match[2]


def checksum(body: str) -> str:
    """CRC32 of the characters, in 6 base62 digits with leading zeros."""
    number = zlib.crc32(body.encode("ascii"))
    digits = ""
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def start_of(secret: str) -> str:
    """What may be shown of a key for ever: the prefix and four characters."""
    return secret[:_START_LENGTH]


def last_four_of(secret: str) -> str:
    """The other part that may be shown: four digits of the checksum."""
    return secret[-4:]


def secret_hash(secret: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 of the whole secret: fast, since the secret is random; useless without the pepper."""
    return hmac.digest(pepper, secret.encode("ascii"), hashlib.sha256)


def secret_hashes(secret: str, peppers: Sequence[bytes]) -> tuple[bytes, ...]:
    """One hash per pepper, the present pepper's first."""
    return tuple(secret_hash(secret, pepper) for pepper in peppers)
