"""A barrier that does not pass is told once, by the partition that it waits for."""

from datetime import timedelta

from invoicer_billing import PARTITIONS, Billing

from usageflow_common.clock import Clock
from usageflow_invoicer.service.stalls import WAIT_SECONDS, StallWatch


async def test_the_partition_that_a_barrier_waits_for_is_named(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    barrier_id = await billing.start_run("2026-04-01T01:00")
    watch = StallWatch()
    late = Clock().wall() + timedelta(seconds=61)
    assert await watch.look(billing.engine, late, PARTITIONS) == []  # its markers are not written yet
    await billing.mark()
    await billing.echo(barrier_id, 0)
    assert await watch.look(billing.engine, Clock().wall(), PARTITIONS) == []
    late = Clock().wall() + timedelta(seconds=61)
    [stalled] = await watch.look(billing.engine, late, PARTITIONS)
    # Both wait: the one for its echo; the first one's echo requires that the other is applied too.
    assert (stalled.partition, stalled.marker_offset) == (1, None)
    assert await watch.look(billing.engine, late, PARTITIONS) == []
    assert WAIT_SECONDS.labels("1")._value.get() > 60
    await billing.echo(barrier_id, 1)
    assert await watch.look(billing.engine, late, PARTITIONS) == []
    assert WAIT_SECONDS.labels("1")._value.get() == 0
