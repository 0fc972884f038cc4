"""One live idempotent producer of aiokafka, made in the background and made anew after it was discarded.

A batch that failed leaves a gap in an idempotent producer's sequence numbers, and every later batch of that partition fails too:
such a producer is thrown away. The former one is closed before the next one starts, so messages are not overtaken by old ones.
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from usageflow_common.kafka.bus import Bus
from usageflow_common.kafka.closing import close_producer
from usageflow_common.kafka.messages import MESSAGE_BYTES_MAX
from usageflow_common.kafka.security import security_of
from usageflow_common.logs import get_logger
from usageflow_common.metrics import PRODUCER_REPLACED

_RETRY_SECONDS: Final = 0.5
_CONNECT_SECONDS: Final = 10.0
_REQUEST_TIMEOUT_MS: Final = 10_000


class ProducerConnection:
    """Holds the producer of the moment. `start` first; then `live` whenever something is to be sent."""

    def __init__(self, bus: Bus, *, batch_bytes: int) -> None:
        self._bus = bus
        self._batch_bytes = batch_bytes
        self._log = get_logger(__name__)
        self._live: AIOKafkaProducer | None = None
        self._is_live = asyncio.Event()
        self._is_discarded = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._flush_seconds = 0.0

    def start(self) -> None:
        """Begin to connect, in the background."""
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep(), name="kafka-producer")

    async def stop(self, *, flush_seconds: float) -> None:
        """Flush, bounded, and close."""
        if self._keeper is None:
            return
        self._flush_seconds = flush_seconds
        keeper, self._keeper = self._keeper, None
        keeper.cancel()
        await asyncio.wait({keeper})
        if self._closing is not None:
            await self._closing

    async def live(self) -> AIOKafkaProducer:
        """The producer, as soon as there is one: bound the wait."""
        if self._keeper is None:
            raise RuntimeError("The producer was not started, or was stopped.")
        if self._keeper.done():
            self._keeper.result()  # raises what ended it: a programming error
        while self._live is None:
            await self._is_live.wait()
        return self._live

    def discard(self, producer: AIOKafkaProducer, error: BaseException) -> None:
        """Have `producer` replaced, unless that has happened already."""
        if producer is self._live:
            self._log.warning("producer_replaced", error=repr(error))
            PRODUCER_REPLACED.labels(self._bus.service).inc()
            self._live = None
            self._is_live.clear()
            self._is_discarded.set()

    async def _keep(self) -> None:
        while True:
            producer = await self._connect()
            self._is_discarded.clear()
            self._live = producer
            self._is_live.set()
            try:
                await self._is_discarded.wait()
            finally:
                flush_seconds = self._flush_seconds if self._live is producer else 0
                self._live = None
                self._is_live.clear()
                # A task of its own: to be stopped meanwhile must not leave it half closed.
                self._closing = asyncio.create_task(close_producer(producer, flush_seconds=flush_seconds))
                await asyncio.shield(self._closing)

    async def _connect(self) -> AIOKafkaProducer:
        waiting = False
        while True:
            producer = self._make()
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    await producer.start()
            except (KafkaError, TimeoutError, OSError) as error:
                if not waiting:
                    self._log.warning("producer_waits_for_kafka", error=str(error))
                waiting = True
                await producer.stop()
            except BaseException:
                await producer.stop()
                raise
            else:
                self._log.info("producer_connected")
                return producer
            await asyncio.sleep(_RETRY_SECONDS)

    def _make(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self._bus.settings.kafka_bootstrap,
            **security_of(self._bus.settings),
            client_id=f"usageflow-{self._bus.service}",
            acks="all",
            enable_idempotence=True,
            compression_type="zstd",
            max_batch_size=self._batch_bytes,
            max_request_size=MESSAGE_BYTES_MAX,
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
            linger_ms=0,
        )
