"""What a key can hold, and what a role leaves of it."""

import pytest

from usageflow_gateway.domain.scopes import KEY_SCOPES, Role, UnknownScope, cut_scopes, parse_scopes


def test_a_star_means_everything_that_a_key_of_the_role_can_hold():
    assert parse_scopes("*", Role.OWNER) == KEY_SCOPES
    assert "invoices:write" not in parse_scopes("*", Role.DEVELOPER)


def test_a_list_is_read_with_spaces_and_repetitions():
    assert parse_scopes(" track:write, usage:read ,usage:read", Role.OWNER) == {"track:write", "usage:read"}


@pytest.mark.parametrize("text", ["", " , ", "owner", "keys:write", "members:write", "organization:write", "nonsense"])
def test_scopes_that_no_key_can_hold_are_refused(text):
    with pytest.raises(UnknownScope):
        parse_scopes(text, Role.OWNER)


@pytest.mark.parametrize(
    ("held", "role", "left"),
    [
        ({"invoices:write"}, Role.ADMIN, {"invoices:write"}),
        ({"invoices:write"}, Role.DEVELOPER, {"invoices:read"}),
        ({"events:write", "track:write"}, Role.VIEWER, {"events:read"}),
        ({"webhooks:read"}, Role.VIEWER, set()),
        ({"usage:read"}, Role.VIEWER, {"usage:read"}),
    ],
)
def test_a_role_cuts_what_its_keys_hold(held, role, left):
    assert cut_scopes(held, role) == left
