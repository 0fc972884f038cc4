"""The form of an API key, and what is kept of it."""

import zlib
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_gateway.domain.api_keys import (
    ALPHABET,
    ApiKey,
    checksum,
    compose_secret,
    is_well_formed,
    last_four_of,
    secret_hash,
    secret_hashes,
    start_of,
)
from usageflow_gateway.domain.scopes import Role

BODIES = st.text(ALPHABET, min_size=32, max_size=32)
MODES = st.sampled_from(["live", "test"])
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_checksum_is_crc32_in_six_base62_digits_with_leading_zeros():
    assert checksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") == "0mLq17"


@given(BODIES)
def test_checksum_decodes_back_to_the_crc32(body):
    number = 0
    for digit in checksum(body):
        number = number * 62 + ALPHABET.index(digit)
    assert number == zlib.crc32(body.encode())


@given(MODES, BODIES)
def test_every_composed_secret_is_well_formed(mode, body):
    secret = compose_secret(mode, body)
    assert is_well_formed(secret)
    assert secret.startswith(f"uf_{mode}_")
    assert len(secret) == 46


@given(BODIES, st.integers(8, 45), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_seen_without_a_look_up(body, place, character):
    secret = compose_secret("live", body)
    mistyped = secret[:place] + character + secret[place + 1 :]
    assert is_well_formed(mistyped) == (mistyped == secret)


@pytest.mark.parametrize(
    "text", ["", "uf_live_", "sk_live_" + "a" * 38, "uf_prod_" + "a" * 38, "uf_live_" + "ä" * 38, "uf_live_" + "a" * 39]
)
def test_what_is_no_key_is_refused(text):
    assert not is_well_formed(text)


@pytest.mark.parametrize("body", ["short", "!" * 32, "a" * 33])
def test_a_secret_is_not_composed_around_anything_else(body):
    with pytest.raises(ValueError, match="32 base62"):
        compose_secret("live", body)


def test_hash_depends_on_every_character_and_on_the_pepper():
    secret = compose_secret("live", "a" * 32)
    other = compose_secret("live", "b" * 32)
    hashes = {secret_hash(secret, b"one"), secret_hash(secret, b"two"), secret_hash(other, b"one")}
    assert len(hashes) == 3
    assert secret_hashes(secret, [b"one", b"two"]) == (secret_hash(secret, b"one"), secret_hash(secret, b"two"))


def test_what_is_shown_of_a_key_is_not_enough_to_use_it():
    secret = compose_secret("live", "9fQ2" + "x" * 28)
    assert start_of(secret) == "uf_live_9fQ2"
    assert last_four_of(secret) == secret[-4:]


@pytest.mark.parametrize(
    ("expires_in", "usable", "opens"),
    [(None, True, True), (timedelta(seconds=1), True, True), (timedelta(), True, False), (None, False, False)],
)
def test_a_key_opens_until_it_expires_or_is_revoked(expires_in, usable, opens):
    expires_at = None if expires_in is None else NOW + expires_in
    key = ApiKey(uuid4(), uuid4(), "k", Role.OWNER, frozenset(), b"", expires_at, usable)
    assert key.opens_at(NOW) is opens
