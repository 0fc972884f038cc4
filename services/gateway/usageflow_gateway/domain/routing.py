"""Which service answers a method and path, what the caller needs for it, and how its body travels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum


class Service(StrEnum):
    """Who answers; also the audience of the token that goes along."""

    GATEWAY = "gateway"
    INGEST = "ingest"
    AGGREGATOR = "aggregator"
    INVOICER = "invoicer"
    WEBHOOKS = "webhooks"


class Plane(Enum):
    """How a request travels. CONTROL: read whole, fingerprinted, sent on. EVENT: joins a micro-batch. EVENTS: streams through.

    BACKFILL: as EVENTS, once the aggregator has said that the backfill of the path is open.
    """

    CONTROL = "control"
    EVENT = "event"
    EVENTS = "events"
    BACKFILL = "backfill"


class Door(Enum):
    """Who gets in: a key or a session of an organization; anybody who has signed in, wherever they belong; everybody."""

    ORGANIZATION = "organization"
    USER = "user"
    EVERYBODY = "everybody"


class KeyRule(Enum):
    """What an Idempotency-Key means on a route."""

    REQUIRED = "required"
    HONOURED = "honoured"
    NAMES_EVENTS = "names_events"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one pattern; a segment in braces stands for any value."""

    method: str
    pattern: str
    service: Service
    scopes: tuple[str, ...]
    key_rule: KeyRule = KeyRule.IGNORED
    plane: Plane = Plane.CONTROL
    door: Door = Door.ORGANIZATION
    gives_up_scope: bool = False
    """What it does takes the scope from whoever asked: repeated, it answers by its Idempotency-Key what it answered first, and else 403."""

    @property
    def takes_events(self) -> bool:
        """Whether this is an ingest route: it goes on where the control plane stops, on one token per caller."""
        return self.plane is not Plane.CONTROL


@dataclass(frozen=True, slots=True)
class WrongMethod:
    """The path exists, the method does not."""

    allowed: tuple[str, ...]


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    wildcard: _Node | None = None
    routes: dict[str, Route] = field(default_factory=dict)


class RouteTable:
    """Finds the route of a request. A literal segment wins over a placeholder, whatever the order of the table."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """ValueError when two routes claim the same requests."""
        self._root = _Node()
        self.routes = tuple(routes)
        for route in self.routes:
            node = self._root
            for segment in route.pattern.removeprefix("/").split("/"):
                if segment.startswith("{"):
                    node.wildcard = node.wildcard or _Node()
                    node = node.wildcard
                else:
                    node = node.children.setdefault(segment, _Node())
            if route.method in node.routes:
                raise ValueError(f"{route.method} {route.pattern} stands in the table twice")
            node.routes[route.method] = route

    def find(self, method: str, segments: tuple[str, ...]) -> Route | WrongMethod | None:
        """The route; None when no pattern matches the path."""
        routes = _collect(self._root, segments)
        if not routes:
            return None
        return routes.get(method) or WrongMethod(tuple(sorted(routes)))


def _collect(node: _Node, segments: tuple[str, ...]) -> Mapping[str, Route]:
    if not segments:
        return node.routes
    literal = node.children.get(segments[0])
    if literal is not None and (found := _collect(literal, segments[1:])):
        return found
    return _collect(node.wildcard, segments[1:]) if node.wildcard is not None else {}
