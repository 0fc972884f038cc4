"""`restore`: organizations as Kafka knows them, keys that were revoked since, nobody signed in; and what else was done since the backup."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import instant_text
from usageflow_common.errors import Unavailable
from usageflow_common.ids import Prefix, public_id
from usageflow_common.kafka import Bus, LogReader
from usageflow_common.records import AuditRecord, OrganizationRecord
from usageflow_common.settings import read_settings
from usageflow_common.topics import AUDIT_RECORDED, ORGANIZATIONS_CHANGED, Topic, decode
from usageflow_gateway.commands import DONE, NOT_REACHABLE, command_engine
from usageflow_gateway.domain.audit_chain import shown_id
from usageflow_gateway.domain.losses import comes_back
from usageflow_gateway.service import audit, restoring
from usageflow_gateway.settings import CommandSettings


async def run_restore(_arguments: argparse.Namespace) -> int:
    """Prints a line for each thing that has to be done again by hand, and one with the sums.

    The audit log of the backup ends where the backup does; what Kafka has behind that is what the database has lost.
    """
    settings = read_settings(CommandSettings)
    bus = Bus(settings, "gateway")
    async with command_engine(settings) as engine:
        try:
            organizations = await _adopt_organizations(engine, bus)
            lost, revoked = await _tell_losses(engine, bus)
        except Unavailable as error:
            sys.stderr.write(f"{error.detail}\n")
            return NOT_REACHABLE
        sessions = await restoring.end_all_sessions(engine)
    _print({"organizations": organizations, "keysRevoked": revoked, "sessionsEnded": sessions, "byHand": dict(lost)})
    return DONE


async def _adopt_organizations(engine: AsyncEngine, bus: Bus) -> int:
    adopted = 0
    async with _log(bus, ORGANIZATIONS_CHANGED) as reader:
        async for message in reader.stream(0):
            record = decode(ORGANIZATIONS_CHANGED, message.value, message.headers.get("schema"))
            if isinstance(record, OrganizationRecord):
                adopted += await restoring.adopt_organization(engine, record)
    return adopted


async def _tell_losses(engine: AsyncEngine, bus: Bus) -> tuple[Counter[str], int]:
    """How often what has to be done by hand, by action; and how many keys were revoked again."""
    lost, revoked = Counter[str](), 0
    async with _log(bus, AUDIT_RECORDED) as reader:
        for partition in range(bus.partitions(AUDIT_RECORDED)):
            async for message in reader.stream(partition, await audit.position_of(engine, partition)):
                entry = decode(AUDIT_RECORDED, message.value, message.headers.get("schema"))
                if not isinstance(entry, AuditRecord) or entry.outcome != "done":
                    continue
                revoked += await restoring.revoke_again(engine, entry)
                if not comes_back(entry.action):
                    lost[entry.action] += 1
                    _print(_shown(entry))
    return lost, revoked


def _shown(entry: AuditRecord) -> dict[str, object]:
    target = entry.target.get("id", "")
    return {
        "byHand": entry.action,
        "organizationId": public_id(Prefix.ORGANIZATION, entry.org_id),
        "target": shown_id(entry.target.get("type", ""), target),
        "at": instant_text(entry.at),
        "entryId": public_id(Prefix.AUDIT_ENTRY, entry.entry_id),
    }


@asynccontextmanager
async def _log(bus: Bus, topic: Topic) -> AsyncIterator[LogReader]:
    reader = LogReader(bus, topic)
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


def _print(value: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.flush()
