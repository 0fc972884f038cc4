"""Corrections and reverts as they stand in the log."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid5

from usageflow_common.ids import event_id
from usageflow_common.records import ActorRecord, AmendEvent, BackfillRevert, VoidEvent

ADA = ActorRecord(type="user", id="ada")
SAID_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def void(org_id, key, *, name=None, **values):
    """A void of the event that was sent with this key; `name` tells it from others."""
    target = event_id(org_id, key)
    return _say(VoidEvent, org_id, name or f"void:{target}", target_event_id=target, **{"base_revision": 1, **values})


def amend(org_id, key, *, name=None, base=1, **values):
    """An amendment of the event that was sent with this key; what is not given stays."""
    unchanged = {"amount": None, "properties": None, "occurred_at": None, "metric_ids": None}
    values = {**unchanged, **values}
    name = name or repr((key, base, values))
    return _say(AmendEvent, org_id, name, target_event_id=event_id(org_id, key), base_revision=base, **values)


def revert(org_id, backfill_id, *, name="revert"):
    """The revert of a backfill, for one partition."""
    return _say(BackfillRevert, org_id, f"{name} {backfill_id}", backfill_id=backfill_id)


def _say(kind, org_id, name, **values):
    common = {"reason": "sent by mistake", "actor": ADA, "received_at": SAID_AT}
    return kind(org_id=org_id, event_id=uuid5(org_id, name), **{**common, **values})
