"""Records on their way: sent in order, settled in order, the refused ones written down, and the progress kept.

The progress is written after the refused lines that it counts, and says how long their file was: a run that breaks off between
the two cuts the file back to that, so no refused line is missing and none is there twice.
"""

from __future__ import annotations

import json
import os
import queue
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from usageflow import InvalidEvent, Settled, Undelivered, UsageFlow
from usageflow_cli.events.mapping import Columns
from usageflow_cli.events.progress import Progress
from usageflow_cli.events.records import Record

_KEPT_EVERY: Final = 5_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that will never be counted, and why."""

    record: Record
    code: str
    detail: str


class Underway:
    """Records between reading and settling, in order. Those that were refused here wait for the ones before them."""

    def __init__(self) -> None:
        self._records: deque[tuple[Record, Refusal | None]] = deque()

    def add(self, record: Record, refused: InvalidEvent | None) -> None:
        """One more, sent or refused."""
        refusal = None if refused is None else Refusal(record, refused.code, refused.detail)
        self._records.append((record, refusal))

    def settle(self, settled: Settled) -> tuple[int, list[Refusal]]:
        """How many records are behind us now, and which of them were refused."""
        rejected = {event.index: event for event in settled.rejected}
        sent = records = 0
        refusals: list[Refusal] = []
        while self._records and (sent < settled.count or self._records[0][1] is not None):
            record, refusal = self._records.popleft()
            records += 1
            if refusal is None:
                if (event := rejected.get(sent)) is not None:
                    refusals.append(Refusal(record, event.code, event.detail))
                sent += 1
            else:
                refusals.append(refusal)
        return records, refusals


class Shipment:
    """One file's way to the server. `settled` is for the client's on_settled; all else is for one thread."""

    def __init__(self, progress: Progress, refused_path: Path, keep: Callable[[Progress], None]) -> None:
        self.progress = progress
        self._refused_path = refused_path
        self._keep = keep
        self._kept_at = progress.settled
        self._underway = Underway()
        self._arrived: queue.SimpleQueue[Settled] = queue.SimpleQueue()
        if refused_path.exists():
            os.truncate(refused_path, min(progress.refused_bytes, refused_path.stat().st_size))

    def settled(self, batch: Settled) -> None:
        """Told by the sender's thread."""
        self._arrived.put(batch)

    def send(
        self,
        records: Iterable[Record],
        columns: Columns,
        client: UsageFlow,
        *,
        key_prefix: str | None,
        patience_seconds: float,
        advance: Callable[[], None],
    ) -> None:
        """Send what was not settled before, and wait for it. Raises as `track` and `flush`; the progress is kept in any case.

        `advance` is called now and then, to show how far it is.
        """
        behind = self.progress.settled
        try:
            for record in records:
                if record.number > behind:
                    self._track(record, columns, client, key_prefix)
                if record.number % 256 == 0:
                    self._take_in()
                    advance()
            self._wait(client, patience_seconds, advance)
        finally:
            self._take_in()
            self._keep_now()

    def _track(self, record: Record, columns: Columns, client: UsageFlow, key_prefix: str | None) -> None:
        refused: InvalidEvent | None = None
        try:
            event = columns.event(record, key_prefix)
            client.track(
                event.metric,
                event.customer_id,
                event.amount,
                timestamp=event.timestamp,
                properties=event.properties,
                idempotency_key=event.idempotency_key,
            )
        except (InvalidEvent, TypeError) as error:
            refused = error if isinstance(error, InvalidEvent) else InvalidEvent("malformed_event", str(error))
        self._underway.add(record, refused)

    def _wait(self, client: UsageFlow, patience_seconds: float, advance: Callable[[], None]) -> None:
        """Patience is for standing still: as long as batches settle, it begins anew."""
        while True:
            left = client.counters.queued
            try:
                client.flush(patience_seconds)
            except Undelivered:
                if client.counters.queued >= left:
                    raise
            else:
                return
            finally:
                self._take_in()
                advance()

    def _take_in(self) -> None:
        while True:
            try:
                batch = self._arrived.get_nowait()
            except queue.Empty:
                break
            self._account(batch)
        self._account(Settled(0))
        if self.progress.settled - self._kept_at >= _KEPT_EVERY:
            self._keep_now()

    def _account(self, batch: Settled) -> None:
        records, refusals = self._underway.settle(batch)
        if records:
            self.progress = self.progress.after(records, len(refusals), self._write(refusals))

    def _write(self, refusals: Sequence[Refusal]) -> int:
        """Append the refused records with their reasons; the length of the file afterwards."""
        if not refusals:
            return self.progress.refused_bytes
        with self._refused_path.open("ab") as file:
            for refusal in refusals:
                entry = {"record": refusal.record.number, "code": refusal.code, "detail": refusal.detail}
                file.write(json.dumps({**entry, "text": refusal.record.text}).encode() + b"\n")
            return file.tell()

    def _keep_now(self) -> None:
        self._keep(self.progress)
        self._kept_at = self.progress.settled
