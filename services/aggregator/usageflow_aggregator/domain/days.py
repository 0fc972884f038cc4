"""The UTC day on which an event was appended to the log: it decides where the event is kept, and the ledger remembers it. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime


def day_of(appended_at: datetime) -> date:
    """The day of an aware instant."""
    return (appended_at if appended_at.tzinfo is UTC else appended_at.astimezone(UTC)).date()
