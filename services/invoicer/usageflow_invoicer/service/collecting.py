"""Collect what is owed through a payment provider: at the issue, by the dunning schedule, and when somebody asks for it.

A charge is a pending payment before its provider hears of it, and is asked about until its end is known: whatever dies in between, no
money is taken twice and none is forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, is_unavailable, transaction
from usageflow_common.errors import Conflict, NotFound, StateConflict, Unavailable
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.logs import get_logger
from usageflow_common.operations import Answer, Change
from usageflow_common.records import OrganizationRecord
from usageflow_common.tokens import Caller
from usageflow_invoicer.domain.charging import Charge, ChargeAnswer, ask_again_after
from usageflow_invoicer.schemas.payments import payment_body
from usageflow_invoicer.service.lives import Moment
from usageflow_invoicer.service.payments import take_payment
from usageflow_invoicer.service.settling import lock_issued
from usageflow_invoicer.store import charges as store
from usageflow_invoicer.store import payments
from usageflow_invoicer.store.invoices.reading import StoredInvoice
from usageflow_invoicer.store.payments import Payment

LEASE: Final = timedelta(seconds=60)
"""So long a charge waits when the worker that asked for it was killed."""

_BATCH: Final = 20
_PAGE: Final = 200

_log = get_logger(__name__)


class PaymentProvider(Protocol):
    """Whoever can charge a payment method."""

    @property
    def name(self) -> str:
        """As payments name it."""
        ...

    async def charge(self, charge: Charge) -> ChargeAnswer:
        """Ask for money. Asked again with the same payment id, it makes no second charge. Unavailable: not known what became of it."""
        ...

    async def look_up(self, payment_id: UUID) -> ChargeAnswer | None:
        """What became of a charge; None when there is none."""
        ...


FindProvider = Callable[[str], PaymentProvider | None]
"""By an organization's mode."""


@dataclass(frozen=True, slots=True)
class Collector:
    """Organizations, their providers and their time."""

    engine: AsyncEngine
    find: Callable[[UUID], OrganizationRecord | None]
    provider_of: FindProvider
    clock: Clock

    def moment(self, org_id: UUID) -> Moment:
        """Now."""
        return Moment(self.clock.now(org_id), self.clock.wall())

    async def collect_issued(self) -> None:
        """Ask for what was issued to customers with a payment method."""
        after: store.Collectable | None = None
        while True:
            async with transaction(self.engine, read_only=True) as tx:
                found = await store.collectable(tx, after, _PAGE)
            for each in found:
                await self._begin(each)
            if len(found) < _PAGE:
                return
            after = found[-1]

    async def ask_again(
        self, tx: Transaction, organization: OrganizationRecord, found: StoredInvoice, moment: Moment
    ) -> bool:
        """An attempt of dunning."""
        provider = self.provider_of(organization.mode)
        return provider is not None and await begin_charge(tx, found, provider, moment) is not None

    async def ask_providers(self) -> bool:
        """Ask about the charges whose time has come, side by side. Whether there were any. One that fails is asked again when its lease ends."""
        wall = self.clock.wall()
        async with transaction(self.engine) as tx:
            due = await store.take_due(tx, wall, wall + LEASE, _BATCH)
        ends = await asyncio.gather(*(self._ask(each) for each in due), return_exceptions=True)
        for each, end in zip(due, ends, strict=True):
            if end is None:
                continue
            if not isinstance(end, Exception) or is_unavailable(end):
                raise end
            _log.error("charge_not_settled", payment_id=str(each.charge.payment_id), exc_info=end)
        return bool(due)

    async def note_answer(self, provider: str, org_id: UUID, payment_id: UUID, answer: ChargeAnswer) -> None:
        """What a provider says of one of its own charges; said again, or of another's, it changes nothing."""
        organization = self.find(org_id)
        if organization is None:
            raise Unavailable("The organization is not known here yet.")
        async with transaction(self.engine, read_only=True) as tx:
            known = await payments.read_payment(tx, org_id, payment_id)
        if known is None or known.provider != provider:
            raise NotFound
        if answer.status == "pending":
            return
        async with transaction(self.engine) as tx:
            found = await lock_issued(tx, org_id, known.invoice_id)
            pending = await store.read_pending(tx, org_id, payment_id)
            if pending is None:
                return
            moment = self.moment(org_id)
            ended = _ended(pending, answer, moment.now)
            await store.end_charge(tx, ended)
            if ended.status == "succeeded" or found.balance.status == "open":
                await take_payment(tx, organization, found, ended, moment)

    async def _begin(self, wanted: store.Collectable) -> None:
        organization = self.find(wanted.org_id)
        provider = self.provider_of(organization.mode) if organization else None
        if organization is None or organization.status != "active" or provider is None:
            return
        async with transaction(self.engine) as tx:
            locked = await lock_issued(tx, wanted.org_id, wanted.invoice_id)
            if not await store.was_asked_for(tx, wanted.org_id, wanted.invoice_id):
                await begin_charge(tx, locked, provider, self.moment(wanted.org_id))

    async def _ask(self, pending: store.Pending) -> None:
        charge = pending.charge
        organization = self.find(charge.org_id)
        provider = self.provider_of(organization.mode) if organization else None
        answer = ChargeAnswer("pending")
        if provider is not None and provider.name == pending.provider:
            answer = await _outcome(provider, pending)
        if answer.status == "pending":
            again = self.clock.wall() + ask_again_after(pending.asks)
            async with transaction(self.engine) as tx:
                await store.ask_at(tx, charge.org_id, charge.payment_id, again)
            return
        await self.note_answer(pending.provider, charge.org_id, charge.payment_id, answer)


async def collect_invoice(
    engine: AsyncEngine, caller: Caller, invoice_id: UUID, provider: PaymentProvider | None, moment: Moment
) -> Answer:
    """Ask for what is due now. Conflict without anything to collect with; StateConflict where nothing is due or a charge is under way."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        found = await lock_issued(tx, caller.org_id, invoice_id)
        if found.balance.status not in ("open", "uncollectible"):
            raise StateConflict("Nothing is due on this invoice.", found.balance.status)
        if await store.pending_minor(tx, caller.org_id, invoice_id):
            raise StateConflict("A payment of this invoice is under way.", found.balance.status)
        if provider is None:
            raise Conflict("No payment provider is set up.", code="no_payment_provider")
        payment = await begin_charge(tx, found, provider, moment)
        if payment is None:
            raise Conflict("The customer has no payment method.", code="no_payment_provider")
        public = public_id(Prefix.PAYMENT, payment.payment_id)
        body = payment_body(payment).model_dump(mode="json", by_alias=True)
        change = Change("payment.requested", "payment", public, after=body)
        return await operations.finish(tx, caller, Answer(202, None, location=f"/api/payments/{public}"), change)


async def begin_charge(
    tx: Transaction, found: StoredInvoice, provider: PaymentProvider, moment: Moment
) -> Payment | None:
    """A pending payment of all that is due on a locked invoice; None without a payment method, with one under way, or nothing due."""
    invoice, balance = found.invoice, found.balance
    method = await store.payment_method_of(tx, invoice.org_id, invoice.customer_id)
    due = found.stored_total_minor - balance.paid_minor - balance.credited_minor
    unpaid = balance.status in ("open", "uncollectible") and due > 0
    if method is None or not unpaid or await store.pending_minor(tx, invoice.org_id, invoice.invoice_id):
        return None
    payment_id = new_id()
    payment = Payment(
        invoice.org_id,
        payment_id,
        invoice.invoice_id,
        invoice.customer_id,
        "pending",
        due,
        invoice.currency,
        public_id(Prefix.PAYMENT, payment_id),
        None,
        None,
        provider.name,
        None,
        moment.now,
    )
    await payments.insert_payment(tx, payment, payment_method=method, ask_at=moment.wall)
    return payment


async def _outcome(provider: PaymentProvider, pending: store.Pending) -> ChargeAnswer:
    """A first ask makes the charge. Later it is looked up, and made where it never arrived."""
    try:
        known = await provider.look_up(pending.charge.payment_id) if pending.asks > 1 else None
        return known or await provider.charge(pending.charge)
    except Unavailable as error:
        _log.warning("provider_unavailable", payment_id=str(pending.charge.payment_id), error=str(error))
        return ChargeAnswer("pending")


def _ended(pending: Payment, answer: ChargeAnswer, now: datetime) -> Payment:
    return replace(
        pending,
        status=answer.status,
        method=answer.method,
        failure_code=answer.failure_code,
        paid_at=now if answer.status == "succeeded" else None,
    )
