"""What a price would make of usage: the very code that rates invoices, without storing anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import transaction
from usageflow_common.errors import FieldError, NotFound, ValidationFailed
from usageflow_common.ids import new_id
from usageflow_common.money import round_to_minor
from usageflow_common.tokens import Caller
from usageflow_common.wire import MoneyModel
from usageflow_invoicer.catalogs import Metrics
from usageflow_invoicer.domain.plans import Charge, PlanVersion, Value
from usageflow_invoicer.domain.pricing.documents import step_document
from usageflow_invoicer.domain.pricing.proration import WHOLE
from usageflow_invoicer.domain.pricing.rating import AmountOutOfRange, Rated, in_range
from usageflow_invoicer.domain.rated_charges import rate_value, values_of
from usageflow_invoicer.schemas.plans import DefinitionInput
from usageflow_invoicer.schemas.simulations import (
    DefinitionPricing,
    DraftPricing,
    PricingInput,
    SimulatedInvoice,
    SimulatedLine,
    SimulationBody,
    SimulationInput,
    StepBody,
    UsageInput,
    VersionPricing,
)
from usageflow_invoicer.service.plans import published_version
from usageflow_invoicer.store import plans as store
from usageflow_invoicer.store.plans import Plan

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When a plan that is none was made."""


async def simulate(engine: AsyncEngine, caller: Caller, metrics: Metrics, wanted: SimulationInput) -> SimulationBody:
    """An invoice for each set of usage. ValidationFailed where usage does not fit the price, or an amount cannot be told."""
    version = await read_pricing(engine, caller, metrics, wanted.pricing)
    return SimulationBody(
        data=[_invoice(version, usages, f"/usages/{index}") for index, usages in enumerate(wanted.usages)]
    )


async def read_pricing(engine: AsyncEngine, caller: Caller, metrics: Metrics, wanted: PricingInput) -> PlanVersion:
    """What is priced with. NotFound for a plan, a version or a draft that is not there."""
    match wanted:
        case VersionPricing():
            async with transaction(engine, read_only=True) as tx:
                found = await store.read_versions(tx, caller.org_id, [(wanted.plan_id, wanted.version)])
            if not found:
                raise NotFound
            return found[wanted.plan_id, wanted.version].version
        case DraftPricing():
            async with transaction(engine, read_only=True) as tx:
                plan = await store.read_plan(tx, caller.org_id, wanted.plan_id)
            if plan is None or plan.draft is None:
                raise NotFound
            return await _version(caller, metrics, plan, DefinitionInput.model_validate(plan.draft), "/draft")
        case DefinitionPricing():
            plan = Plan(caller.org_id, new_id(), "", "Base price", None, wanted.currency, None, None, {}, EPOCH, 1)
            return await _version(caller, metrics, plan, wanted.definition, "/pricing/definition")


async def _version(
    caller: Caller, metrics: Metrics, plan: Plan, definition: DefinitionInput, pointer: str
) -> PlanVersion:
    codes = [charge.metric for charge in definition.charges]
    known = await metrics.find(caller.org_id, codes) if codes else {}
    return published_version(plan, definition, known, pointer)


def _invoice(version: PlanVersion, usages: Sequence[UsageInput], place: str) -> SimulatedInvoice:
    quantities = _quantities(version, usages, place)
    lines, total = [], 0
    try:
        if version.base_price:
            base = in_range(round_to_minor(version.base_price, version.currency))
            lines.append(SimulatedLine(kind="base", description=version.name, amount=_money(base, version)))
            total += base
        for charge in version.charges:
            used = quantities.get(charge.metric, {})
            for value in values_of(charge, used):
                rated = rate_value(charge, value, used.get(value, Decimal(0)), WHOLE, version.currency)
                lines.append(_line(charge, value, rated, version))
                total += rated.amount_minor
        return SimulatedInvoice(lines=lines, total=_money(in_range(total), version))
    except AmountOutOfRange as error:
        field = FieldError(place, "out_of_range", f"{error} minor units cannot be told exactly")
        raise ValidationFailed.of(field) from error


def _quantities(version: PlanVersion, usages: Sequence[UsageInput], place: str) -> Mapping[str, dict[Value, Decimal]]:
    charges = {charge.metric: charge for charge in version.charges}
    found: dict[str, dict[Value, Decimal]] = {}
    errors = []
    for index, usage in enumerate(usages):
        here, charge = f"{place}/{index}", charges.get(usage.metric)
        if charge is None:
            errors.append(FieldError(f"{here}/metric", "invalid_value", "The price has no charge of this metric"))
            continue
        value = None if charge.matrix is None else (usage.group or {}).get(charge.matrix.property)
        if charge.matrix is not None and value is None:
            errors.append(FieldError(f"{here}/group", "required", f"Names the value of {charge.matrix.property}"))
        elif value in found.setdefault(usage.metric, {}):
            errors.append(FieldError(here, "duplicate", "Each metric and value once"))
        else:
            found[usage.metric][value] = usage.quantity
    if errors:
        raise ValidationFailed.of(*errors)
    return found


def _line(charge: Charge, value: Value, rated: Rated, version: PlanVersion) -> SimulatedLine:
    return SimulatedLine(
        kind="usage",
        description=charge.name,
        metric=charge.metric,
        model=charge.model,
        group=None if charge.matrix is None or value is None else {charge.matrix.property: value},
        quantity=rated.quantity,
        included_units=rated.included_units,
        billable_units=rated.billable_units,
        steps=[StepBody.model_validate(step_document(step)) for step in rated.steps],
        unrounded=rated.unrounded,
        amount=_money(rated.amount_minor, version),
    )


def _money(amount_minor: int, version: PlanVersion) -> MoneyModel:
    return MoneyModel(amount_minor=amount_minor, currency=version.currency)
