"""A database for a test module: cloned from a template that is migrated once for each content of the migrations."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import database, migrations, steps
from usageflow_common.ids import stable_hash
from usageflow_common.migrations import ServiceSchema, fence, rights, roles, upgrading

_MIGRATING_CODE: Final = (upgrading, fence, rights, roles, steps, database)


@dataclass(frozen=True, slots=True)
class ServiceDatabase:
    """A migrated database of one's own. `url` and `engine` are those of the service's role, with its rights."""

    url: str = field(repr=False)
    owner_url: str = field(repr=False)
    engine: AsyncEngine


def service_url(schema: ServiceSchema, owner_url: str) -> str:
    """The address of the same database for the service's role.

    Roles belong to the server, so the password is the same in every run: two of them may share a server.
    """
    password = hashlib.sha256(f"a password for tests of {schema.role}".encode()).hexdigest()
    parts = urlsplit(owner_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{schema.role}:{password}@{host}"))


def with_database(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def new_name(kind: str) -> str:
    """A name that no other run uses."""
    return f"uf_{kind}_{secrets.token_hex(6)}"


@asynccontextmanager
async def empty_database(postgres_url: str) -> AsyncIterator[str]:
    """An empty database; yields the owner's address of it."""
    name = new_name("empty")
    async with _administration(postgres_url) as server:
        await server.execute(f"CREATE DATABASE {name}")
        try:
            yield with_database(postgres_url, name)
        finally:
            await server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def migrated_database(schema: ServiceSchema, postgres_url: str) -> AsyncIterator[ServiceDatabase]:
    """A clone of the template, made first where it is missing, and dropped at the end."""
    name = new_name(schema.service)
    async with _administration(postgres_url) as server:
        # One run at a time makes, replaces and copies the template of a service.
        lock_id = stable_hash(f"usageflow/template/{schema.service}") - 2**63
        await server.execute("SELECT pg_advisory_lock($1)", lock_id)
        try:
            template = await _ensure_template(server, schema, postgres_url)
            await server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        finally:
            await server.execute("SELECT pg_advisory_unlock($1)", lock_id)
    owner_url = with_database(postgres_url, name)
    url = service_url(schema, owner_url)
    engine = database.create_engine(url, application_name=f"test {schema.service}")
    try:
        yield ServiceDatabase(url, owner_url, engine)
    finally:
        await engine.dispose()
        async with _administration(postgres_url) as server:
            await server.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def _ensure_template(server: asyncpg.Connection[asyncpg.Record], schema: ServiceSchema, postgres_url: str) -> str:
    template = f"uf_template_{schema.service}_{_content_hash(schema)}"
    if await server.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", template):
        return template
    # Under another name until it is whole; former contents go, or a shared server would keep them all.
    making = new_name("making")
    await server.execute(f"CREATE DATABASE {making}")
    owner_url = with_database(postgres_url, making)
    try:
        await asyncio.to_thread(
            migrations.upgrade, schema, owner_url=owner_url, service_url=service_url(schema, owner_url)
        )
        await server.execute(f"ALTER DATABASE {making} RENAME TO {template}")
    except BaseException:
        await server.execute(f"DROP DATABASE IF EXISTS {making} WITH (FORCE)")
        raise
    former = await server.fetch(
        "SELECT datname FROM pg_database WHERE starts_with(datname, $1) AND datname <> $2",
        f"uf_template_{schema.service}_",
        template,
    )
    for row in former:
        await server.execute(f"DROP DATABASE IF EXISTS {row['datname']} WITH (FORCE)")
    return template


def _content_hash(schema: ServiceSchema) -> str:
    digest = hashlib.sha256(repr((sorted(schema.append_only), sorted(schema.fenced))).encode())
    for path in [*sorted(schema.steps.rglob("*.py")), *(Path(module.__file__ or "") for module in _MIGRATING_CODE)]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@asynccontextmanager
async def _administration(postgres_url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(postgres_url, timeout=10)
    try:
        yield connection
    finally:
        await connection.close()
