"""`usageflow webhooks listen` as it is started: what is delivered is printed and handed on; the feed is read where nobody can call."""

import json
import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from standardwebhooks import Webhook

from usageflow_cli.listening import signed
from usageflow_cli.receiver import Receiver, free_port

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@contextmanager
def listening(*arguments, **environment):
    process = subprocess.Popen(
        [sys.executable, "-m", "usageflow_cli", "webhooks", "listen", *arguments],
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def until(process, pattern):
    """The first line that matches, and what was printed before it."""
    for line in process.stdout:
        if found := re.search(pattern, line):
            return found
    raise AssertionError(f"{pattern} was not printed")


def event(number):
    data = {"invoice": {"number": f"INV-{number}"}}
    return {
        "id": f"evt_{number:032x}", "sequence": number, "type": "invoice.created", "customerId": "c",
        "timestamp": "2026-03-01T00:00:00Z", "data": data, "createdAt": "2026-03-01T00:00:01Z",
    }  # fmt: skip


def send(url, delivery):
    return httpx.post(url, content=delivery.body, headers=dict(delivery.headers), trust_env=False).status_code


def test_what_is_delivered_is_verified_printed_and_handed_on_byte_for_byte():
    with Receiver() as program, listening("--port", "0", "--secret", SECRET, "--forward-to", program.url) as process:
        url = until(process, r"Listening on (\S+)")[1]
        delivery = signed(event(1), SECRET, datetime.now(UTC))
        assert send(url, delivery) == 204
        until(process, "signature valid")
        until(process, "INV-1")
        until(process, "→ .*: 204")
        got = program.deliveries.get(timeout=5)
        assert got.body == delivery.body
        assert got.signed_with(SECRET)
        forged = signed(event(2), "whsec_" + "A" * 44, datetime.now(UTC))
        send(url, forged)
        until(process, "signature NOT VALID")


def test_the_answer_is_that_of_the_program_behind_it():
    with (
        Receiver(on_delivery=lambda _: 503) as program,
        listening("--port", "0", "--forward-to", program.url) as process,
    ):
        url = until(process, r"Listening on (\S+)")[1]
        assert send(url, signed(event(1), SECRET, datetime.now(UTC))) == 503
    with listening("--port", "0", "--forward-to", f"http://127.0.0.1:{free_port()}/") as process:
        url = until(process, r"Listening on (\S+)")[1]
        assert send(url, signed(event(1), SECRET, datetime.now(UTC))) == 502
        until(process, "ConnectError")


@contextmanager
def feed(events):
    """The route of the feed, answering with what there is."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            found = [each for each in events if each["sequence"] > int(query.get("afterSequence", 0))]
            found.sort(key=lambda each: each["sequence"], reverse=query["sort"].startswith("-"))
            body = json.dumps({"data": found[: int(query["limit"])], "nextCursor": None}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_the_feed_is_read_on_from_where_it_is_and_handed_on_signed():
    events = [event(number) for number in range(1, 4)]
    with feed(events) as url, Receiver() as program:
        polling = listening("--poll", "--forward-to", program.url, USAGEFLOW_URL=url, USAGEFLOW_API_KEY="uf_live_x")
        with polling as process:
            secret = until(process, r"signed with (\S+)")[1]
            until(process, "after number 3")
            events += [event(4), event(5)]
            got = [program.deliveries.get(timeout=10) for _ in range(2)]
    assert [each.event()["data"]["invoice"]["number"] for each in got] == ["INV-4", "INV-5"]
    assert all(Webhook(secret).verify(each.body, dict(each.headers)) for each in got)


def test_the_feed_can_be_read_from_its_beginning_page_after_page():
    events = [event(number) for number in range(1, 451)]
    with feed(events) as url, Receiver() as program:
        polling = listening(
            "--poll", "--since", "0", "--secret", SECRET, "--forward-to", program.url,
            USAGEFLOW_URL=url, USAGEFLOW_API_KEY="uf_live_x",
        )  # fmt: skip
        with polling as process:
            drain = threading.Thread(target=process.stdout.read, daemon=True)
            drain.start()
            got = [program.deliveries.get(timeout=30).webhook_id for _ in range(450)]
            process.kill()
            drain.join(10)
    assert got == [each["id"] for each in events]


@pytest.mark.parametrize(
    "arguments",
    [("--secret", "abc"), ("--since", "4"), ("--forward-to", "ftp://127.0.0.1/"), ("--forward-to", "http://[::1")],
)
def test_wrong_use_is_2(arguments):
    with listening("--port", "0", *arguments) as process:
        assert process.wait(20) == 2
