"""How commands end: 0 done, 1 a check failed, 2 wrong use, 3 not reachable; and never with a traceback."""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from usageflow_cli.__main__ import main

INVOICE = "inv_01984e7c2b4f7c1aa0d4c1f2e3b4a596"


class Answering(BaseHTTPRequestHandler):
    """Answers everything with what the server was told to say, and remembers what it was asked."""

    def do_GET(self):
        self.server.asked.append(self.path)
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.asked, server.answer = [], (200, b"{}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("USAGEFLOW_URL", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("USAGEFLOW_API_KEY", "uf_live_x")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["usageflow", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code or 0


@pytest.mark.parametrize(
    ("status", "body", "code", "words"),
    [
        (404, b'{"code":"not_found","detail":"No such thing."}', 2, "404 not_found: No such thing."),
        (401, b'{"code":"unauthenticated","detail":"No."}', 2, "401 unauthenticated"),
        (503, b'{"code":"unavailable","detail":"Kafka is away."}', 3, "Kafka is away."),
        (502, b"<html>", 3, "502 unknown"),
        (400, b"[1]", 2, "400 unknown"),
    ],
)
def test_a_refused_request_is_one_line_and_says_whose_fault_it_is(
    server, monkeypatch, capsys, status, body, code, words
):
    server.answer = (status, body)
    assert run(monkeypatch, "invoice", "show", INVOICE) == code
    printed = capsys.readouterr().err
    assert words in printed
    assert printed.count("\n") == 1


def test_a_verification_that_fails_is_1(server, monkeypatch, capsys):
    check = {"check": "total", "expected": "[b]1[/x]", "actual": "2", "passed": False}
    server.answer = (200, json.dumps({"status": "failed", "checkedEvents": 1, "checks": [check]}).encode())
    assert run(monkeypatch, "invoice", "verify", INVOICE) == 1
    assert "[b]1[/x]" in capsys.readouterr().out
    assert run(monkeypatch, "invoice", "verify", INVOICE, "--json") == 1
    assert json.loads(capsys.readouterr().out)["checks"] == [check]


def test_an_id_is_no_way_to_another_route(server, monkeypatch):
    server.answer = (404, b"{}")
    run(monkeypatch, "invoice", "show", "../webhooks/endpoints?limit=1")
    assert server.asked == ["/api/invoices/..%2Fwebhooks%2Fendpoints%3Flimit%3D1"]


def test_nothing_at_the_address_is_3(server, monkeypatch, capsys):
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    monkeypatch.setenv("USAGEFLOW_URL", "http://127.0.0.1:9")
    assert run(monkeypatch, "demo") == 3
    assert "Nothing answers at http://127.0.0.1:9" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "api_key"), [("ftp://127.0.0.1", "k"), ("127.0.0.1:8080", "k"), ("http://:::x", "k"), ("http://a", "ä")]
)
def test_an_address_or_a_key_that_cannot_be_right_is_2(monkeypatch, url, api_key):
    monkeypatch.setenv("USAGEFLOW_URL", url)
    monkeypatch.setenv("USAGEFLOW_API_KEY", api_key)
    assert run(monkeypatch, "invoice", "show", INVOICE) == 2


def test_without_an_installation_a_command_says_how_to_get_one(monkeypatch, tmp_path, capsys):
    for name in ("USAGEFLOW_URL", "USAGEFLOW_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("USAGEFLOW_HOME", str(tmp_path))
    assert run(monkeypatch, "invoice", "show", INVOICE) == 2
    assert "make run" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [("--port", "99999"), ("--secret", "foo"), ("--secret", "whsec_%"), ("--secret", "whsec_")]
)
def test_a_receiver_that_cannot_be_is_2(monkeypatch, arguments):
    assert run(monkeypatch, "webhooks", "listen", *arguments) == 2


def test_a_port_that_is_taken_is_2(server, monkeypatch, capsys):
    assert run(monkeypatch, "webhooks", "listen", "--port", str(server.server_address[1])) == 2
    assert "in use" in capsys.readouterr().err
