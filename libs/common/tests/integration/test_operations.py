"""One effect and one answer for an operation, whatever happens in between."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncEngine
from usageflow_sample.tables import SCHEMA, things

from usageflow_common.database import Transaction, connect, constraint_of, sqlstate_of, transaction
from usageflow_common.errors import IdempotencyKeyInUse, IdempotencyKeyRequired, IdempotencyKeyReused
from usageflow_common.ids import new_id
from usageflow_common.operations import Answer, Change, claim, finish, purge_operations, record_change
from usageflow_common.records import ActorRecord, AuditRecord
from usageflow_common.testing import ServiceDatabase, caller
from usageflow_common.testing.plugin import MigratedDatabases
from usageflow_common.tokens import Caller


@pytest.fixture(scope="module")
async def database(service_database: MigratedDatabases) -> ServiceDatabase:
    return await service_database(SCHEMA)


@pytest.fixture(scope="module")
def engine(database: ServiceDatabase) -> AsyncEngine:
    return database.engine


@pytest.fixture
def who() -> Caller:
    return caller("things:write", idempotency_key="key-1")


async def make_thing(engine: AsyncEngine, who: Caller, *, secret: str | None = None) -> Answer:
    """A use case as services write them."""
    async with transaction(engine) as tx:
        if (done := await claim(tx, who)) is not None:
            return done
        return await do_the_work(tx, who, secret)


async def do_the_work(tx: Transaction, who: Caller, secret: str | None = None) -> Answer:
    name = new_id().hex
    await tx.execute(sa.insert(things).values(org_id=who.org_id, name=name, size=1))
    body: Mapping[str, Any] = {
        "z": name,
        "a": Decimal("1.50"),
        "id": new_id(),
        **({"secret": secret} if secret else {}),
    }
    made = Change("thing.created", "thing", name, after={"size": Decimal(1)})
    answer = Answer(201, body, location=f"/api/things/{name}", etag='"1"', awaits=(7, 8))
    return await finish(tx, who, answer, made, secret=secret is not None)


async def count_of_things(engine: AsyncEngine, who: Caller) -> int:
    async with transaction(engine, read_only=True) as tx:
        query = sa.select(sa.func.count()).select_from(things).where(things.c.org_id == who.org_id)
        return (await tx.execute(query)).scalar_one()


async def stored(engine: AsyncEngine, who: Caller) -> sa.Row[Any] | None:
    async with transaction(engine, read_only=True) as tx:
        query = sa.text("SELECT * FROM operations WHERE operation_id = :id").bindparams(id=who.operation_id)
        return (await tx.execute(query)).one_or_none()


async def audit_entries(engine: AsyncEngine, who: Caller) -> list[AuditRecord]:
    async with transaction(engine, read_only=True) as tx:
        query = sa.text("SELECT value FROM outbox WHERE topic = 'audit.recorded' AND key = :key ORDER BY id")
        values = (await tx.scalars(query.bindparams(key=str(who.org_id).encode()))).all()
    return [msgspec.json.decode(value, type=AuditRecord) for value in values]


async def test_the_same_key_gets_the_same_answer_and_one_effect(engine: AsyncEngine, who: Caller) -> None:
    first = await make_thing(engine, who)
    second = await make_thing(engine, who)
    assert (first.replayed, second.replayed) == (False, True)
    assert msgspec.json.encode(first.body) == msgspec.json.encode(second.body)
    assert first.body is not None
    assert list(first.body) == ["z", "a", "id"]
    assert str(first.body["a"]) == "1.50"
    assert (second.status, second.location, second.etag, second.awaits) == (201, first.location, '"1"', (7, 8))
    assert await count_of_things(engine, who) == 1


async def test_another_request_with_the_same_key_is_refused(engine: AsyncEngine, who: Caller) -> None:
    await make_thing(engine, who)
    other = caller("things:write", org_id=who.org_id, idempotency_key="key-1", fingerprint="other")
    with pytest.raises(IdempotencyKeyReused):
        await make_thing(engine, other)


async def test_the_same_operation_id_in_another_organization_is_another_operation(
    engine: AsyncEngine, who: Caller
) -> None:
    other = caller("things:write", operation_id=who.operation_id, idempotency_key="key-1")
    assert not (await make_thing(engine, who)).replayed
    assert not (await make_thing(engine, other)).replayed


async def test_while_the_first_request_runs_the_second_is_told_to_come_back(engine: AsyncEngine, who: Caller) -> None:
    async with transaction(engine) as tx:
        assert await claim(tx, who) is None
        with pytest.raises(IdempotencyKeyInUse):
            await make_thing(engine, who)
        await do_the_work(tx, who)
    assert (await make_thing(engine, who)).replayed


async def test_a_failed_attempt_leaves_neither_effect_nor_answer(engine: AsyncEngine, who: Caller) -> None:
    async def crash() -> None:
        async with transaction(engine) as tx:
            await claim(tx, who)
            await do_the_work(tx, who)
            raise LookupError

    with pytest.raises(LookupError):
        await crash()
    assert (await count_of_things(engine, who), await stored(engine, who)) == (0, None)
    assert await audit_entries(engine, who) == []
    assert not (await make_thing(engine, who)).replayed


async def test_a_claim_of_a_dead_process_is_free_again(
    database: ServiceDatabase, engine: AsyncEngine, who: Caller
) -> None:
    async def die() -> None:
        async with transaction(engine) as tx:
            await claim(tx, who)
            await do_the_work(tx, who)
            pid = (await tx.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one()
            await owner.execute("SELECT pg_terminate_backend($1, 5000)", pid)

    owner = await connect(database.owner_url, application_name="test")
    try:
        with pytest.raises(exc.DBAPIError):
            await die()
    finally:
        await owner.close()
    assert not (await make_thing(engine, who)).replayed
    assert await count_of_things(engine, who) == 1


async def test_many_at_once_leave_one_effect_and_one_answer(engine: AsyncEngine, who: Caller) -> None:
    async def insist() -> Answer:
        while True:
            try:
                return await make_thing(engine, who)
            except IdempotencyKeyInUse:
                await asyncio.sleep(0)

    answers = await asyncio.gather(*(insist() for _ in range(30)))
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 29
    assert len({answer.location for answer in answers}) == 1
    assert await count_of_things(engine, who) == 1


async def test_an_old_snapshot_cannot_do_it_twice(engine: AsyncEngine, who: Caller) -> None:
    async def do_it_late() -> None:
        async with transaction(engine, "REPEATABLE READ") as tx:
            await tx.execute(sa.text("SELECT 1"))
            assert not (await make_thing(engine, who)).replayed
            assert await claim(tx, who) is None
            await do_the_work(tx, who)

    with pytest.raises(exc.DBAPIError) as refused:
        await do_it_late()
    assert sqlstate_of(refused.value) == "40001"
    assert await count_of_things(engine, who) == 1


async def test_a_secret_is_shown_again_and_never_stored_in_the_clear(engine: AsyncEngine, who: Caller) -> None:
    first = await make_thing(engine, who, secret="whsec_abc")
    row = await stored(engine, who)
    assert row is not None
    assert row.body is None
    assert b"whsec_abc" not in bytes(row.sealed)
    second = await make_thing(engine, who)
    assert second.replayed
    assert second.body == first.body
    assert second.body is not None
    assert second.body["secret"] == "whsec_abc"
    stranger = caller(
        org_id=who.org_id, idempotency_key="guess", operation_id=who.operation_id, fingerprint=who.fingerprint
    )
    with pytest.raises(InvalidTag):
        await make_thing(engine, stranger)


async def test_a_secret_without_a_key_is_not_answered(engine: AsyncEngine) -> None:
    keyless = caller(operation_id=new_id())
    with pytest.raises(IdempotencyKeyRequired):
        await make_thing(engine, keyless, secret="whsec_abc")
    assert await count_of_things(engine, keyless) == 0


async def test_a_mutation_is_audited_once(engine: AsyncEngine, who: Caller) -> None:
    answer = await make_thing(engine, who)
    await make_thing(engine, who)
    [entry] = await audit_entries(engine, who)
    assert answer.body is not None
    assert (entry.action, entry.target) == ("thing.created", {"type": "thing", "id": answer.body["z"]})
    assert entry.actor == ActorRecord(type="user", id=str(who.actor.id), name="Ada", role="OWNER")
    assert (entry.org_id, entry.request_id, entry.outcome) == (who.org_id, who.request_id, "done")


async def test_without_an_operation_id_every_request_is_a_new_one(engine: AsyncEngine) -> None:
    who = caller("things:write")
    await make_thing(engine, who)
    await make_thing(engine, who)
    assert await count_of_things(engine, who) == 2
    assert len(await audit_entries(engine, who)) == 2


async def test_what_nobody_asked_for_by_http_is_audited_too(engine: AsyncEngine) -> None:
    who = caller()
    async with transaction(engine) as tx:
        await record_change(
            tx, who.org_id, ActorRecord(type="operator", id="root"), Change("thing.waived", "thing", "x")
        )
    [entry] = await audit_entries(engine, who)
    assert (entry.actor.type, entry.action, entry.request_id) == ("operator", "thing.waived", None)


async def test_only_success_is_stored(engine: AsyncEngine, who: Caller) -> None:
    with pytest.raises(exc.IntegrityError) as refused:
        async with transaction(engine) as tx:
            await finish(tx, who, Answer(409, {}))
    assert constraint_of(refused.value) == "ck_operations_succeeded"


async def test_an_answer_without_a_body_is_replayed_without_one(engine: AsyncEngine, who: Caller) -> None:
    async with transaction(engine) as tx:
        await finish(tx, who, Answer(204, None))
    async with transaction(engine) as tx:
        assert await claim(tx, who) == Answer(204, None, replayed=True)


async def test_answers_are_forgotten_after_their_time(engine: AsyncEngine, who: Caller) -> None:
    younger = caller(idempotency_key="key-2")
    for each, age in ((who, "75 hours 1 second"), (younger, "74 hours 59 minutes")):
        await make_thing(engine, each)
        async with transaction(engine) as tx:
            await tx.execute(
                sa.text(
                    "UPDATE operations SET finished_at = now() - CAST(:age AS text)::interval WHERE org_id = :org_id"
                ),
                {"age": age, "org_id": each.org_id},
            )
    async with transaction(engine) as tx:
        assert await purge_operations(tx) == 1
    assert await stored(engine, who) is None
    assert await stored(engine, younger) is not None
