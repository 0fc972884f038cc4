"""The client library and `usageflow events send` against the whole system: counted exactly once, whoever dies."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap

from tenant import eventually

from usageflow import AsyncUsageFlow, Options, UsageFlow

QUIET = Options(trust_env=False)
SENDER = """
    import sys
    from datetime import datetime
    from pathlib import Path
    from usageflow import Options, UsageFlow

    url, key, customer, mark, at, spool = sys.argv[1:]
    usage = UsageFlow(url, key, spool=Path(spool), options=Options(trust_env=False))
    for number in range(1, 20_001):
        usage.track(
            "API_CALL", customer, timestamp=datetime.fromisoformat(at), idempotency_key=f"{mark}-{number}"
        )
        print(number, flush=True)
    """


async def test_what_a_client_tracks_counts_once_though_ingest_and_the_gateway_are_killed(system, tenant):
    await tenant.prepare()
    async with AsyncUsageFlow(system.gateway_url, system.api_key, options=QUIET) as usage:
        for number in range(1, 6_001):
            await usage.track(
                "API_CALL",
                tenant.customer_id,
                timestamp=tenant.calls_began_at,
                idempotency_key=f"{tenant.mark}-{number}",
            )
            if number in {1_000, 4_000}:
                system.kill("ingest-api")
            if number == 2_500:
                system.kill("gateway-api")
        await usage.flush(90)
        books = usage.counters
    assert (books.accepted, books.rejected, books.dropped) == (6_000, 0, 0)
    assert books.retried > 0
    assert await tenant.counted(6_000) == {"value": "6000", "eventCount": 6_000}


async def test_what_a_killed_sender_had_spooled_counts_once_after_its_restart(system, tenant, tmp_path):
    await tenant.prepare()
    called_at, spool = tenant.calls_began_at, tmp_path / "spool"
    arguments = (system.gateway_url, system.api_key, tenant.customer_id, tenant.mark, called_at.isoformat(), str(spool))
    # 1. A sender tracks; ingest is away for a while, so that much is left; then the sender is killed.
    await system.stop("ingest-api")
    sender = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(SENDER), *arguments, stdout=subprocess.PIPE
    )
    tracked = 0
    async for line in sender.stdout:
        tracked = int(line)
        if tracked == 2_000:
            await system.resume("ingest-api")
            await system.wait_ready("ingest-api")
        if tracked == 5_000:
            sender.send_signal(signal.SIGKILL)
    await sender.wait()
    # 2. The next one sends what is left, and is killed by nobody. It tracks the rest, and repeats what it is not sure of.
    with UsageFlow(system.gateway_url, system.api_key, spool=spool, options=QUIET) as usage:
        assert usage.counters.recovered > 0
        for number in range(tracked - 50, tracked + 501):
            usage.track("API_CALL", tenant.customer_id, timestamp=called_at, idempotency_key=f"{tenant.mark}-{number}")
        await asyncio.to_thread(usage.flush, 90)
        assert usage.counters.rejected == 0
    assert await tenant.counted(tracked + 500) == {"value": str(tracked + 500), "eventCount": tracked + 500}


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def beside(file, suffix):
    return file.with_name(file.name + suffix)


async def run_send(system, *arguments):
    """The command, as a process; its exit code and what it printed."""
    environment = {**os.environ, "USAGEFLOW_URL": system.gateway_url, "USAGEFLOW_API_KEY": system.api_key}
    command = [sys.executable, "-m", "usageflow_cli", "events", "send", *map(str, arguments)]
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    output, errors = await process.communicate()
    return process.returncode, output.decode() + errors.decode()


async def test_a_file_is_sent_once_however_often_the_command_runs(system, tenant, tmp_path):
    await tenant.prepare()
    file = tmp_path / "calls.csv"
    rows = [f"{tenant.customer_id},1,{tenant.called_at},eu" for _ in range(3_000)]
    rows[17] = f"{tenant.customer_id},not a number,{tenant.called_at},eu"
    rows[2_000] = f"{tenant.customer_id},1,2001-01-01T00:00:00Z,eu"
    file.write_text("\n".join(["who,calls,at,region", *rows]) + "\n", encoding="utf-8")
    options = ("--metric", "API_CALL", "--customer-column", "who", "--amount-column", "calls", "--time-column", "at")
    options += ("--property", "region=region")

    code, said = await run_send(system, file, *options)
    assert (code, "2,998 events accepted, 2 refused" in said) == (1, True), said
    refused = [json.loads(line) for line in lines_of(beside(file, ".rejected"))]
    assert [(line["record"], line["code"]) for line in refused] == [
        (18, "amount_invalid"),
        (2_001, "timestamp_too_old"),
    ]
    assert refused[0]["text"] == rows[17]

    # without its memory, it sends all again under the same keys
    beside(file, ".progress").unlink()
    assert (await run_send(system, file, *options))[0] == 1
    # with it, only what was added
    with file.open("a", encoding="utf-8") as grown:
        grown.write(f"{tenant.customer_id},5,{tenant.called_at},us\n")
    code, said = await run_send(system, file, *options, "--json")
    assert json.loads(said)["settledBefore"] == 3_000
    assert await tenant.counted(2_999) == {"value": "3003", "eventCount": 2_999}
    assert len(lines_of(beside(file, ".rejected"))) == 2

    # another way to read the same file would give the same keys to other events
    code, said = await run_send(system, file, "--metric", "API_CALL", "--customer-column", "region")
    assert code == 2, said


async def test_a_send_that_is_killed_goes_on_where_it_was(system, tenant, tmp_path):
    await tenant.prepare()
    file = tmp_path / "calls.ndjson"
    calls = [tenant.call(number, idempotencyKey=None) for number in range(20_000)]
    calls[3] = {"metric": "API_CALL"}
    file.write_text("".join(json.dumps(call) + "\n" for call in calls), encoding="utf-8")
    environment = {**os.environ, "USAGEFLOW_URL": system.gateway_url, "USAGEFLOW_API_KEY": system.api_key}
    sender = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "usageflow_cli", "events", "send", str(file), env=environment, stdout=subprocess.PIPE
    )

    async def half_way():
        return True if beside(file, ".progress").exists() else None

    await eventually("some progress", half_way)
    sender.kill()
    await sender.communicate()
    code, said = await run_send(system, file, "--json")
    report = json.loads(said)
    assert (code, report["accepted"], report["refused"]) == (1, 19_999, 1), said
    assert 0 < report["settledBefore"] < 20_000
    assert [json.loads(line)["record"] for line in lines_of(beside(file, ".rejected"))] == [4]
    assert await tenant.counted(19_999) == {"value": "19999", "eventCount": 19_999}


async def test_a_web_servers_log_is_usage(system, tenant, tmp_path):
    await tenant.prepare()
    at = tenant.calls_began_at.strftime("%d/%b/%Y:%H:%M:%S +0000")
    file = tmp_path / "access.log"
    file.write_text(f'203.0.113.7 - {tenant.customer_id} [{at}] "GET / HTTP/1.1" 200 512\n' * 20, encoding="utf-8")
    options = ("--metric", "API_CALL", "--customer-column", "user", "--amount-column", "bytes")
    code, said = await run_send(system, file, *options, "--property", "status=status")
    assert code == 0, said
    assert await tenant.counted(20) == {"value": "10240", "eventCount": 20}


async def test_a_wrong_key_and_an_address_where_nobody_answers_have_exit_codes_of_their_own(system, tenant, tmp_path):
    file = tmp_path / "one.ndjson"
    file.write_text(json.dumps(tenant.call(1)) + "\n", encoding="utf-8")
    environment = {"USAGEFLOW_URL": "http://127.0.0.1:9", "USAGEFLOW_API_KEY": "uf_live_none"}
    command = [sys.executable, "-m", "usageflow_cli", "events", "send", str(file), "--patience", "1"]

    async def exit_code(**changes):
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **environment, **changes}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        await process.communicate()
        return process.returncode

    assert await exit_code() == 3
    beside(file, ".progress").unlink()
    assert await exit_code(USAGEFLOW_URL=system.gateway_url) == 1
