"""Of the things that were done behind a backup: which come back by themselves, and which somebody has to do again. Pure."""

from __future__ import annotations

from typing import Final

_COME_BACK: Final = frozenset(
    {
        # Kafka has them whole: invoices with their states, payments and credit notes, and what organizations are.
        "credit_note.created",
        "invoice.finalized",
        "invoice.voided",
        "invoice.written_off",
        "organization.deleted",
        "organization.spread",
        "organization.updated",
        "payment.recorded",
        "payment.requested",
        "test_clock.advanced",
        # Records of events.raw, which is read again.
        "backfill.reverted",
        "event.amended",
        "event.voided",
        "event.voided_in_advance",
        "quarantine.repaired",
        "quarantine.waived",
        # Their keys are refused again at once, and metrics are what metrics.changed says.
        "api_key.revoked",
        "metric.archived",
        "metric.unarchived",
        # Nothing is left of them but what they did.
        "billing_run.created",
        "invoice.verification_requested",
        "usage.rebuilt",
        "usage.republished",
        "webhook_dispatch.replayed",
        "webhook_endpoint.pinged",
    }
)


def comes_back(action: str) -> bool:
    """Whether nobody need do it again. What is not known here has to be looked at."""
    return action in _COME_BACK
