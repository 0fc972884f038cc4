"""A server of the test's own, on a real socket, that answers as the test says and keeps a ledger of what it has seen."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


class StandIn:
    """Takes batches. `script` holds answers to give before it begins to say yes: a status, `hang up`, or `forget to answer`."""

    def __init__(self):
        self.script = []
        self.batches = []
        self.paths = set()
        self.rejects = set()
        self.open = threading.Event()
        self.open.set()
        self.arrived = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def keys(self):
        """Every key that was accepted, as often as it was."""
        return [event["idempotencyKey"] for batch in self.batches for event in batch]

    def close(self):
        self.open.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, body):
        """Status and body for a request, or None for none."""
        self.arrived.set()
        self.open.wait(20)
        events = json.loads(body)["events"]
        match self.script.pop(0) if self.script else 202:
            case "hang up":
                return None
            case "forget to answer":
                self.batches.append(events)
                return None
            case 202:
                self.batches.append([event for event in events if event["idempotencyKey"] not in self.rejects])
                rejected = [
                    {"index": index, "code": "unknown_metric", "detail": "No metric counts it."}
                    for index, event in enumerate(events)
                    if event["idempotencyKey"] in self.rejects
                ]
                answer = {"accepted": len(events) - len(rejected), "rejected": rejected}
                if not answer["accepted"]:
                    return 422, problem("all_events_rejected", **answer)
                return 202, answer
            case status:
                return status, problem("unavailable" if status >= 500 else "unauthenticated")

    def _handler(self):
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                stand_in.paths.add(self.path)
                answer = stand_in.answer(body)
                if answer is None:
                    self.close_connection = True
                    return
                content = json.dumps(answer[1]).encode()
                self.send_response(answer[0])
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Retry-After", "0")
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                """Say nothing."""

        return Handler


def problem(code, **members):
    return {"type": f"urn:usageflow:problem:{code}", "code": code, "detail": "Because.", **members}


@pytest.fixture
def server():
    stand_in = StandIn()
    yield stand_in
    stand_in.close()
