"""Whether a log is still the one that was counted: what it means to read a remembered record again. Pure.

Two records of each partition are remembered by offset and hash: the last one folded, and the last marker folded (the anchor).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Remembered:
    """A record that was folded once."""

    offset: int
    hash: bytes


Memory = Literal["same", "deleted", "recreated"]


def judge_memory(remembered: Remembered, found_hash: bytes | None, log_start: int) -> Memory:
    """Compare a remembered record with what stands at its offset now (None: nothing).

    `deleted`: retention has taken it, so it proves nothing and something later must be asked. `log_start` is read after the record, so
    that a record deleted in between is not mistaken for one that vanished.
    """
    if found_hash == remembered.hash:
        return "same"
    if found_hash is None and remembered.offset < log_start:
        return "deleted"
    return "recreated"
