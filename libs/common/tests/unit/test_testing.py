"""The parts of the test fixtures that others rely on."""

import pytest

from usageflow_common.errors import Unauthenticated
from usageflow_common.ids import new_id
from usageflow_common.migrations.roles import role_of, scram_verifier
from usageflow_common.testing import TokenKeys, caller, eventually
from usageflow_common.testing.callers import INVOICER
from usageflow_common.tokens import TokenVerifier


def test_a_caller_is_verified_as_it_was_signed() -> None:
    keys = TokenKeys()
    who = caller("metrics:write", idempotency_key="k")
    headers = keys.headers("ingest", who)
    verified = TokenVerifier(keys.public_keys, "ingest").verify(headers["Authorization"].removeprefix("Bearer "))
    assert (verified.org_id, verified.scopes, verified.operation_id) == (who.org_id, who.scopes, who.operation_id)
    assert headers["Idempotency-Key"] == "k"


def test_a_token_for_one_service_is_none_for_another() -> None:
    keys = TokenKeys()
    token = keys.headers("ingest", caller(issuer=INVOICER))["Authorization"].removeprefix("Bearer ")
    with pytest.raises(Unauthenticated):
        TokenVerifier(keys.public_keys, "aggregator").verify(token)


def test_the_same_key_of_the_same_organization_is_the_same_operation() -> None:
    org_id = new_id()
    first, second = (caller(org_id=org_id, idempotency_key="k") for _ in range(2))
    assert (first.operation_id, first.fingerprint) == (second.operation_id, second.fingerprint)
    assert first.operation_id != caller(idempotency_key="k").operation_id


async def test_eventually_takes_functions_and_coroutine_functions() -> None:
    answers = iter([0, None, 3])

    async def ask() -> int | None:
        return next(answers)

    assert await eventually(ask) == 3
    assert await eventually(lambda: "at once") == "at once"


async def test_eventually_fails_when_it_never_happens() -> None:
    with pytest.raises(AssertionError, match="did not become true"):
        await eventually(lambda: False, 0.05)


def test_a_role_is_read_from_a_url_and_hides_its_password() -> None:
    role = role_of("postgresql://usageflow_ingest:p%40ss@127.0.0.1:5432/usageflow")
    assert (role.name, role.password) == ("usageflow_ingest", "p@ss")
    assert "p@ss" not in repr(role)


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1/x", "postgresql://role@127.0.0.1/x"])
def test_a_url_without_role_or_password_is_refused(url) -> None:
    with pytest.raises(ValueError, match="role and its password"):
        role_of(url)


def test_a_verifier_holds_no_password_and_a_new_salt_each_time() -> None:
    first, second = scram_verifier("secret"), scram_verifier("secret")
    assert first.startswith("SCRAM-SHA-256$4096:")
    assert "secret" not in first
    assert first != second


def test_a_password_that_would_need_preparation_is_refused() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        scram_verifier("pässword")
