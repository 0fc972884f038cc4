"""The first act: the organization's settings and clock, its people and keys, what it counts and sells, who receives its webhooks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from usageflow_cli.api import Refused
from usageflow_cli.seed.cast import INVITED, ISSUER, KEYS, METRICS, OFFERS, PEOPLE, REVOKED, Offer, Payer
from usageflow_cli.seed.desk import Door, joined
from usageflow_cli.seed.stage import Stage, text
from usageflow_cli.seed.timeline import ZONE

NOBODY_LISTENS: Final = "http://127.0.0.1:9/hooks"
WORKS: Final = "Bookkeeping"
"""The endpoint that works, while somebody listens."""

RETIRED: Final = "LEGACY"


def open_organization(stage: Stage, receiver_url: str | None) -> None:
    """Everything that is there before the first event."""
    _settle(stage)
    _turn_back(stage)
    _take_people_in(stage)
    _make_keys(stage)
    for metric in METRICS:
        stage.desk.ensure("/api/metrics", metric, code=metric["code"])
    for offer in OFFERS:
        _offer(stage, offer)
    _point_webhooks(stage, receiver_url)


def welcome(stage: Stage, payer: Payer, at: datetime, trial_days: int | None = None) -> None:
    """A customer, and a subscription that begins then. Periods end with everybody else's."""
    line, city, country = payer.city
    customer = {
        "customerId": payer.customer_id,
        "name": payer.name,
        "email": f"accounts@{payer.customer_id}.example",
        "address": {"line1": line, "city": city, "country": country},
        "paymentMethod": payer.payment_method,
    }
    try:
        stage.once("/api/customers", customer, f"customer {payer.customer_id}")
    except Refused as refusal:
        if refusal.code != "already_exists":
            raise
    if stage.subscription(payer.customer_id) is None:
        plan = stage.desk.the("/api/plans", code=payer.plan)
        body: dict[str, Any] = {"customerId": payer.customer_id, "planId": plan["id"], "startAt": text(at)}
        ends = [bound for bound in stage.timeline.bounds if bound > at]
        if trial_days is not None:
            body["trialDays"] = trial_days
        elif at not in stage.timeline.bounds and ends:
            body["anchorAt"] = text(ends[0])
        stage.once("/api/subscriptions", body, f"subscription {payer.customer_id}")


def _settle(stage: Stage) -> None:
    by_month = stage.timeline.interval == "month"
    settings = {
        "issuer": ISSUER,
        "timeZone": ZONE.key,
        "defaultCurrency": "EUR",
        "invoiceNumberPrefix": "PL-",
        "graceHours": 2,
        "paymentTermDays": 14 if by_month else 1,
        "dunning": {
            "retryAfterDays": [3, 7, 14, 21, 28] if by_month else [1, 2],
            "suspendAfterDays": 30 if by_month else 3,
        },
    }
    if stage.organization["issuer"]["name"] != ISSUER["name"]:
        stage.organization = stage.desk.patch("/api/organization", settings)


def _turn_back(stage: Stage) -> None:
    """The clock goes back once, before anything has begun by it."""
    wall = datetime.now(UTC)
    untouched = abs(stage.now() - wall) < timedelta(minutes=1)
    if untouched and stage.desk.one("/api/subscriptions") is None:
        stage.desk.post("/api/test-clock/advance", {"to": text(stage.timeline.start)}, key="seed clock back")
        stage.wait("the clock", lambda: stage.desk.get("/api/test-clock")["target"] is None)


def members_of(door: Door) -> list[tuple[str, str, str]]:
    """Address, name and role of everybody who joins; they have the addresses of the owner's domain."""
    domain = door.email.rpartition("@")[2]
    return [(f"{local}@{domain}", name, role) for local, name, role in PEOPLE]


def _take_people_in(stage: Stage) -> None:
    desk = stage.desk
    present = {member["email"] for member in desk.get("/api/members")["data"]}
    open_ones = {each["email"]: each["id"] for each in desk.get("/api/invitations")["data"]}
    for email, name, role in members_of(stage.door):
        if email in present:
            continue
        if email in open_ones:  # its token was shown to a run that ended before it was used
            desk.delete(f"/api/invitations/{open_ones[email]}")
        invitation = desk.post("/api/invitations", {"email": email, "role": role})
        joined(stage.door, invitation["token"], name, email)
    waiting = f"{INVITED[0]}@{stage.door.email.rpartition('@')[2]}"
    if waiting not in open_ones:
        desk.post("/api/invitations", {"email": waiting, "role": INVITED[1]})


def _make_keys(stage: Stage) -> None:
    known = {key["name"] for key in stage.desk.pages("/api/api-keys")}
    for name, scopes, days in KEYS:
        if name not in known:
            expires_at = text(datetime.now(UTC) + timedelta(days=days))
            key = stage.desk.post("/api/api-keys", {"name": name, "scopes": scopes, "expiresAt": expires_at})
            if name == REVOKED:
                stage.desk.delete(f"/api/api-keys/{key['id']}")


def _offer(stage: Stage, offer: Offer) -> None:
    timeline = stage.timeline
    body = {
        "code": offer.code,
        "name": offer.name,
        "description": offer.description,
        "currency": offer.currency,
        "publish": True,
        "draft": {
            "interval": timeline.interval,
            "intervalCount": timeline.interval_count,
            "basePrice": offer.base_price,
            "billing": offer.billing,
            "charges": list(offer.charges),
        },
    }
    plan = stage.desk.ensure("/api/plans", body, code=offer.code)
    if offer.code == RETIRED and plan["status"] != "archived":
        stage.once(f"/api/plans/{plan['id']}/archive", {}, "archive")


def _point_webhooks(stage: Stage, receiver_url: str | None) -> None:
    known = {endpoint["description"] for endpoint in stage.desk.pages("/api/webhooks/endpoints")}
    wanted = [(NOBODY_LISTENS, "The old CRM, switched off", ["invoice.created", "invoice.paid"])]
    if receiver_url is not None:
        kinds = [each["name"] for each in stage.desk.get("/api/webhooks/event-types")["data"] if each["name"] != "ping"]
        wanted.append((receiver_url, WORKS, kinds))
    for url, description, kinds in wanted:
        if description not in known:
            body = {"url": url, "description": description, "eventTypes": kinds}
            if stage.tolerant("/api/webhooks/endpoints", body, "url_not_allowed") is None:
                stage.tell(f"no webhook endpoint at {url}: this installation refuses the address")
