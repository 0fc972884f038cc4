"""The table of roles in the documents is the one in the code."""

from source import ROOT

from usageflow_gateway.domain.scopes import KEY_SCOPES, RANKS, session_scopes


def rows():
    """A line for each scope, in the order of its name."""
    scopes = sorted(set().union(*(session_scopes(role) for role in RANKS)))
    for scope in scopes:
        held = ["✓" if scope in session_scopes(role) else "–" for role in reversed(RANKS)]
        yield f"| `{scope}` | {' | '.join(held)} | {'✓' if scope in KEY_SCOPES else '–'} |"


def test_the_table_of_roles_is_the_codes():
    text = (ROOT / "docs/access.md").read_text(encoding="utf-8")
    table = "\n".join(
        ["| scope | OWNER | ADMIN | DEVELOPER | VIEWER | API key |", "|---|---|---|---|---|---|", *rows()]
    )
    assert table in text, table
