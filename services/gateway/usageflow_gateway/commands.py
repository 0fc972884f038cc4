"""The gateway's commands: what operators do without the API, as the actor `operator`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from getpass import getpass
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import outbox
from usageflow_common.clock import Clock
from usageflow_common.database import create_engine, is_unavailable
from usageflow_common.errors import Unavailable, UsageflowError
from usageflow_common.ids import Prefix, parse_public_id, public_id
from usageflow_common.kafka import Bus, Producer
from usageflow_common.settings import read_settings
from usageflow_gateway.domain.audit_chain import Broken, Head
from usageflow_gateway.domain.organizations import NAME_LENGTH_MAX, SPREAD_MAX
from usageflow_gateway.service import audit as audit_service
from usageflow_gateway.service import keys as key_service
from usageflow_gateway.service import organizations as organization_service
from usageflow_gateway.service.passwords import Passwords
from usageflow_gateway.service.sessions import People
from usageflow_gateway.settings import CommandSettings

DONE: Final = 0
CHECK_FAILED: Final = 1
WRONG_USE: Final = 2
NOT_REACHABLE: Final = 3

_EMAIL_LENGTH_MAX: Final = 254


def org_arguments(parser: argparse.ArgumentParser) -> None:
    """What `org create` takes."""
    parser.add_argument("--name", required=True, type=_name)
    parser.add_argument("--mode", choices=("live", "test"), default="live")
    parser.add_argument("--owner-email", type=_email)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


async def create_org(arguments: argparse.Namespace) -> int:
    """`org create`: done when the other services can learn of it, which needs no running worker."""
    settings = read_settings(CommandSettings)
    async with command_engine(settings) as engine:
        try:
            founded = await organization_service.create_organization(
                engine, Clock(), name=arguments.name, mode=arguments.mode, owner_email=arguments.owner_email
            )
        except UsageflowError as error:
            return _refuse(error)
        organization = founded.organization
        shown = {
            "id": public_id(Prefix.ORGANIZATION, organization.org_id),
            "name": organization.name,
            "mode": organization.mode,
            "ownerId": public_id(Prefix.USER, founded.owner_id),
        }
        _print(shown, as_json=arguments.json)
        try:
            await _deliver(settings, engine, founded.deliveries)
        except Unavailable:
            _complain("It exists, and other services will learn of it when Kafka and a worker are there.")
            return NOT_REACHABLE
    return DONE


def spread_arguments(parser: argparse.ArgumentParser) -> None:
    """What `org spread` takes."""
    parser.add_argument("org", help="org_…")
    parser.add_argument("spread", type=_spread, metavar="N", help=f"1 to {SPREAD_MAX} partitions for each customer")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


async def spread_org(arguments: argparse.Namespace) -> int:
    """`org spread`: done when the other services can learn of it, as above."""
    org_id = parse_public_id(Prefix.ORGANIZATION, arguments.org)
    if org_id is None:
        _complain("An organization's id begins with org_.")
        return WRONG_USE
    settings = read_settings(CommandSettings)
    async with command_engine(settings) as engine:
        try:
            organization, deliveries = await organization_service.spread_organization(
                engine, org_id=org_id, spread=arguments.spread
            )
        except UsageflowError as error:
            return _refuse(error)
        _print({"id": arguments.org, "spread": organization.spread}, as_json=arguments.json)
        try:
            await _deliver(settings, engine, deliveries)
        except Unavailable:
            _complain("It is decided, and other services will learn of it when Kafka and a worker are there.")
            return NOT_REACHABLE
    return DONE


def user_arguments(parser: argparse.ArgumentParser) -> None:
    """What `user password` takes."""
    parser.add_argument("--email", required=True, type=_email)


async def give_password(arguments: argparse.Namespace) -> int:
    """`user password`: the password is asked for, or the first line of standard input: no list of processes shows it."""
    ask = partial(getpass, "New password: ") if sys.stdin.isatty() else sys.stdin.readline
    password = (await asyncio.to_thread(ask)).rstrip("\n")
    async with command_engine(read_settings(CommandSettings)) as engine:
        try:
            await People(engine, Passwords(), Clock()).give_password(arguments.email, password)
        except UsageflowError as error:
            return _refuse(error)
    return DONE


def key_arguments(parser: argparse.ArgumentParser) -> None:
    """What `key create` takes."""
    parser.add_argument("--org", required=True, help="org_…")
    parser.add_argument("--name", required=True, type=_name)
    parser.add_argument("--scopes", required=True, help="a comma list, or '*' for all that a key can hold")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


async def create_key(arguments: argparse.Namespace) -> int:
    """`key create`."""
    org_id = parse_public_id(Prefix.ORGANIZATION, arguments.org)
    if org_id is None:
        _complain("--org takes an id that begins with org_.")
        return WRONG_USE
    settings = read_settings(CommandSettings)
    async with command_engine(settings) as engine:
        try:
            issued = await key_service.create_key(
                engine, Clock(), org_id=org_id, name=arguments.name, scopes=arguments.scopes, pepper=settings.key_pepper
            )
        except UsageflowError as error:
            return _refuse(error)
    shown = {"id": public_id(Prefix.API_KEY, issued.key_id), "secret": issued.secret, "scopes": sorted(issued.scopes)}
    _print(shown, as_json=arguments.json)
    return DONE


def revoke_arguments(parser: argparse.ArgumentParser) -> None:
    """What `key revoke` takes."""
    parser.add_argument("--id", required=True, help="key_…")


async def revoke_key(arguments: argparse.Namespace) -> int:
    """`key revoke`."""
    key_id = parse_public_id(Prefix.API_KEY, arguments.id)
    if key_id is None:
        _complain("--id takes an id that begins with key_.")
        return WRONG_USE
    async with command_engine(read_settings(CommandSettings)) as engine:
        try:
            await key_service.revoke_key(engine, Clock(), key_id=key_id)
        except UsageflowError as error:
            return _refuse(error)
    return DONE


def audit_arguments(parser: argparse.ArgumentParser) -> None:
    """What `audit verify` takes."""
    parser.add_argument("--org", required=True, help="org_…")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


async def verify_audit(arguments: argparse.Namespace) -> int:
    """`audit verify`: exits 1 when the chain is broken."""
    org_id = parse_public_id(Prefix.ORGANIZATION, arguments.org)
    if org_id is None:
        _complain("--org takes an id that begins with org_.")
        return WRONG_USE
    async with command_engine(read_settings(CommandSettings)) as engine:
        match await audit_service.verify_chain(engine, org_id):
            case Head(sequence, hash_):
                _print(
                    {"passed": True, "entries": sequence, "headSequence": sequence, "headHash": hash_.hex()},
                    as_json=arguments.json,
                )
                return DONE
            case Broken(sequence):
                _print({"passed": False, "firstBroken": sequence}, as_json=arguments.json)
                return CHECK_FAILED


@asynccontextmanager
async def command_engine(settings: CommandSettings) -> AsyncIterator[AsyncEngine]:
    """An engine for one command; a PostgreSQL that is away ends it with NOT_REACHABLE."""
    engine = create_engine(settings.database_url.get_secret_value(), application_name="gateway command", pool_size=2)
    try:
        yield engine
    except Exception as error:
        if not is_unavailable(error):
            raise
        _complain("PostgreSQL cannot be reached.")
        raise SystemExit(NOT_REACHABLE) from error
    finally:
        await engine.dispose()


async def _deliver(settings: CommandSettings, engine: AsyncEngine, deliveries: tuple[int, ...]) -> None:
    """Wait until Kafka has these rows. A relay of our own steps in where no worker holds the lease."""
    producer = Producer(Bus(settings, "gateway"))
    await producer.start()
    relay = outbox.Relay(engine, settings.database_url.get_secret_value(), producer, schema="gateway")
    relaying = asyncio.create_task(relay.run())
    try:
        await outbox.wait_delivered(engine, deliveries)
    finally:
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)
        await producer.stop()


def _name(text: str) -> str:
    if not text.strip() or len(text) > NAME_LENGTH_MAX or not text.isprintable():
        raise argparse.ArgumentTypeError(f"1 to {NAME_LENGTH_MAX} printable characters")
    return text.strip()


def _spread(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= SPREAD_MAX):
        raise argparse.ArgumentTypeError(f"1 to {SPREAD_MAX}")
    return int(text)


def _email(text: str) -> str:
    name, at, domain = text.rpartition("@")
    if not (name and at and domain) or len(text) > _EMAIL_LENGTH_MAX or not text.isprintable() or " " in text:
        raise argparse.ArgumentTypeError("an address like ada@example.com")
    return text


def _print(shown: Mapping[str, object], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(shown).decode() + "\n")
    else:
        sys.stdout.writelines(f"{name}: {value}\n" for name, value in shown.items())
    sys.stdout.flush()


def _complain(words: str) -> None:
    sys.stderr.write(words + "\n")


def _refuse(error: UsageflowError) -> int:
    _complain(" ".join([error.detail, *(field.detail for field in error.errors)]))
    return WRONG_USE
