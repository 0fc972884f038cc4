"""The worker process: facts in, hints and audit entries out, attempts to receivers. Any number of them may run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI

from usageflow_common.clock import Clock
from usageflow_common.dead_letters import DeadLetters
from usageflow_common.http import create_app
from usageflow_common.kafka import Bus, PartitionConsumer, Producer
from usageflow_common.outbox import Relay
from usageflow_common.runtime import supervise
from usageflow_common.topics import BILLING_EVENTS, INVOICE_CREATED, WEBHOOK_DISPATCH
from usageflow_webhooks.client import DeliveryClient
from usageflow_webhooks.consumer import FactHandler, HintHandler
from usageflow_webhooks.deliverer import Deliverer
from usageflow_webhooks.departures import Departures
from usageflow_webhooks.intake import Intake
from usageflow_webhooks.service.upkeep import Retention, Upkeep
from usageflow_webhooks.settings import WebhooksSettings
from usageflow_webhooks.tables import SCHEMA
from usageflow_webhooks.wiring import database_check, make_engine, make_proxy, make_resolver, make_vault

_GROUP = "webhooks"
_FACTS_A_BATCH = 500


def build_worker(settings: WebhooksSettings) -> FastAPI:
    """The application that carries the worker's tasks, health and metrics."""
    engine = make_engine(settings, "worker")
    resolver = make_resolver(settings)
    bus = Bus(settings, "webhooks")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        producer = Producer(bus)
        await producer.start()
        wake, clock = asyncio.Event(), Clock()
        relay = Relay(engine, settings.database_url.get_secret_value(), producer, schema=SCHEMA.service)
        supervise(app, "relay", relay.run)
        vault = make_vault(settings)
        client = DeliveryClient(resolver, proxy=make_proxy(settings))
        deliverer = Deliverer(engine, client, vault, clock, wake)
        supervise(app, "deliverer", deliverer.run)
        intake = Intake(engine, clock, deliverer)
        for topic in (INVOICE_CREATED, BILLING_EVENTS):
            handler = FactHandler(engine, intake, DeadLetters(topic, producer, clock), topic)
            consumer = PartitionConsumer(
                bus, topic, handler, group=f"{_GROUP}.{topic.name}", batch_records=_FACTS_A_BATCH
            )
            supervise(app, topic.name, consumer.run)
        hints = PartitionConsumer(bus, WEBHOOK_DISPATCH, HintHandler(wake), group=f"{_GROUP}.{WEBHOOK_DISPATCH.name}")
        supervise(app, WEBHOOK_DISPATCH.name, hints.run)
        kept = Retention(timedelta(days=settings.webhook_log_days), timedelta(days=settings.webhook_parked_days))
        upkeep = Upkeep(engine, clock, vault, kept)
        departures = Departures(bus, engine, clock)
        supervise(app, "organizations", departures.follow)
        supervise(app, "departures", departures.run)
        supervise(app, "purge", upkeep.keep_purging)
        supervise(app, "sweep", upkeep.keep_sweeping)
        supervise(app, "gauges", upkeep.keep_measuring)
        supervise(app, "sealing", upkeep.keep_sealing_anew)
        yield
        await producer.stop()
        resolver.close()
        await engine.dispose()

    return create_app(title="UsageFlow webhooks worker", checks={"postgres": database_check(engine)}, lifespan=lifespan)
