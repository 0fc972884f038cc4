"""Tokens: what is signed comes back whole, and anything that is not exactly right is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from usageflow_common.errors import Unauthenticated
from usageflow_common.tokens import Actor, BackfillGrant, Caller, TokenSigner, TokenVerifier

ORG = UUID("01984e7c-2b4f-7c1a-a0d4-c1f2e3b4a596")
NOW = 1_775_034_000
KEY = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(KEY).public_key().public_bytes_raw()
CALLER = Caller(
    org_id=ORG,
    actor=Actor("user", UUID(int=7), "Ada"),
    role="ADMIN",
    scopes=frozenset({"invoices:write", "usage:read"}),
    issuer="usageflow-gateway",
    operation_id=UUID(int=9),
    fingerprint="ab" * 32,
    request_id="req_00000000",
    ip="203.0.113.7",
    user_agent="curl/8",
    backfill=BackfillGrant(UUID(int=3), "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
)


def signer(**changes: Any) -> TokenSigner:
    parts: dict[str, Any] = {"private_key": KEY, "key_id": "k1", "issuer": "usageflow-gateway", "now": lambda: NOW}
    return TokenSigner(**(parts | changes))


def verifier(audience: str = "invoicer", now: int = NOW) -> TokenVerifier:
    return TokenVerifier({"usageflow-gateway": {"k1": PUBLIC}}, audience, now=lambda: now)


def test_everything_a_caller_is_survives_the_journey() -> None:
    assert verifier().verify(signer().sign(CALLER, "invoicer")) == CALLER


def test_a_token_is_an_ordinary_jwt_with_the_documented_claims() -> None:
    token = signer().sign(CALLER, "invoicer")
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "kid": "k1", "typ": "JWT"}
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["org"] == str(ORG)
    assert claims["exp"] - claims["iat"] == 60
    assert claims["actor"] == {"type": "user", "id": str(UUID(int=7)), "name": "Ada"}
    assert claims["scopes"] == ["invoices:write", "usage:read"]
    assert claims["backfill"]["from"] == "2026-01-01T00:00:00Z"
    assert {"op", "fingerprint", "requestId", "ip", "userAgent", "role"} <= claims.keys()


@pytest.mark.parametrize(("late_by", "accepted"), [(0, True), (64, True), (65, False), (-5, True), (-6, False)])
def test_a_token_lives_sixty_seconds_with_five_of_leeway(late_by: int, accepted: bool) -> None:
    token = signer().sign(CALLER, "invoicer")
    if accepted:
        assert verifier(now=NOW + late_by).verify(token) == CALLER
    else:
        with pytest.raises(Unauthenticated):
            verifier(now=NOW + late_by).verify(token)


def test_a_remembered_token_still_expires() -> None:
    clock = [NOW]
    judge = TokenVerifier({"usageflow-gateway": {"k1": PUBLIC}}, "invoicer", now=lambda: clock[0])
    token = signer().sign(CALLER, "invoicer")
    judge.verify(token)
    clock[0] = NOW + 65
    with pytest.raises(Unauthenticated):
        judge.verify(token)


def test_another_audience_key_id_issuer_or_key_is_refused() -> None:
    for token in (
        signer().sign(CALLER, "aggregator"),
        signer(key_id="k2").sign(CALLER, "invoicer"),
        signer(issuer="usageflow-invoicer").sign(CALLER, "invoicer"),
        signer(private_key=bytes(32)).sign(CALLER, "invoicer"),
    ):
        with pytest.raises(Unauthenticated):
            verifier().verify(token)


def test_an_issuer_cannot_use_the_key_of_another() -> None:
    other = bytes(range(1, 33))
    both = TokenVerifier(
        {
            "usageflow-gateway": {"k1": PUBLIC},
            "usageflow-invoicer": {"k9": Ed25519PrivateKey.from_private_bytes(other).public_key().public_bytes_raw()},
        },
        "aggregator",
        now=lambda: NOW,
    )
    assert both.verify(signer(private_key=other, key_id="k9", issuer="usageflow-invoicer").sign(CALLER, "aggregator"))
    with pytest.raises(Unauthenticated):
        both.verify(signer(private_key=other, key_id="k9").sign(CALLER, "aggregator"))


def test_other_algorithms_broken_shapes_and_long_lives_are_refused() -> None:
    claims = jwt.decode(signer().sign(CALLER, "invoicer"), options={"verify_signature": False})
    key = Ed25519PrivateKey.from_private_bytes(KEY)

    def forged(headers: dict[str, Any] | None = None, **changes: Any) -> str:
        return jwt.encode(claims | changes, key, algorithm="EdDSA", headers={"kid": "k1"} | (headers or {}))

    symmetric = jwt.encode(claims, PUBLIC, algorithm="HS256", headers={"kid": "k1"})
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": "k1"})
    tokens = [
        symmetric,
        unsigned,
        "",
        "a.b.c",
        "é" * 20,
        forged(exp=NOW + 600),
        forged(exp=NOW - 100, iat=NOW - 120),
        forged(iat="now"),
        forged(org="acme"),
        forged(aud=["invoicer"]),
        forged(actor=None),
        forged(scopes="invoices:write"),
        signer().sign(CALLER, "invoicer")[:-4] + "AAAA",
        "x" * 9000,
    ]
    for token in tokens:
        with pytest.raises(Unauthenticated):
            verifier().verify(token)


def test_a_caller_without_operation_gets_one_token_for_thirty_seconds() -> None:
    clock = [NOW]
    sign = signer(now=lambda: clock[0])
    tracker = replace(CALLER, operation_id=None, fingerprint=None, request_id=None)
    first = sign.sign(tracker, "ingest")
    clock[0] = NOW + 29
    assert sign.sign(tracker, "ingest") is first
    assert sign.sign(replace(tracker, org_id=UUID(int=1)), "ingest") != first
    clock[0] = NOW + 30
    assert sign.sign(tracker, "ingest") != first


def test_a_lifetime_beyond_a_minute_is_a_defect() -> None:
    with pytest.raises(ValueError, match="60"):
        signer().sign(CALLER, "invoicer", lifetime_seconds=61)


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [("invoices:read", True), ("invoices:write", True), ("usage:read", True), ("usage:write", False), ("owner", False)],
)
def test_writing_includes_reading(scope: str, allowed: bool) -> None:
    assert CALLER.may(scope) is allowed
