"""The last act, at the present: what was refused and corrected, what is scheduled, and a draft that waits. Then the figures."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from usageflow_cli.seed.cast import OFFERS
from usageflow_cli.seed.stage import Stage, text

DELIVERIES_SECONDS: Final = 15.0
COUNTED_SECONDS: Final = 60.0
CORRECTED: Final = "creperie-elodie"


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric over the whole story: as counted here, and as the API gives it."""

    metric: str
    expected: str
    found: str
    events: int

    @property
    def right(self) -> bool:
        """Whether they agree."""
        return self.expected == self.found


def finish(stage: Stage, receiver_url: str | None) -> None:
    """What a page about the present shows."""
    stage.advance(stage.timeline.until)
    _be_refused(stage)
    _correct(stage)
    _schedule(stage)
    _leave_draft(stage)
    _open_backfill(stage)
    if receiver_url is not None:
        _await_deliveries(stage, receiver_url)
    stage.tell("refusals, corrections, a scheduled change, a draft of a new version")


def figures(stage: Stage) -> list[Figure]:
    """Every metric's total over the story, once it is what was sent, or does not become it."""
    return [_figure(stage, metric, expected) for metric, expected in stage.tally.expected().items()]


def _figure(stage: Stage, metric: str, expected: str) -> Figure:
    begin, end = text(stage.timeline.start), text(stage.timeline.until + timedelta(hours=1))
    deadline = time.monotonic() + COUNTED_SECONDS
    while True:
        usage = stage.desk.get("/api/usage", metric=metric, **{"from": begin, "to": end})["total"]
        if usage["value"] == expected or time.monotonic() > deadline:
            return Figure(metric, expected, usage["value"], usage["eventCount"])
        time.sleep(0.25)


def statuses(stage: Stage) -> dict[str, int]:
    """How many invoices are in each state."""
    counted: dict[str, int] = {}
    for invoice in stage.desk.pages("/api/invoices", limit="200"):
        counted[invoice["status"]] = counted.get(invoice["status"], 0) + 1
    return dict(sorted(counted.items()))


def _be_refused(stage: Stage) -> None:
    at = text(stage.timeline.until - timedelta(hours=2))
    event = {"customerId": "atlas-robotics", "timestamp": at}
    if stage.desk.one("/api/rejected-events", limit="1") is None:
        ahead = text(stage.timeline.until + timedelta(days=3))
        wrong = [
            {**event, "metric": "API_CALLS", "amount": 12, "idempotencyKey": "refused-1"},
            {**event, "metric": "API_CALLS", "amount": 7, "idempotencyKey": "refused-2"},
            {"metric": "API_CALL", "amount": 3, "timestamp": at, "idempotencyKey": "refused-3"},
            {**event, "metric": "API_CALL", "amount": "12.0000000000001", "idempotencyKey": "refused-4"},
            {**event, "metric": "LLM_CALL", "timestamp": ahead, "idempotencyKey": "refused-5"},
        ]
        stage.tolerant("/api/track/batch", {"events": wrong}, "all_events_rejected")
    call = {"metric": "API_CALL", "customerId": "copper-kettle", "timestamp": at, "idempotencyKey": "sent-twice"}
    stage.send([{**call, "amount": 40}])
    if stage.desk.one("/api/conflicts", limit="1") is None:
        stage.desk.post("/api/track/batch", {"events": [{**call, "amount": 41}]})


def _correct(stage: Stage) -> None:
    """One event is taken back and one is amended; the tally follows."""
    for mark, amount in (("taken-back", 5_000), ("amended", 9_000)):
        at = text(stage.timeline.until - timedelta(hours=3))
        event = {"metric": "API_CALL", "customerId": CORRECTED, "timestamp": at, "idempotencyKey": mark}
        stage.send([{**event, "amount": amount}])
        counted = stage.wait("an event", partial(stage.event, mark))
        path = f"/api/events/{counted['eventId']}"
        if mark == "taken-back":
            if counted["status"] == "counted":
                stage.once(f"{path}/void", {"reason": "A load test, not the customer's"}, mark)
            stage.tally.sums["API_CALL"] -= amount
        else:
            if counted["status"] == "counted":
                stage.once(f"{path}/amend", {"amount": "90", "reason": "Counted in hundredths"}, mark)
            stage.tally.sums["API_CALL"] -= amount - 90


def _schedule(stage: Stage) -> None:
    leaving = stage.subscription("kestrel")
    if leaving and leaving["cancelAt"] is None and leaving["status"] != "canceled":
        body = {"at": "period_end", "reason": "Moves to an own system"}
        stage.once(f"/api/subscriptions/{leaving['id']}/cancel", body, "cancel kestrel")
    growing = stage.subscription("al-nakheel")
    path = f"/api/subscriptions/{growing['id']}/thresholds" if growing else ""
    if growing and not stage.desk.get(path)["data"]:
        stage.once(path, {"amount": {"amountMinor": 150_000, "currency": "KWD"}}, "threshold")
    moving = stage.subscription("copper-kettle")
    if moving and not moving["scheduledChanges"] and moving["status"] != "canceled":
        plan = stage.desk.the("/api/plans", code="SCALE")
        body = {"effective": "period_end", "planId": plan["id"]}
        stage.tolerant(f"/api/subscriptions/{moving['id']}/change", body, "invalid_state", "state_conflict")


def _leave_draft(stage: Stage) -> None:
    """The next version of a plan, dearer by a tenth, not published."""
    plan = stage.desk.one("/api/plans", code="SCALE")
    plan = plan and stage.desk.get(f"/api/plans/{plan['id']}")
    if plan is None or plan["draft"] is not None:
        return
    [offer] = [offer for offer in OFFERS if offer.code == "SCALE"]
    definition = {
        "interval": stage.timeline.interval,
        "intervalCount": stage.timeline.interval_count,
        "basePrice": "540.00",
        "billing": offer.billing,
        "charges": list(offer.charges),
    }
    stage.desk.put(f"/api/plans/{plan['id']}/draft", definition, version=plan["version"])


def _open_backfill(stage: Stage) -> None:
    if stage.desk.one("/api/backfills") is None:
        start = stage.timeline.start - timedelta(days=30)
        body = {
            "name": "logs-before-the-start",
            "reason": "Usage of the pilot, for the record",
            "from": text(start),
            "to": text(start + timedelta(days=7)),
        }
        stage.once("/api/backfills", body, "backfill")


def _await_deliveries(stage: Stage, url: str) -> None:
    """What is on its way to an endpoint arrives while somebody listens there."""
    found = [each["id"] for each in stage.desk.pages("/api/webhooks/endpoints") if each["url"] == url]
    deadline = time.monotonic() + DELIVERIES_SECONDS
    for endpoint_id in found:
        query = {"endpointId": endpoint_id, "status": "pending"}
        while stage.desk.one("/api/webhooks/dispatches", **query) and time.monotonic() < deadline:
            time.sleep(0.25)
