"""Which queue a client gets."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from usageflow.options import Options, Spool
from usageflow.waiting import InMemory

if TYPE_CHECKING:
    from usageflow.spool import SpoolQueue


def open_queue(spool: PathLike[str] | Spool | None, options: Options) -> InMemory | SpoolQueue:
    """The spool, opened and locked, or a queue in memory."""
    if spool is None:
        return InMemory(options)
    from usageflow.spool import SpoolQueue  # noqa: PLC0415 - locks are POSIX; without a spool the client runs anywhere

    return SpoolQueue(spool if isinstance(spool, Spool) else Spool(Path(spool)))
