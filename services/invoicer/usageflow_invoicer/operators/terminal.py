"""What the commands have in common: the database, and one JSON object a line."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import create_engine, is_unavailable
from usageflow_common.entry import NOT_REACHABLE
from usageflow_common.errors import Unavailable
from usageflow_common.settings import read_settings
from usageflow_invoicer.settings import InvoicerSettings


@asynccontextmanager
async def open_engine() -> AsyncIterator[tuple[AsyncEngine, InvoicerSettings]]:
    """The database, by the settings of the environment. Leaves with 3 when something that the command needs is away."""
    settings = read_settings(InvoicerSettings)
    engine = create_engine(settings.database_url.get_secret_value(), application_name="invoicer-operator", pool_size=1)
    try:
        yield engine, settings
    except Unavailable as error:
        sys.stderr.write(f"{error.detail}\n")
        raise SystemExit(NOT_REACHABLE) from error
    except Exception as error:
        if not is_unavailable(error):
            raise
        sys.stderr.write("PostgreSQL cannot be reached.\n")
        raise SystemExit(NOT_REACHABLE) from error
    finally:
        await engine.dispose()


def print_line(value: object) -> None:
    """One JSON object."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.flush()
