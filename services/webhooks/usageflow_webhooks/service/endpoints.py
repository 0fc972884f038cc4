"""Endpoints: made, changed, switched, deleted, and their secrets shown and rotated."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations, outbox
from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import FieldError, NotFound, PreconditionFailed, Unavailable, ValidationFailed
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.kafka import Outgoing
from usageflow_common.operations import Answer, Change, audit_record
from usageflow_common.tokens import Caller
from usageflow_common.topics import AUDIT_RECORDED, encode, tenant_key
from usageflow_webhooks.domain.circuit import Circuit
from usageflow_webhooks.domain.endpoints import (
    CONCURRENCY_DEFAULT,
    ENDPOINTS_MAX,
    HEALTH_SPAN,
    OLD_SECRET_LIFETIME,
    OLD_SECRETS_MAX,
    Endpoint,
    Health,
)
from usageflow_webhooks.domain.signing import secret_text
from usageflow_webhooks.domain.targets import TargetRefused, parse_target
from usageflow_webhooks.resolver import AddressRefused, NameUnresolved
from usageflow_webhooks.schemas import EndpointCreate, EndpointPatch, endpoint_body
from usageflow_webhooks.service.context import Webhooks
from usageflow_webhooks.service.facts import announce
from usageflow_webhooks.service.switching import BY_ITSELF, switch_off
from usageflow_webhooks.store import deliveries, endpoints, queue

_RESOLVE_SECONDS = 5.0


async def create_endpoint(parts: Webhooks, caller: Caller, wish: EndpointCreate) -> Answer:
    """A new endpoint, with its secret in the answer. ValidationFailed `url_not_allowed`, or when there are 50 already."""
    # 1. A stored answer goes before everything, also before what the name resolves to today.
    stored = await _stored(parts, caller)
    if stored is not None:
        return stored
    # 2. The network, while no transaction is open.
    await vet(parts, wish.url)
    now = parts.clock.wall()
    async with transaction(parts.engine) as tx:
        stored = await operations.claim(tx, caller)
        if stored is not None:
            return stored
        # 3. Counted under the organization's lock, so that two at once do not make the fifty-first.
        await endpoints.lock_organization(tx, caller.org_id)
        if await endpoints.count_endpoints(tx, caller.org_id) >= ENDPOINTS_MAX:
            raise ValidationFailed.of(FieldError("/url", "out_of_range", f"At most {ENDPOINTS_MAX} endpoints."))
        endpoint = _new_endpoint(parts, caller.org_id, wish, now)
        await endpoints.insert_endpoint(tx, caller.org_id, endpoint)
        key, sealed = parts.vault.make(caller.org_id, endpoint.endpoint_id)
        await endpoints.insert_secret(tx, caller.org_id, sealed, now)
        answer = Answer(201, endpoint_body(endpoint, Health(), secret_text(key)), etag="1")
        change = _change("webhook_endpoint.created", endpoint, after=_audited(endpoint))
        return await operations.finish(tx, caller, answer, change, secret=True)


async def change_endpoint(
    parts: Webhooks, caller: Caller, endpoint_id: UUID, patch: EndpointPatch, version: int | None
) -> Answer:
    """Change what the patch names. A new URL is judged like one of a new endpoint."""
    stored = await _stored(parts, caller)
    if stored is not None:
        return stored
    if "url" in patch.model_fields_set:
        await vet(parts, patch.url)
    async with transaction(parts.engine) as tx:
        stored = await operations.claim(tx, caller)
        if stored is not None:
            return stored
        old = await locked(tx, caller.org_id, endpoint_id, version)
        new = _patched(parts, old, patch)
        if new != old:
            await endpoints.update_endpoint(tx, caller.org_id, new)
        answer = await _answer(tx, parts, new)
        change = _change("webhook_endpoint.updated", new, before=_audited(old), after=_audited(new))
        return await operations.finish(tx, caller, answer, change)


async def enable_endpoint(
    parts: Webhooks, caller: Caller, endpoint_id: UUID, version: int | None, *, discard: bool
) -> Answer:
    """Send to it again, and what was parked too unless it is to be dropped. Enabling what is enabled changes nothing."""
    now = parts.clock.wall()
    async with transaction(parts.engine) as tx:
        stored = await operations.claim(tx, caller)
        if stored is not None:
            return stored
        endpoint = await locked(tx, caller.org_id, endpoint_id, version)
        if not endpoint.enabled:
            endpoint = endpoint.switched(None)
            await endpoints.update_endpoint(tx, caller.org_id, endpoint)
            # A fresh start: what failed before it was disabled does not count against it.
            await endpoints.write_circuit(tx, caller.org_id, endpoint_id, Circuit())
            if discard:
                await queue.discard_waiting(tx, caller.org_id, endpoint_id, now)
            due = await queue.unpark(tx, caller.org_id, endpoint_id, now)
            if due is not None:
                await announce(tx, [due], now)
        answer = await _answer(tx, parts, endpoint)
        return await operations.finish(tx, caller, answer, _change("webhook_endpoint.enabled", endpoint))


async def disable_endpoint(parts: Webhooks, caller: Caller, endpoint_id: UUID, version: int | None) -> Answer:
    """Send nothing to it; what comes is parked. Disabling what is disabled changes nothing."""
    now = parts.clock.wall()
    async with transaction(parts.engine) as tx:
        stored = await operations.claim(tx, caller)
        if stored is not None:
            return stored
        await endpoints.lock_organization(tx, caller.org_id)
        endpoint = await locked(tx, caller.org_id, endpoint_id, version)
        if endpoint.enabled:
            last = await deliveries.newest_delivery(tx, caller.org_id, endpoint_id)
            endpoint = await switch_off(tx, endpoint, "manual", now, last_delivery_id=last)
        answer = await _answer(tx, parts, endpoint)
        return await operations.finish(tx, caller, answer, _change("webhook_endpoint.disabled", endpoint))


async def delete_endpoint(parts: Webhooks, caller: Caller, endpoint_id: UUID, version: int | None) -> Answer:
    """Stop it for good: what waits is dropped, its secrets are forgotten, its log stays."""
    now = parts.clock.wall()
    async with transaction(parts.engine) as tx:
        stored = await operations.claim(tx, caller)
        if stored is not None:
            return stored
        endpoint = await locked(tx, caller.org_id, endpoint_id, version)
        await _end(tx, caller.org_id, endpoint, now)
        change = _change("webhook_endpoint.deleted", endpoint, before=_audited(endpoint))
        return await operations.finish(tx, caller, Answer(204, None), change)


async def end_endpoints(engine: AsyncEngine, clock: Clock, org_id: UUID) -> None:
    """Stop all of an organization that has ended, as by `delete_endpoint`. Again, it changes nothing."""
    now = clock.wall()
    async with transaction(engine) as tx:
        await endpoints.lock_organization(tx, org_id)
        for each in await endpoints.hold_endpoints(tx, org_id):
            await _end(tx, org_id, each, now)
            change = _change("webhook_endpoint.deleted", each, before=_audited(each))
            await operations.record_change(tx, org_id, BY_ITSELF, change)


async def rotate_secret(parts: Webhooks, caller: Caller, endpoint_id: UUID, version: int | None) -> Answer:
    """A new secret, in the answer. The old one signs too for 24 hours; of old ones there are at most two."""
    now = parts.clock.wall()
    async with transaction(parts.engine) as tx:
        stored = await operations.claim(tx, caller)
        if stored is not None:
            return stored
        endpoint = await locked(tx, caller.org_id, endpoint_id, version)
        await endpoints.retire_secret(
            tx, caller.org_id, endpoint_id, now=now, expires_at=now + OLD_SECRET_LIFETIME, keep=OLD_SECRETS_MAX
        )
        key, sealed = parts.vault.make(caller.org_id, endpoint_id)
        await endpoints.insert_secret(tx, caller.org_id, sealed, now)
        endpoint = replace(endpoint, secret_rotated_at=now, version=endpoint.version + 1)
        await endpoints.update_endpoint(tx, caller.org_id, endpoint)
        answer = await _answer(tx, parts, endpoint, secret_text(key))
        change = _change("webhook_endpoint.secret_rotated", endpoint)
        return await operations.finish(tx, caller, answer, change, secret=True)


async def reveal_secret(parts: Webhooks, caller: Caller, endpoint_id: UUID) -> Mapping[str, Any]:
    """The endpoint with its current secret. Reading it is audited, in the same transaction."""
    now = parts.clock.wall()
    async with transaction(parts.engine) as tx:
        endpoint = await endpoints.get_endpoint(tx, caller.org_id, endpoint_id)
        if endpoint is None or endpoint.deleted_at is not None:
            raise NotFound
        live = (await endpoints.live_secrets(tx, [(caller.org_id, endpoint_id)], now))[endpoint_id]
        entry = audit_record(caller, _change("webhook_endpoint.secret_revealed", endpoint))
        await outbox.enqueue(tx, [Outgoing(AUDIT_RECORDED, tenant_key(caller.org_id), encode(entry))])
        health = await _health(tx, parts, endpoint)
    return endpoint_body(endpoint, health, secret_text(parts.vault.open(caller.org_id, live[0])))


async def locked(tx: Transaction, org_id: UUID, endpoint_id: UUID, version: int | None = None) -> Endpoint:
    """An endpoint, locked; NotFound, or PreconditionFailed when it is not the version that the caller saw."""
    endpoint = await endpoints.lock_endpoint(tx, org_id, endpoint_id)
    if endpoint is None or endpoint.deleted_at is not None:
        raise NotFound
    if version is not None and version != endpoint.version:
        raise PreconditionFailed(f"The endpoint is at version {endpoint.version}.")
    return endpoint


async def vet(parts: Webhooks, url: str) -> None:
    """Refuse a URL that no webhook may have, or whose name has an address that none may go to."""
    try:
        target = parse_target(url)
        async with asyncio.timeout(_RESOLVE_SECONDS):
            await parts.resolver.vetted(target)
    except TargetRefused as refused:
        raise _not_allowed(str(refused)) from refused
    except AddressRefused as refused:
        raise _not_allowed("The host has an address that webhooks may not go to, or plain http is used.") from refused
    except NameUnresolved as unresolved:
        if unresolved.temporary:
            raise Unavailable("The host's name could not be looked up just now.") from unresolved
        raise _not_allowed("The host has no address.") from unresolved
    except TimeoutError as error:
        raise _not_allowed("The host's name server does not answer.") from error


def _not_allowed(detail: str) -> ValidationFailed:
    return ValidationFailed(detail, code="url_not_allowed", errors=[FieldError("/url", "invalid_value", detail)])


async def _stored(parts: Webhooks, caller: Caller) -> Answer | None:
    async with transaction(parts.engine) as tx:
        return await operations.claim(tx, caller)


async def _answer(tx: Transaction, parts: Webhooks, endpoint: Endpoint, secret: str | None = None) -> Answer:
    body = endpoint_body(endpoint, await _health(tx, parts, endpoint), secret)
    return Answer(200, body, etag=str(endpoint.version))


async def _health(tx: Transaction, parts: Webhooks, endpoint: Endpoint) -> Health:
    since = parts.clock.wall() - HEALTH_SPAN
    return (await endpoints.read_health(tx, endpoint.org_id, [endpoint.endpoint_id], since))[endpoint.endpoint_id]


def _new_endpoint(parts: Webhooks, org_id: UUID, wish: EndpointCreate, now: datetime) -> Endpoint:
    endpoint = Endpoint(
        org_id=org_id,
        endpoint_id=new_id(),
        url=wish.url,
        description=wish.description,
        event_types=tuple(wish.event_types),
        disabled_reason=None,
        secret_rotated_at=now,
        created_at=now,
        deleted_at=None,
        version=1,
        concurrency=wish.concurrency or CONCURRENCY_DEFAULT,
        rate_per_second=wish.rate_per_second,
    )
    return _with_headers(parts, endpoint, wish.headers or {})


def _with_headers(parts: Webhooks, endpoint: Endpoint, headers: Mapping[str, str]) -> Endpoint:
    if not headers:
        return replace(endpoint, header_names=(), headers_key_id=None, headers_sealed=None)
    key_id, sealed = parts.vault.seal_headers(endpoint.org_id, endpoint.endpoint_id, headers)
    return replace(endpoint, header_names=tuple(headers), headers_key_id=key_id, headers_sealed=sealed)


def _patched(parts: Webhooks, old: Endpoint, patch: EndpointPatch) -> Endpoint:
    given = patch.model_fields_set
    new = replace(
        old,
        url=patch.url if "url" in given else old.url,
        description=patch.description if "description" in given else old.description,
        event_types=tuple(patch.event_types) if "event_types" in given else old.event_types,
        concurrency=(patch.concurrency or CONCURRENCY_DEFAULT) if "concurrency" in given else old.concurrency,
        rate_per_second=patch.rate_per_second if "rate_per_second" in given else old.rate_per_second,
    )
    if "headers" in given:
        new = _with_headers(parts, new, patch.headers or {})
    return new if new == old else replace(new, version=old.version + 1)


async def _end(tx: Transaction, org_id: UUID, endpoint: Endpoint, now: datetime) -> None:
    reason = endpoint.disabled_reason or "manual"
    gone = replace(endpoint, disabled_reason=reason, deleted_at=now, version=endpoint.version + 1)
    await endpoints.update_endpoint(tx, org_id, gone)
    await queue.discard_waiting(tx, org_id, endpoint.endpoint_id, now)
    await endpoints.forget_secrets(tx, org_id, endpoint.endpoint_id)


def _audited(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "url": endpoint.url,
        "description": endpoint.description,
        "eventTypes": list(endpoint.event_types),
        "headers": list(endpoint.header_names),
        "ratePerSecond": endpoint.rate_per_second,
        "concurrency": endpoint.concurrency,
    }


def _change(
    action: str,
    endpoint: Endpoint,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Change:
    return Change(action, "webhook_endpoint", public_id(Prefix.ENDPOINT, endpoint.endpoint_id), before, after)
