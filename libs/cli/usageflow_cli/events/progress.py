"""How far a file was sent, beside it in FILE.progress: what makes a second run go on, and never send under new keys.

A file is known by its beginning. Its keys are made from that and from the size it had when it was first sent; a file that has
grown since keeps them, so only what is new is sent.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

_HEAD_BYTES: Final = 2**20


@dataclass(frozen=True, slots=True)
class Progress:
    """`settled` records are sent or refused; the file of refused ones was `refused_bytes` long then.

    `head_bytes` and `head_hash` say by what beginning the file is known, `key_prefix` how its keys begin, `way_hash` where it was
    sent and how it was read.
    """

    head_bytes: int
    head_hash: str
    key_prefix: str
    way_hash: str
    settled: int = 0
    accepted: int = 0
    refused: int = 0
    refused_bytes: int = 0

    def after(self, settled: int, refused: int, refused_bytes: int) -> Progress:
        """So many more records settled, so many of them refused."""
        return replace(
            self,
            settled=self.settled + settled,
            accepted=self.accepted + settled - refused,
            refused=self.refused + refused,
            refused_bytes=refused_bytes,
        )


def begin(file: Path, way: str) -> Progress:
    """Where to go on: the progress kept beside the file if it is of this file, else the beginning.

    Raises ValueError when it was sent another way (to another address, with other columns): the same keys would name other events.
    """
    way_hash = hashlib.sha256(way.encode()).hexdigest()
    size = file.stat().st_size
    kept = _read(progress_path(file))
    if kept is not None and size >= kept.head_bytes and _hash(file, kept.head_bytes) == kept.head_hash:
        if kept.way_hash != way_hash:
            raise ValueError(
                f"{file} was sent another way before (address, metric, columns, keys). To send it this way too, "
                f"move {progress_path(file).name} away and give a --key-prefix."
            )
        return kept
    head_bytes = min(size, _HEAD_BYTES)
    head_hash = _hash(file, head_bytes)
    prefix = hashlib.sha256(f"{head_hash}:{size}".encode()).hexdigest()
    return Progress(head_bytes, head_hash, prefix, way_hash)


def keep(file: Path, progress: Progress) -> None:
    """Write it beside the file, whole or not at all."""
    path = progress_path(file)
    new = path.with_name(path.name + ".new")
    new.write_text(json.dumps(asdict(progress)) + "\n", encoding="utf-8")
    new.replace(path)


def progress_path(file: Path) -> Path:
    """FILE.progress."""
    return file.with_name(file.name + ".progress")


def _read(path: Path) -> Progress | None:
    try:
        return Progress(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} is not a record of progress: move it away to begin anew") from error


def _hash(file: Path, count: int) -> str:
    with file.open("rb") as opened:
        return hashlib.sha256(opened.read(count)).hexdigest()
