"""Periods pass: usage arrives, invoices are issued, money comes or does not, some usage comes late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from usageflow_cli.seed.cast import ON_TRIAL, PAYERS, TRIAL_DAYS, UNKNOWN, Payer
from usageflow_cli.seed.opening import welcome
from usageflow_cli.seed.stage import Stage
from usageflow_cli.seed.timeline import CLOSED
from usageflow_cli.seed.usage import STEADY, Habit, events_of

LATE_FROM: Final = "nordversicherung"
JOINS_AT: Final = 50
"""Percent of the period in which a customer comes that was not there from the beginning."""

SETTLED_AT: Final = 30


def begin(stage: Stage) -> None:
    """The customers of the first hour."""
    for payer in PAYERS:
        if payer.comes_in == 0:
            welcome(stage, payer, stage.timeline.start)


def pass_period(stage: Stage, period: int) -> None:
    """One period: newcomers, its usage, and once it is closed what happens to its invoices."""
    newcomers = [payer for payer in PAYERS if payer.comes_in == period > 0]
    if newcomers:
        at = stage.timeline.within(period, JOINS_AT)
        stage.advance(at)
        for payer in newcomers:
            welcome(stage, payer, at)
    start, end = stage.timeline.period(period)
    stage.advance(end)
    count = stage.send([event for event in _usage(stage, period) if not _is_late(stage, event, period)])
    stage.tell(f"{count:,} events of {start:%-d %B} to {end - timedelta(hours=1):%-d %B %Y}")
    if period == CLOSED:
        return
    stage.advance(stage.timeline.within(period + 1, SETTLED_AT))
    if period == 0:
        late = [event for event in _usage(stage, 0) if _is_late(stage, event, 0)]
        stage.send(late)
        stage.tell(f"{len(late)} events came late: the next invoice has an adjustment line for them")
    _settle(stage, period)
    issued = sum(1 for payer in PAYERS for _ in stage.invoices(payer.customer_id, period))
    stage.tell(f"closed, {issued} invoices issued and settled as far as they are")


def welcome_trial(stage: Stage) -> None:
    """Somebody who tries it out."""
    at = stage.timeline.within(CLOSED, 10)
    stage.advance(at)
    welcome(stage, ON_TRIAL, at, TRIAL_DAYS)


def _usage(stage: Stage, period: int) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    for payer in (*PAYERS, ON_TRIAL):
        if payer.comes_in <= period:
            span = _present(stage, payer, period)
            for habit in payer.habits:
                events += events_of(stage.seed, payer.customer_id, habit, span, stage.timeline.start.date())
    if period >= CLOSED - 1:
        habit = Habit("API_CALL", 4, 60, hours=STEADY)
        events += events_of(stage.seed, UNKNOWN, habit, stage.timeline.period(period), stage.timeline.start.date())
    return sorted(events, key=lambda event: (event["timestamp"], event["idempotencyKey"]))


def _present(stage: Stage, payer: Payer, period: int) -> tuple[datetime, datetime]:
    """The part of a period in which a customer is there."""
    start, end = stage.timeline.period(period)
    if payer.comes_in == period > 0:
        start = stage.timeline.within(period, 10 if payer is ON_TRIAL else JOINS_AT)
    return start, end


def _is_late(stage: Stage, event: dict[str, Any], period: int) -> bool:
    """Some of one customer's last days of the first period: a collector was down."""
    if period != 0 or event["customerId"] != LATE_FROM or event["metric"] != "API_CALL":
        return False
    at = datetime.fromisoformat(event["timestamp"]).astimezone(UTC)
    return at > stage.timeline.bounds[1] - timedelta(days=4) and event["idempotencyKey"].endswith(("2", "3", "5", "7"))


def _settle(stage: Stage, period: int) -> None:
    """By transfer, in part, not at all, void, credited, written off."""
    for customer_id in ("nordversicherung", "hoshi-soft"):
        _pay(stage, customer_id, period, 100)
    _pay(stage, "al-nakheel", period, 100 if period < 2 else 60)
    _pay(stage, "kestrel", period, 100 if period != 1 else 0)
    _pay(stage, "copper-kettle", period, 100 if period == 0 else 0)
    _pay(stage, "smorgas", period, 100 if period > 0 else 0)
    if period == 1:
        _credit(stage, "mueller-soehne", period)
        _close_otherwise(stage, "kestrel", period, "void", "Billed to the wrong entity; the contract names another one")
        _close_otherwise(stage, "smorgas", 0, "mark-uncollectible", "The receiver in bankruptcy pays nothing")
        _decline(stage, "creperie-elodie")
        subscription = stage.subscription("smorgas")
        if subscription and subscription["suspension"] is None:
            stage.tolerant(f"/api/subscriptions/{subscription['id']}/pause", {}, "invalid_state", "state_conflict")


def _pay(stage: Stage, customer_id: str, period: int, percent: int) -> None:
    for invoice in stage.invoices(customer_id, period) if percent else ():
        reference = f"transfer {invoice['number']}"
        if invoice["status"] == "open" and stage.desk.one("/api/payments", reference=reference) is None:
            total = invoice["total"]
            amount = total | {"amountMinor": total["amountMinor"] * percent // 100}
            body = {"status": "succeeded", "amount": amount, "reference": reference, "method": "bank transfer"}
            stage.once(f"/api/invoices/{invoice['id']}/payments", body, reference)


def _credit(stage: Stage, customer_id: str, period: int) -> None:
    for invoice in stage.invoices(customer_id, period):
        if stage.desk.one("/api/credit-notes", invoiceId=invoice["id"]) is None:
            lines = stage.desk.get(f"/api/invoices/{invoice['id']}")["lines"]
            line = max(lines, key=lambda each: int(each["amount"]["amountMinor"]))
            amount = line["amount"] | {"amountMinor": line["amount"]["amountMinor"] // 10}
            body = {
                "disposition": "next_invoice",
                "reason": "Four hours without answers from eu-central",
                "lines": [{"lineId": line["id"], "amount": amount}],
            }
            stage.once(f"/api/invoices/{invoice['id']}/credit-notes", body, f"credit {invoice['number']}")


def _close_otherwise(stage: Stage, customer_id: str, period: int, verb: str, reason: str) -> None:
    for invoice in stage.invoices(customer_id, period):
        if invoice["status"] == "open":
            stage.once(f"/api/invoices/{invoice['id']}/{verb}", {"reason": reason}, f"{verb} {invoice['number']}")


def _decline(stage: Stage, customer_id: str) -> None:
    """From now on the card is refused."""
    if stage.desk.get(f"/api/customers/{customer_id}")["paymentMethod"] != "test_declined":
        stage.desk.patch(f"/api/customers/{customer_id}", {"paymentMethod": "test_declined"})
