"""Payment providers over HTTP: the one shape that every bridge to a processor of cards or debits has (docs/payments.md).

A charge is asked for under a key of ours, so that asking again makes no second one; what became of it is looked up, or notified.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

import httpx
import msgspec
from standardwebhooks import Webhook, WebhookVerificationError

from usageflow_common.errors import Unavailable
from usageflow_common.ids import Prefix, public_id
from usageflow_invoicer.domain.charging import Charge, ChargeAnswer, ChargeStatus
from usageflow_invoicer.settings import InvoicerSettings

CARD_PROCESSOR_PATH: Final = "/internal/card-processor"
_REFUSED: Final = frozenset({400, 404, 422})


class ChargeDocument(msgspec.Struct, frozen=True, rename="camel"):
    """A charge as a bridge shows it."""

    status: ChargeStatus
    failure_code: str | None = None
    method: str | None = None

    @property
    def answer(self) -> ChargeAnswer:
        """The same, in our words; a failure has a code in any case."""
        code = (self.failure_code or "declined") if self.status == "failed" else None
        return ChargeAnswer(self.status, code, self.method)


@dataclass(frozen=True, slots=True)
class HttpProvider:
    """One bridge. Unavailable when it does not answer, or not as it should: what became of the charge is not known then."""

    name: str
    http: httpx.AsyncClient

    async def charge(self, charge: Charge) -> ChargeAnswer:
        """Ask for money; a request that is refused for good has failed."""
        payment_id = public_id(Prefix.PAYMENT, charge.payment_id)
        body = {
            "chargeId": payment_id,
            "organizationId": public_id(Prefix.ORGANIZATION, charge.org_id),
            "customerId": charge.customer_id,
            "paymentMethod": charge.payment_method,
            "invoiceId": public_id(Prefix.INVOICE, charge.invoice_id),
            "invoiceNumber": charge.invoice_number,
            "amount": {"amountMinor": charge.amount_minor, "currency": charge.currency},
        }
        response = await self._ask("POST", "charges", body, {"Idempotency-Key": payment_id})
        if response.status_code in _REFUSED:
            return ChargeAnswer("failed", "refused")
        return _answer(response)

    async def look_up(self, payment_id: UUID) -> ChargeAnswer | None:
        """What became of a charge; None when the bridge does not know it."""
        response = await self._ask("GET", f"charges/{public_id(Prefix.PAYMENT, payment_id)}", None, {})
        return None if response.status_code == 404 else _answer(response)

    async def _ask(
        self, method: str, path: str, body: Mapping[str, object] | None, headers: Mapping[str, str]
    ) -> httpx.Response:
        try:
            return await self.http.request(method, path, json=body, headers=dict(headers))
        except httpx.HTTPError as error:
            raise Unavailable("The payment provider does not answer.") from error


@dataclass(frozen=True, slots=True)
class Providers:
    """By the mode of organizations: those in test mode never reach a real processor."""

    by_mode: Mapping[str, HttpProvider]
    secrets: Mapping[str, str]
    """Name of a provider → what its notifications are signed with."""

    def find(self, mode: str) -> HttpProvider | None:
        """None where nothing can be collected."""
        return self.by_mode.get(mode)

    def sender_of(self, body: bytes, headers: Mapping[str, str]) -> str | None:
        """The provider whose signature a notification bears; None for anything else."""
        for name, secret in self.secrets.items():
            try:
                Webhook(secret).verify(body, dict(headers))
            except (WebhookVerificationError, ValueError):
                continue
            return name
        return None


@asynccontextmanager
async def connect_providers(settings: InvoicerSettings) -> AsyncIterator[Providers]:
    """Clients with connections of their own, closed at the end."""
    by_mode: dict[str, HttpProvider] = {}
    secrets: dict[str, str] = {}
    async with AsyncExitStack() as stack:

        async def add(mode: Literal["test", "live"], name: str, url: str, secret: str) -> None:
            http = httpx.AsyncClient(
                base_url=url.rstrip("/") + "/",
                headers={"Authorization": f"Bearer {secret}"},
                timeout=settings.payment_timeout_seconds,
                trust_env=False,
            )
            by_mode[mode] = HttpProvider(name, await stack.enter_async_context(http))
            secrets[name] = secret

        if settings.invoicer_url is not None:
            await add(
                "test",
                "test_cards",
                settings.invoicer_url + CARD_PROCESSOR_PATH,
                card_processor_secret(settings.cursor_secret),
            )
        if settings.payment_provider is not None:
            given = settings.payment_provider
            await add("live", given.name, given.url, given.secret.get_secret_value())
        yield Providers(by_mode, secrets)


def card_processor_secret(cursor_secret: bytes) -> str:
    """What this service and its own card processor share; the same in every process."""
    derived = hmac.digest(cursor_secret, b"test card processor", hashlib.sha256)
    return "whsec_" + base64.b64encode(derived).decode()


def _answer(response: httpx.Response) -> ChargeAnswer:
    if response.status_code not in (200, 201, 202):
        raise Unavailable(f"The payment provider answers with {response.status_code}.")
    try:
        return msgspec.json.decode(response.content, type=ChargeDocument).answer
    except msgspec.MsgspecError as error:
        raise Unavailable("The payment provider's answer cannot be read.") from error
