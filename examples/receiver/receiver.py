"""A webhook receiver to start from: verify the raw bytes, store, answer, and work afterwards; a fact that comes twice is worked on once.

    pip install standardwebhooks
    WEBHOOK_SECRET=whsec_… python receiver.py --port 9000

It listens on 127.0.0.1. What came is in a SQLite file, so that nothing is lost when it dies between its answer and the work.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

BODY_BYTES_MAX = 1024 * 1024


class Inbox:
    """Facts by their id: each is kept once, and worked on until that succeeded once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.arrived = threading.Event()
        with closing(self._open()) as database, database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS facts (id TEXT PRIMARY KEY, body BLOB NOT NULL, done INTEGER NOT NULL)"
            )

    def put(self, fact_id: str, body: bytes) -> None:
        """Keep a fact; one that is known already is left as it is."""
        with closing(self._open()) as database, database:
            database.execute("INSERT INTO facts VALUES (?, ?, 0) ON CONFLICT DO NOTHING", (fact_id, body))
        self.arrived.set()

    def work(self, handle: Callable[[dict[str, Any]], None]) -> int:
        """Handle what is not done yet; how many facts that were. One that fails stays for the next time, and stops no other."""
        with closing(self._open()) as database:
            waiting = database.execute("SELECT id, body FROM facts WHERE NOT done ORDER BY rowid").fetchall()
            for fact_id, body in waiting:
                try:
                    handle(json.loads(body))
                except Exception as error:
                    print(f"{fact_id} is not done yet: {error!r}", flush=True)
                    continue
                with database:
                    database.execute("UPDATE facts SET done = 1 WHERE id = ?", (fact_id,))
        return len(waiting)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=10)


def serve(secret: str, inbox: Inbox, port: int) -> ThreadingHTTPServer:
    """A server that takes deliveries on 127.0.0.1; the caller runs it."""
    webhook = Webhook(secret)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 15

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
                self.close_connection = True
                return self.answer(413)
            body = self.rfile.read(int(length))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                webhook.verify(body, headers)
            except (WebhookVerificationError, ValueError):
                return self.answer(401)
            inbox.put(headers["webhook-id"], body)
            return self.answer(204)  # only now: it is stored

        def answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", "0") if status != 204 else None
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the signature of http.server
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def tell(fact: dict[str, Any]) -> None:
    """The work. Yours goes here."""
    match fact["type"]:
        case "invoice.created" | "invoice.paid":
            invoice = fact["data"]["invoice"]
            total = invoice["total"]
            print(
                f"{fact['type']}: {invoice['number']} {total['amountMinor']} {total['currency']} minor units",
                flush=True,
            )
        case other:
            print(f"{other}: {fact['id']}", flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--inbox", type=Path, default=Path("inbox.sqlite"))
    options = parser.parse_args()
    inbox = Inbox(options.inbox)
    server = serve(os.environ["WEBHOOK_SECRET"], inbox, options.port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"listening on http://127.0.0.1:{server.server_address[1]}/", flush=True)
    while True:
        inbox.arrived.clear()
        inbox.work(tell)
        inbox.arrived.wait(30)


if __name__ == "__main__":
    main()
