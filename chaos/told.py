"""The proof of deliveries: what the invoicer told, what was stored of it, what was logged and what the receivers noted agree. Pure."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from chaos.moods import GONE, Mood
from chaos.proof import Difference
from chaos.receiver import Request
from chaos.store import Sent, ToldFact

OWN_TYPES: Final = frozenset({"ping", "endpoint.disabled"})
"""Made by the webhooks service itself; the news of an endpoint's end is not for this endpoint."""

_REFUSING: Final[tuple[Mood, ...]] = ("broken", "busy", "gone")


def compare_facts(told: Sequence[UUID], invoice_ids: Sequence[str], stored: Sequence[ToldFact]) -> list[Difference]:
    """Every fact in the log is stored once, nothing else is, numbered without a gap; each invoice was told as created once."""
    found = []
    own = [fact for fact in stored if fact.type not in OWN_TYPES]
    if lost := set(told) - {fact.event_id for fact in own}:
        found.append(Difference(f"{len(lost)} facts told and not stored", str(sorted(lost)[:3])))
    if invented := {fact.event_id for fact in own} - set(told):
        found.append(Difference(f"{len(invented)} facts stored that nobody told", str(sorted(invented)[:3])))
    if [fact.sequence for fact in stored] != list(range(1, len(stored) + 1)):
        found.append(Difference("facts are not numbered without gaps", "webhook events"))
    created = Counter(json.loads(fact.body)["data"]["invoice"]["id"] for fact in own if fact.type == "invoice.created")
    found += [Difference(f"told as created {created[each]} times", each) for each in invoice_ids if created[each] != 1]
    return found


def compare_deliveries(
    facts: Sequence[ToldFact], sent: Sequence[Sent], endpoints: Mapping[str, UUID], requests: Sequence[Request]
) -> list[Difference]:
    """Each fact reached each receiver with its own id and the same bytes, or is parked where that has gone; every attempt is logged."""
    by_pair = {(one.event_id, one.endpoint_id): one for one in sent}
    came: dict[tuple[str, str], list[Request]] = defaultdict(list)
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for request in requests:
        came[request.path, request.webhook_id].append(request)
        bodies[request.webhook_id].add(request.body_digest)
    found = [
        Difference(f"{len(each)} different bodies", webhook_id) for webhook_id, each in bodies.items() if len(each) > 1
    ]
    unknown = bodies.keys() - {fact.webhook_id for fact in facts}
    found += [Difference("received, and no such fact is stored", webhook_id) for webhook_id in unknown]
    for path, endpoint_id in endpoints.items():
        for fact in facts:
            if path == GONE and fact.type == "endpoint.disabled":
                continue
            one, at = by_pair.get((fact.event_id, endpoint_id)), f"{fact.webhook_id} for {path}"
            if one is None:
                found.append(Difference("a fact without its dispatch", at))
            else:
                found += [Difference(what, at) for what in _judge(one, came[path, fact.webhook_id], path)]
    return found


def _judge(one: Sent, requests: Sequence[Request], path: str) -> Iterator[str]:
    ends = {"delivered", "parked"} if path == GONE else {"delivered"}
    if one.status not in ends:
        yield f"ended as {one.status}"
    if one.logged != tuple(range(1, one.attempts + 1)):
        yield f"attempts {one.logged} logged of {one.attempts}"
    if one.status == "delivered" and (one.errors.count(None) != 1 or one.errors[-1] is not None):
        yield f"delivered after {one.errors}"
    # An answer may have been lost with its worker; one that is logged was given. A connection that had been standing and broke without
    # an answer is made anew within the same attempt, so only requests that were answered are counted against attempts.
    moods = Counter(request.mood for request in requests)
    refused = sum(moods[mood] for mood in _REFUSING)
    if moods["fine"] < one.errors.count(None):
        yield f"{one.errors.count(None)} successes logged, {moods['fine']} answered"
    if refused < one.errors.count("http_status"):
        yield f"{one.errors.count('http_status')} refusals logged, {refused} answered"
    if moods["fine"] + refused > one.attempts:
        yield f"{moods['fine'] + refused} requests answered, {one.attempts} attempts logged"
