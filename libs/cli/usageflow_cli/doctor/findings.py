"""What a check has found, in words for whoever has to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Grade = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: the check, how it came out, what was seen and, where it is not ok, what to do."""

    check: str
    grade: Grade
    seen: str
    remedy: str = ""

    def line(self) -> str:
        """For people."""
        return f"{self.grade:8} {self.check}: {self.seen}" + (f" -> {self.remedy}" if self.remedy else "")

    def body(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)


def bounded(check: str, value: int, *, seen: str, limits: tuple[int, int], remedy: str) -> Finding:
    """`limits`: the values from which on it is a warning, and failed."""
    warning, failed = limits
    grade: Grade = "failed" if value >= failed else "warning" if value >= warning else "ok"
    return Finding(check, grade, seen, "" if grade == "ok" else remedy)


def any_failed(findings: Sequence[Finding]) -> bool:
    """Whether the deployment needs somebody."""
    return any(finding.grade == "failed" for finding in findings)
