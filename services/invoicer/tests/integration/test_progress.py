"""Until when everything accepted is in what periods hold: told only once it is applied, and of all partitions."""

from invoicer_billing import PARTITIONS, Billing
from invoicer_log import at

from usageflow_common.database import transaction
from usageflow_invoicer.service.progress import Counted, Progress
from usageflow_invoicer.store.progress import read_counted_through


async def test_an_instant_holds_once_what_lies_in_front_of_its_offset_is_applied(billing: Billing):
    standing = [(await billing.log.standing(partition))[0] for partition in range(PARTITIONS)]
    early, late = at("2026-03-02T10:00"), at("2026-03-02T10:00:05")
    answers = [
        [Counted(0, standing[0], early)],
        [Counted(0, standing[0] + 2, late), Counted(1, standing[1], late)],
        [Counted(0, standing[0] + 2, late)],
    ]

    async def ask() -> list[Counted]:
        return answers.pop(0)

    async def through() -> object:
        async with transaction(billing.engine, read_only=True) as tx:
            return await read_counted_through(tx)

    progress = Progress(ask)
    await progress.look(billing.engine)
    assert await through() is None  # of the other partition nothing is known
    await progress.look(billing.engine)
    assert await through() == early  # two more events are counted there, and not applied here
    await billing.subscribe("c", "2026-03-01")
    await billing.track("c", "2026-03-02", calls=2)
    await progress.look(billing.engine)
    assert await through() == late
