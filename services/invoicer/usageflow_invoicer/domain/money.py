"""What may happen to an issued invoice: money comes in or fails to, credit is given, it is voided or written off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from uuid import UUID

Disposition = Literal["reduce_due", "refund", "next_invoice"]
"""What a credit note does: lower what is due, give money back, or wait for the customer's next invoice."""


@dataclass(frozen=True, slots=True)
class DunningPlan:
    """Days after the first failure on which payment is asked for again, and after which the subscription is suspended."""

    retry_after_days: tuple[int, ...]
    suspend_after_days: int


@dataclass(frozen=True, slots=True)
class Dunning:
    """An invoice whose payment failed, or that was not paid in time. `next_attempt_at` None: no further attempt."""

    invoice_id: UUID
    subscription_id: UUID
    began_at: datetime
    attempt: int
    next_attempt_at: datetime | None
    suspends_at: datetime
    suspended_at: datetime | None = None


Obstacle: TypeAlias = Literal["not_due", "under_way", "no_provider", "no_payment_method"]
"""Why nobody can be asked for the money of an invoice now, in the order in which it is looked at."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with the money of an invoice. `obstacle` None: it could be collected; `dunning` None: none goes on.

    `attempts_at` are the dunning's further attempts by the schedule, past ones included.
    """

    obstacle: Obstacle | None
    dunning: Dunning | None
    attempts_at: tuple[datetime, ...]


def further_attempts(dunning: Dunning | None, plan: DunningPlan) -> tuple[datetime, ...]:
    """When each attempt behind the first is due, also where that is over. None goes on: none."""
    if dunning is None:
        return ()
    return tuple(dunning.began_at + timedelta(days=days) for days in plan.retry_after_days)


def begin_dunning(invoice_id: UUID, subscription_id: UUID, at: datetime, plan: DunningPlan) -> Dunning:
    """The first failure is the first attempt."""
    suspends_at = at + timedelta(days=plan.suspend_after_days)
    return Dunning(invoice_id, subscription_id, at, 1, attempt_at(at, 1, plan), suspends_at)


def attempt_at(began_at: datetime, failed_attempts: int, plan: DunningPlan) -> datetime | None:
    """When the attempt behind so many failed ones is due; None when there is none."""
    if failed_attempts > len(plan.retry_after_days):
        return None
    return began_at + timedelta(days=plan.retry_after_days[failed_attempts - 1])


@dataclass(frozen=True, slots=True)
class CreditWanted:
    """So much off a line."""

    line_id: UUID
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Creditable:
    """What may still be credited: of each line, and of what is due or was paid on the invoice, in minor units."""

    by_line: Mapping[UUID, int]
    due_minor: int
    paid_minor: int


@dataclass(frozen=True, slots=True)
class CreditFault:
    """What is wrong with the `index`-th wanted line, or (None) with all of them together."""

    index: int | None
    code: Literal["invalid_value", "duplicate", "out_of_range"]
    detail: str


def credit_faults(
    wanted: Sequence[CreditWanted], disposition: Disposition, creditable: Creditable
) -> list[CreditFault]:
    """Why a credit note cannot be issued. Never more than a line's amount, nor than what is due (reduce_due) or was paid (others)."""
    faults, seen = [], set[UUID]()
    for index, each in enumerate(wanted):
        left = creditable.by_line.get(each.line_id)
        if left is None:
            faults.append(CreditFault(index, "invalid_value", "The invoice has no such line that costs anything"))
        elif each.line_id in seen:
            faults.append(CreditFault(index, "duplicate", "Each line once"))
        elif not 0 < each.amount_minor <= left:
            faults.append(CreditFault(index, "out_of_range", f"Between 1 and {left}"))
        seen.add(each.line_id)
    limit = creditable.due_minor if disposition == "reduce_due" else creditable.paid_minor
    if not faults and sum(each.amount_minor for each in wanted) > limit:
        what = "due on the invoice" if disposition == "reduce_due" else "paid on it and not given back yet"
        faults.append(CreditFault(None, "out_of_range", f"More than the {limit} that are {what}"))
    return faults
