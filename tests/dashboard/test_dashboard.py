"""The dashboard: its own tests, and what a person does with it in a real browser."""

import asyncio
import os
from pathlib import Path

import pytest

from usageflow_local.dashboard import FOLDER
from usageflow_local.postgres import programs_folder
from usageflow_local.system import System

pytestmark = pytest.mark.timeout(900)


async def run(*words: str, **environment: str) -> str:
    """What a program of the dashboard prints; fails with it when the program does."""
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=FOLDER,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode(errors="replace")
    return output.decode()


async def test_its_own_tests_pass(system: System) -> None:
    assert "passed" in await run("npm", "test", "--silent", NO_COLOR="1")


async def test_no_page_is_larger_than_its_budget(system: System) -> None:
    assert "every page is within its budget" in await run("npm", "run", "--silent", "budget")


async def journey(system: System, tmp_path: Path, name: str) -> str:
    """What a journey told of itself; fails with it when the journey does."""
    assert system.dashboard_url is not None
    return await run(
        "node",
        f"tests/journeys/{name}.mjs",
        DASHBOARD_URL=system.dashboard_url,
        GATEWAY_URL=system.gateway_url,
        # What somebody with the owner's password could change behind everybody's back.
        OWNER_DATABASE_URL=system.postgres.owner_url,
        PSQL=str(programs_folder() / "psql"),
        LEFTOVERS=str(tmp_path),
    )


async def test_usage_over_a_change_of_the_clock_is_the_same_in_chart_table_file_and_api(
    system: System, tmp_path: Path
) -> None:
    assert "the chart is walked by keys and is there as a table" in await journey(system, tmp_path, "usage")


async def test_refused_events_are_mended_counted_ones_corrected_and_backfills_taken_back(
    system: System, tmp_path: Path
) -> None:
    assert "reverted after its name was typed" in await journey(system, tmp_path, "events")


async def test_a_payment_is_recorded_once_a_line_credited_and_an_invoice_voided_by_its_number(
    system: System, tmp_path: Path
) -> None:
    assert "until one digit of an event is changed" in await journey(system, tmp_path, "payment")


async def test_the_keyboard_alone_signs_in_finds_an_invoice_verifies_it_and_records_its_payment(
    system: System, tmp_path: Path
) -> None:
    assert "no pointer event was sent" in await journey(system, tmp_path, "keyboard")


async def test_someone_new_sends_the_displayed_command_and_sees_the_event_counted(
    system: System, tmp_path: Path
) -> None:
    assert "the detail shows partition and offset" in await journey(system, tmp_path, "first-event")


async def test_an_owner_sees_how_it_stands_invites_somebody_and_verifies_the_audit_log(
    system: System, tmp_path: Path
) -> None:
    assert "an entry has an address of its own" in await journey(system, tmp_path, "organization")


async def test_a_webhook_fails_is_retried_replayed_and_signed_with_two_secrets(system: System, tmp_path: Path) -> None:
    assert "the old and the new one both sign" in await journey(system, tmp_path, "webhooks")


async def test_a_plan_is_made_calculated_published_and_subscribed_to(system: System, tmp_path: Path) -> None:
    assert "a customer is subscribed" in await journey(system, tmp_path, "plan")


async def test_a_changed_plan_issues_the_lines_that_its_preview_showed(system: System, tmp_path: Path) -> None:
    assert "names the line it adjusts" in await journey(system, tmp_path, "subscription")


async def test_plans_customers_drafts_and_backtests_are_kept_in_order(system: System, tmp_path: Path) -> None:
    assert "another one stopped" in await journey(system, tmp_path, "upkeep")


async def test_settings_sessions_password_and_ownership_change_hands_until_the_organization_ends(
    system: System, tmp_path: Path
) -> None:
    assert "founds another one" in await journey(system, tmp_path, "account")


async def test_each_role_sees_what_it_may_and_is_refused_the_rest(system: System, tmp_path: Path) -> None:
    assert "ADMIN sees what it may" in await journey(system, tmp_path, "roles")


async def test_strangers_and_bad_days_change_nothing_and_cost_nothing(system: System, tmp_path: Path) -> None:
    assert "leads to sign-in and back" in await journey(system, tmp_path, "bad-days")
