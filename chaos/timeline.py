"""What happened when: faults with the time each took to heal, and how long nobody was answered with a 202."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.plan import Fault


@dataclass(slots=True)
class Happening:
    """A fault as it was carried out; `healed_at` is when the part did its work again. Seconds since the storm began."""

    fault: Fault
    at: float
    healed_at: float | None = None

    @property
    def took_seconds(self) -> float | None:
        """From the fault (of a freeze: from its end) until the part did its work again."""
        return None if self.healed_at is None else self.healed_at - self.at - self.fault.seconds


class Timeline:
    """Faults, and the answers of the senders that send one event at a time."""

    def __init__(self) -> None:
        self.happenings: list[Happening] = []
        self.longest_silence_seconds = 0.0
        self._answered_at = 0.0

    def answered(self, now: float) -> None:
        """A single event was acknowledged. `now`: seconds since the storm began."""
        self.longest_silence_seconds = max(self.longest_silence_seconds, now - self._answered_at)
        self._answered_at = now

    def ended(self, now: float) -> None:
        """No more single events are sent: whoever got no answer until now got none."""
        self.longest_silence_seconds = max(self.longest_silence_seconds, now - self._answered_at)

    def summary(self) -> list[tuple[str, int, float | None, float | None]]:
        """(what, how often, median and longest seconds until it worked again), in the order of names."""
        rows = []
        for what in sorted({_name(each.fault) for each in self.happenings}):
            same = [each for each in self.happenings if _name(each.fault) == what]
            took = sorted(each.took_seconds for each in same if each.took_seconds is not None)
            rows.append((what, len(same), took[len(took) // 2] if took else None, took[-1] if took else None))
        return rows


def _name(fault: Fault) -> str:
    return f"{fault.kind}: {fault.part}"
