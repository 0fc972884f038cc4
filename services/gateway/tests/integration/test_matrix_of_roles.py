"""Every route of the API, asked by every role and by keys of every single scope: who gets past the door is what the matrix says.

The matrix stands here once more, written down from the product's promise and not from the code that keeps it.
"""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from browser import joined, signed_up

from usageflow_gateway.domain.route_table import ROUTES
from usageflow_gateway.domain.routing import Door
from usageflow_gateway.domain.scopes import KEY_SCOPES, Role

EVERYBODY = {"OWNER", "ADMIN", "DEVELOPER", "VIEWER"}
BUILDERS = {"OWNER", "ADMIN", "DEVELOPER"}
BOSSES = {"OWNER", "ADMIN"}
MATRIX = {
    "track:write": BUILDERS,
    "events:read": EVERYBODY,
    "events:write": BUILDERS,
    "metrics:read": EVERYBODY,
    "metrics:write": BUILDERS,
    "usage:read": EVERYBODY,
    "customers:read": EVERYBODY,
    "customers:write": BOSSES,
    "plans:read": EVERYBODY,
    "plans:write": BOSSES,
    "subscriptions:read": EVERYBODY,
    "subscriptions:write": BOSSES,
    "invoices:read": EVERYBODY,
    "invoices:write": BOSSES,
    "webhooks:read": BUILDERS,
    "webhooks:write": BUILDERS,
    "audit:read": BUILDERS,
    "organization:read": EVERYBODY,
    "organization:write": BOSSES,
    "members:read": BOSSES,
    "members:write": BOSSES,
    "keys:read": BUILDERS,
    "keys:write": BUILDERS,
    "owner": {"OWNER"},
}
OF_SESSIONS_ALONE = {"organization:write", "members:read", "members:write", "keys:read", "keys:write", "owner"}
GUARDED = [route for route in ROUTES if route.door is Door.ORGANIZATION]
WHOLE_LOG = (Role.DEVELOPER, "/api/audit-logs/verify")
"""A developer sees their own entries, and cannot recompute a chain of which they do not see the rest."""

REFUSED = (403, "insufficient_scope")


def path_of(route) -> str:
    """With ids that name nothing."""
    return re.sub(r"\{[a-zA-Z]+\}", lambda _: uuid4().hex, route.pattern)


def opened_by(held: set[str], route) -> bool:
    return all(scope in held or scope.replace(":read", ":write") in held for scope in route.scopes)


def test_the_matrix_names_every_scope_that_a_route_asks_for():
    assert {scope for route in GUARDED for scope in route.scopes} <= set(MATRIX)
    assert set(MATRIX) - OF_SESSIONS_ALONE == KEY_SCOPES
    assert all(route.scopes for route in GUARDED)


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_gets_past_the_door_where_the_matrix_lets_it(gateway, role):
    somebody, _ = await signed_up(gateway)
    if role is not Role.OWNER:
        somebody, _ = await joined(gateway, somebody, role)
    held = {scope for scope, roles in MATRIX.items() if role in roles}
    wrong = []
    for route in GUARDED:
        if (role, route.pattern) == WHOLE_LOG:
            continue
        body = None if route.method == "GET" else {}
        status, code = await somebody.ask(route.method, path_of(route), body)
        if ((status, code) != REFUSED) != opened_by(held, route):
            wrong.append((route.method, route.pattern, status, code))
    assert wrong == []


@pytest.mark.parametrize("scope", sorted(KEY_SCOPES))
async def test_a_key_of_one_scope_opens_what_asks_for_that_scope_alone(gateway, scope):
    secret = (await gateway.key(scope)).secret
    wrong = []
    for route in GUARDED:
        arguments = {} if route.method == "GET" else {"json": {}}
        headers = {"Idempotency-Key": uuid4().hex}
        status, _, body = await gateway.send(route.method, path_of(route), secret=secret, headers=headers, **arguments)
        refused = status == 403 and b"insufficient_scope" in body
        if refused == opened_by({scope}, route):
            wrong.append((route.method, route.pattern, status, body))
    assert wrong == []
