"""A webhook receiver on this machine: takes deliveries, checks their signatures with the public library, hands them on."""

from __future__ import annotations

import base64
import json
import queue
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

BODY_BYTES_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as it came. `body` is the raw bytes: a signature is checked over them, before any parsing."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def webhook_id(self) -> str:
        """The id that stays the same over retries and replays."""
        return self.headers.get("webhook-id", "")

    def event(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)

    def signed_with(self, secret: str) -> bool:
        """Whether the public Standard Webhooks library accepts the signature."""
        try:
            Webhook(secret).verify(self.body, dict(self.headers))
        except (WebhookVerificationError, ValueError):
            return False
        return True


def is_secret(text: str) -> bool:
    """Whether deliveries can be signed with it: `whsec_` and base64."""
    try:
        return text.startswith("whsec_") and bool(base64.b64decode(text.removeprefix("whsec_"), validate=True))
    except ValueError:
        return False


class Receiver:
    """An HTTP server that keeps what it is posted. It listens on 127.0.0.1, or on the host that is given.

    It answers with the status that `on_delivery` says; None, and what is not given, mean 204.
    """

    def __init__(
        self, port: int = 0, *, host: str = "127.0.0.1", on_delivery: Callable[[Delivery], int | None] | None = None
    ) -> None:
        self.deliveries: queue.Queue[Delivery] = queue.Queue()
        self._host = host
        self._on_delivery = on_delivery or self.deliveries.put
        self._server = ThreadingHTTPServer((host, port), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self._host}:{self._server.server_address[1]}/"

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def wait(self) -> None:
        """Serve until the process ends."""
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        deliver = self._on_delivery

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 15

            def do_POST(self) -> None:
                announced = self.headers.get("content-length", "")
                if not (announced.isascii() and announced.isdigit()):
                    self.send_error(411)
                    return
                if int(announced) > BODY_BYTES_MAX:
                    self.send_error(413)
                    return
                body = self.rfile.read(int(announced))
                status = deliver(Delivery({name.lower(): value for name, value in self.headers.items()}, body)) or 204
                self.send_response(status)
                if status != 204:
                    self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of http.server
                """Nothing: the command prints what matters."""

        return Handler


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
