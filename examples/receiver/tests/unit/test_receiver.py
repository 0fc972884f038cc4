"""The example, as it is started: signed facts are stored once and worked on once, and nothing else is taken."""

import http.client
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
PROGRAM = Path(__file__).parents[2] / "receiver.py"


@pytest.fixture
def receiver(tmp_path):
    running = start(tmp_path)
    yield running
    stop(running[0])


def start(folder):
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), "--port", "0", "--inbox", str(folder / "inbox.sqlite")],
        env={**os.environ, "WEBHOOK_SECRET": SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, int(process.stdout.readline().strip().rstrip("/").rpartition(":")[2])


def stop(process):
    process.kill()
    process.wait(10)
    process.stdout.close()


def post(port, fact_id, body, at=None, signed=None):
    at = at or datetime.now(UTC)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {
        "webhook-id": fact_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(fact_id, at, (signed or body).decode()),
    }
    connection.request("POST", "/", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def paid(fact_id, number):
    invoice = {"number": number, "total": {"amountMinor": 12000, "currency": "USD"}}
    return json.dumps({"id": fact_id, "type": "invoice.paid", "data": {"invoice": invoice, "payment": None}}).encode()


def test_a_fact_that_comes_three_times_is_worked_on_once(receiver):
    process, port = receiver
    assert [post(port, "evt_1", paid("evt_1", "INV-1")) for _ in range(3)] == [204] * 3
    assert post(port, "evt_2", b'{"id":"evt_2","type":"ping","data":{}}') == 204
    assert process.stdout.readline() == "invoice.paid: INV-1 12000 USD minor units\n"
    assert process.stdout.readline() == "ping: evt_2\n"


def test_what_is_not_signed_or_not_fresh_is_refused(receiver):
    _, port = receiver
    body = paid("evt_1", "INV-1")
    assert post(port, "evt_1", body, signed=b"{}") == 401
    assert post(port, "evt_1", body, at=datetime.now(UTC) - timedelta(minutes=6)) == 401


def test_what_fails_stops_no_other_and_is_done_when_it_can_be(tmp_path):
    process, port = start(tmp_path)
    try:
        assert post(port, "evt_1", b'{"id":"evt_1","type":"invoice.paid","data":{}}') == 204
        assert process.stdout.readline().startswith("evt_1 is not done yet")
        assert post(port, "evt_2", b'{"id":"evt_2","type":"ping","data":{}}') == 204
        # What is not done is tried again meanwhile, and says so each time.
        line = next(line for line in process.stdout if not line.startswith("evt_1 is not done yet"))
        assert line == "ping: evt_2\n"
    finally:
        stop(process)
    with closing(sqlite3.connect(tmp_path / "inbox.sqlite")) as inbox, inbox:
        inbox.execute("UPDATE facts SET body = ? WHERE id = 'evt_1'", (paid("evt_1", "INV-1"),))
    process, _ = start(tmp_path)
    try:
        assert process.stdout.readline() == "invoice.paid: INV-1 12000 USD minor units\n"
    finally:
        stop(process)
