"""API keys as members make, replace and revoke them. A DEVELOPER sees and makes ingest keys alone."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import (
    FieldError,
    InsufficientScope,
    NotFound,
    PreconditionFailed,
    StateConflict,
    ValidationFailed,
)
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.operations import Answer, Change
from usageflow_common.tokens import Caller
from usageflow_gateway.domain.api_keys import (
    ALPHABET,
    BODY_LENGTH,
    compose_secret,
    last_four_of,
    secret_hash,
    start_of,
)
from usageflow_gateway.domain.scopes import INGEST_SCOPES, KEY_SCOPES, Role, key_scopes
from usageflow_gateway.schemas.api_keys import KeyCreate, key_body, status_of
from usageflow_gateway.store import api_keys as store
from usageflow_gateway.store import keys, organizations
from usageflow_gateway.store.api_keys import StoredKey


@dataclass(frozen=True, slots=True)
class KeyMaker:
    """What making and showing keys needs."""

    engine: AsyncEngine
    clock: Clock
    pepper: bytes

    async def list_keys(self, caller: Caller, statuses: Sequence[str] | None) -> list[StoredKey]:
        """Those that the caller may see, newest first."""
        now = self.clock.wall()
        async with transaction(self.engine, read_only=True) as tx:
            found = await store.list_keys(tx, caller.org_id)
        return [key for key in found if _may_see(caller, key) and (statuses is None or status_of(key, now) in statuses)]

    async def get_key(self, caller: Caller, key_id: UUID) -> StoredKey:
        """One that the caller may see."""
        async with transaction(self.engine, read_only=True) as tx:
            return await _find(tx, caller, key_id)

    async def create_key(self, caller: Caller, wanted: KeyCreate) -> Answer:
        """InsufficientScope for more than the caller's role gives to keys; ValidationFailed for what no key can hold."""
        scopes, now = frozenset(wanted.scopes), self.clock.wall()
        if unknown := sorted(scopes - KEY_SCOPES):
            index = wanted.scopes.index(unknown[0])
            raise ValidationFailed.of(FieldError(f"/scopes/{index}", "invalid_value", "No key can hold this scope"))
        if missing := sorted(scopes - key_scopes(Role(caller.role or Role.VIEWER))):
            raise InsufficientScope(missing[0])
        if wanted.expires_at is not None and wanted.expires_at <= now:
            raise ValidationFailed.of(FieldError("/expiresAt", "out_of_range", "Must lie ahead"))
        async with transaction(self.engine) as tx:
            if done := await operations.claim(tx, caller):
                return done
            made = StoredKey(
                new_id(), wanted.name, "", "", tuple(sorted(scopes)), caller.actor.id, now, wanted.expires_at,
                None, wanted.allowed_addresses, None, None, 1,
            )  # fmt: skip
            return await self._make(tx, caller, made, "created")

    async def reroll(self, caller: Caller, key_id: UUID, overlap: timedelta) -> Answer:
        """A new key that opens what the old one opens, which ends after the overlap. StateConflict when it has ended."""
        now = self.clock.wall()
        async with transaction(self.engine) as tx:
            if done := await operations.claim(tx, caller):
                return done
            old = await _find(tx, caller, key_id, lock=True)
            if status_of(old, now) != "active":
                raise StateConflict("The key opens nothing any more.", status_of(old, now))
            end = now + overlap
            await store.update_key(
                tx, caller.org_id, key_id, expires_at=end if old.expires_at is None else min(end, old.expires_at)
            )
            made = StoredKey(
                new_id(), old.name, "", "", old.scopes, old.created_by, now, old.expires_at,
                None, old.allowed_addresses, None, key_id, 1,
            )  # fmt: skip
            return await self._make(tx, caller, made, "rerolled")

    async def rename(self, caller: Caller, key_id: UUID, name: str, expected: int | None) -> Answer:
        """Another name."""
        async with transaction(self.engine) as tx:
            if done := await operations.claim(tx, caller):
                return done
            before = await _find(tx, caller, key_id, lock=True)
            _expect(before, expected)
            await store.update_key(tx, caller.org_id, key_id, name=name)
            after = await _find(tx, caller, key_id)
            shown = self._shown(after)
            change = _change("renamed", key_id, self._shown(before), shown)
            return await operations.finish(tx, caller, Answer(200, shown, etag=str(after.version)), change)

    async def revoke(self, caller: Caller, key_id: UUID, expected: int | None) -> Answer:
        """It opens nothing any more, anywhere, within a second; once more is no harm."""
        async with transaction(self.engine) as tx:
            if done := await operations.claim(tx, caller):
                return done
            before = await _find(tx, caller, key_id, lock=True)
            _expect(before, expected)
            if before.revoked_at is None:
                await store.update_key(tx, caller.org_id, key_id, revoked_at=self.clock.wall())
            change = _change("revoked", key_id, self._shown(before), None)
            return await operations.finish(tx, caller, Answer(204, None), change)

    async def _make(self, tx: Transaction, caller: Caller, key: StoredKey, word: str) -> Answer:
        organization = await organizations.organization_of(tx, caller.org_id)
        if organization is None:
            raise NotFound
        secret = compose_secret(organization.mode, "".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH)))
        await keys.insert_key(
            tx,
            caller.org_id,
            key.key_id,
            secret_hash=secret_hash(secret, self.pepper),
            name=key.name,
            start=start_of(secret),
            last4=last_four_of(secret),
            scopes=frozenset(key.scopes),
            created_by=key.created_by,
            at=key.created_at,
            expires_at=key.expires_at,
            allowed_addresses=key.allowed_addresses,
            replaces=key.replaces,
        )
        shown = self._shown(await _find(tx, caller, key.key_id))
        public = shown["id"]
        answer = Answer(201, shown | {"secret": secret}, location=f"/api/api-keys/{public}")
        return await operations.finish(tx, caller, answer, _change(word, key.key_id, None, shown), secret=True)

    def _shown(self, key: StoredKey) -> dict[str, Any]:
        return key_body(key, self.clock.wall()).model_dump(mode="json", by_alias=True)


async def note_used(engine: AsyncEngine, used: dict[tuple[UUID, UUID], datetime]) -> None:
    """Write down when keys were used last."""
    if used:
        async with transaction(engine) as tx:
            await store.note_used(tx, used)


async def _find(tx: Transaction, caller: Caller, key_id: UUID, *, lock: bool = False) -> StoredKey:
    found = await store.read_key(tx, caller.org_id, key_id, lock=lock)
    if found is None or not _may_see(caller, found):
        raise NotFound
    return found


def _may_see(caller: Caller, key: StoredKey) -> bool:
    return caller.role != Role.DEVELOPER or frozenset(key.scopes) == INGEST_SCOPES


def _expect(key: StoredKey, expected: int | None) -> None:
    if expected not in (None, key.version):
        raise PreconditionFailed("The key has another version.")


def _change(word: str, key_id: UUID, before: dict[str, Any] | None, after: dict[str, Any] | None) -> Change:
    return Change(f"api_key.{word}", "api_key", public_id(Prefix.API_KEY, key_id), before=before, after=after)
