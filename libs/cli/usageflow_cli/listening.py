"""`usageflow webhooks listen`: facts on a developer's machine, by deliveries to it or from the feed, printed and handed on."""

from __future__ import annotations

import json
import secrets
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import httpx
import typer
from rich.console import Console
from rich.text import Text
from standardwebhooks import Webhook

from usageflow_cli.api import Api, Misused
from usageflow_cli.connection import find_connection
from usageflow_cli.receiver import Delivery, Receiver, is_secret

webhooks = typer.Typer(help="Receive webhooks on this machine.", no_args_is_help=True, callback=lambda: None)
console = Console()

_FORWARD_SECONDS: Final = 14.0
"""A little less than a delivery may take, so that the sender gets the answer."""

_NOT_THERE: Final = 502
_EVENTS: Final = "/api/webhooks/events"
_PAGE: Final = 200
_HOP_BY_HOP: Final = frozenset({"host", "content-length", "connection", "keep-alive", "transfer-encoding"})

Forward = Callable[[Delivery], int | None]


@webhooks.command("listen")
def listen(
    port: Annotated[int, typer.Option(min=0, max=65535)] = 9000,
    secret: Annotated[str | None, typer.Option(help="whsec_…: verifies deliveries; with --poll, signs.")] = None,
    forward_to: Annotated[
        str | None, typer.Option(metavar="URL", help="Hand every delivery on, and answer what this answers.")
    ] = None,
    poll: Annotated[bool, typer.Option("--poll", help="Read the feed of facts instead of being called.")] = False,
    since: Annotated[
        int | None, typer.Option(min=0, help="With --poll: facts after this number, not only new.")
    ] = None,
) -> None:
    """Receive deliveries on 127.0.0.1, verify their signatures, print them; or poll, where nothing can reach this machine."""
    if secret is not None and not is_secret(secret):
        raise Misused("--secret takes what the endpoint was created with: whsec_…")
    if since is not None and not poll:
        raise Misused("--since goes with --poll")
    with _forwarder(forward_to) as client:
        forward = _handing_on(client, forward_to)
        try:
            if poll:
                _poll(secret, since, forward)
            else:
                _serve(port, secret, forward)
        except KeyboardInterrupt:
            return


def print_delivery(delivery: Delivery, secret: str | None) -> None:
    """One delivery: whose it is, whether its signature is right, and its body, which anybody may have sent."""
    verdict = (
        "not checked (no --secret)" if secret is None else "valid" if delivery.signed_with(secret) else "NOT VALID"
    )
    console.print(Text(f"{delivery.webhook_id}  signature {verdict}"))
    try:
        console.print_json(data=delivery.event())
    except ValueError:
        console.print(Text(delivery.body.decode("utf-8", "replace")))


def facts_after(api: Api, sequence: int) -> Iterator[Any]:
    """The feed behind a number, as far as it goes now."""
    while True:
        page = api.get(_EVENTS, sort="sequence", afterSequence=str(sequence), limit=str(_PAGE))["data"]
        yield from page
        if len(page) < _PAGE:
            return
        sequence = page[-1]["sequence"]


def signed(event: Mapping[str, Any], secret: str, at: datetime) -> Delivery:
    """A fact of the feed as a delivery. Its bytes are made here, so they are not those that endpoints get; what they say is."""
    body = json.dumps({name: event[name] for name in ("id", "type", "timestamp", "data")}, separators=(",", ":"))
    headers = {
        "webhook-id": event["id"],
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(event["id"], at, body),
        "content-type": "application/json",
        "user-agent": "UsageFlow-Webhooks/1",
    }
    return Delivery(headers, body.encode())


def _serve(port: int, secret: str | None, forward: Forward) -> None:
    def take(delivery: Delivery) -> int | None:
        print_delivery(delivery, secret)
        return forward(delivery)

    try:
        receiver = Receiver(port, on_delivery=take)
    except OSError as error:
        raise Misused(f"Port {port}: {error.strerror}") from error
    with receiver:
        console.print(f"Listening on {receiver.url} (Ctrl-C ends it)")
        receiver.wait()


def _poll(secret: str | None, since: int | None, forward: Forward, *, every_seconds: float = 1.0) -> None:
    if secret is None:
        secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
        console.print(f"What is handed on is signed with {secret}", soft_wrap=True)
    with Api(find_connection()) as api:
        last = since if since is not None else _newest(api)
        console.print(f"Polling facts after number {last} (Ctrl-C ends it)")
        while True:
            for event in facts_after(api, last):
                delivery = signed(event, secret, datetime.now(UTC))
                print_delivery(delivery, secret)
                forward(delivery)
                last = event["sequence"]
            time.sleep(every_seconds)


def _newest(api: Api) -> int:
    data = api.get(_EVENTS, sort="-sequence", limit="1")["data"]
    return int(data[0]["sequence"]) if data else 0


def _forwarder(forward_to: str | None) -> httpx.Client:
    try:
        if forward_to is not None and httpx.URL(forward_to).scheme not in {"http", "https"}:
            raise Misused("--forward-to takes a URL that begins with http:// or https://")
    except httpx.InvalidURL as error:
        raise Misused("--forward-to takes a URL") from error
    return httpx.Client(timeout=_FORWARD_SECONDS, trust_env=False, follow_redirects=False)


def _handing_on(client: httpx.Client, forward_to: str | None) -> Forward:
    """What passes a delivery on, bytes and signature as they came, and says how that was answered."""
    if forward_to is None:
        return lambda _delivery: None

    def forward(delivery: Delivery) -> int:
        headers = {name: value for name, value in delivery.headers.items() if name not in _HOP_BY_HOP}
        try:
            status = client.post(forward_to, content=delivery.body, headers=headers).status_code
        except httpx.HTTPError as error:
            console.print(Text(f"→ {forward_to}: {type(error).__name__}"))
            return _NOT_THERE
        console.print(Text(f"→ {forward_to}: {status}"))
        return status

    return forward
