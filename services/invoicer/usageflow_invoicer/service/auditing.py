"""Verify whole organizations: every invoice from raw events, and the chain from its first number to where the sequencer stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import is_unavailable, transaction
from usageflow_common.errors import Unavailable
from usageflow_common.logs import get_logger
from usageflow_invoicer.domain.hashing import GENESIS_HASH
from usageflow_invoicer.domain.verification import Check, verify
from usageflow_invoicer.service.evidence import RawEvents, read_stored, recount_lines
from usageflow_invoicer.store.invoices import chains
from usageflow_invoicer.store.invoices.chains import ChainEnd, Numbered

_PAGE: Final = 200

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Verified:
    """One invoice; no failed check, or what is wrong with it. `fault`: its rows do not even fit together."""

    invoice: Numbered
    events: int
    failed: tuple[Check, ...]
    fault: str | None = None

    @property
    def passed(self) -> bool:
        """Whether everything is as it was computed again."""
        return not self.failed and self.fault is None


@dataclass(frozen=True, slots=True)
class ChainFault:
    """Where a chain is broken: a number that is missing, or an end that is not the sequencer's."""

    sequence: int
    detail: str


async def organizations(engine: AsyncEngine) -> list[UUID]:
    """All that can be verified."""
    async with transaction(engine, read_only=True) as tx:
        return await chains.organizations_with_chain(tx)


async def verify_organization(
    engine: AsyncEngine, raw_events: RawEvents, org_id: UUID, *, after: int = 0
) -> AsyncIterator[Verified | ChainFault]:
    """Every invoice behind the number `after` that is there at the beginning, in order. Unavailable when raw events cannot be read."""
    async with transaction(engine, read_only=True) as tx:
        end = await chains.chain_end(tx, org_id)
    last = Numbered(after, org_id, "", GENESIS_HASH)
    while end is not None and last.sequence < end.sequence:
        async with transaction(engine, read_only=True) as tx:
            page = await chains.numbered_after(tx, org_id, last.sequence, _PAGE)
        for invoice in page:
            if invoice.sequence > end.sequence:
                break
            if invoice.sequence != last.sequence + 1:
                yield ChainFault(last.sequence + 1, f"missing before {invoice.number}")
            yield await _verify(engine, raw_events, org_id, invoice)
            last = invoice
        if len(page) < _PAGE:
            break
    if fault := _end_fault(end, last, after):
        yield fault


async def _verify(engine: AsyncEngine, raw_events: RawEvents, org_id: UUID, invoice: Numbered) -> Verified:
    try:
        stored = await recount_lines(await read_stored(engine, org_id, invoice.invoice_id), raw_events)
        failed = tuple(check for check in verify(stored) if not check.passed)
    except Exception as error:
        if is_unavailable(error) or isinstance(error, Unavailable):
            raise
        _log.error("verification_broke_off", invoice_id=str(invoice.invoice_id), exc_info=error)
        return Verified(invoice, 0, (), f"{type(error).__name__}: its rows do not fit together")
    return Verified(invoice, sum(usage.event_count for usage in stored.recounted.values()), failed)


def _end_fault(end: ChainEnd | None, last: Numbered, after: int) -> ChainFault | None:
    if end is None or end.sequence <= after:
        return None
    if last.sequence != end.sequence:
        return ChainFault(last.sequence + 1, f"missing: the sequencer stands at {end.sequence}")
    if last.hash != end.hash:
        return ChainFault(last.sequence, f"has the hash {last.hash}, the sequencer {end.hash}")
    return None
