"""`restore`: metrics that a restored database does not have, or has as they were, from metrics.changed."""

from __future__ import annotations

import argparse
import sys

from usageflow_common.database import create_engine, is_unavailable
from usageflow_common.entry import NOT_REACHABLE
from usageflow_common.errors import Unavailable
from usageflow_common.kafka import Bus, LogReader
from usageflow_common.records import MetricRecord
from usageflow_common.settings import read_settings
from usageflow_common.topics import METRICS_CHANGED, decode
from usageflow_ingest.service.adopting import adopt_metric
from usageflow_ingest.settings import IngestSettings


async def run_restore(_arguments: argparse.Namespace) -> int:
    """0 when the database is behind Kafka in no metric; prints how many were. 3 when PostgreSQL or Kafka is away."""
    settings = read_settings(IngestSettings)
    engine = create_engine(settings.database_url.get_secret_value(), application_name="ingest-operator", pool_size=1)
    reader, adopted = LogReader(Bus(settings, "ingest"), METRICS_CHANGED), 0
    await reader.start()
    try:
        async for message in reader.stream(0):
            record = decode(METRICS_CHANGED, message.value, message.headers.get("schema"))
            if isinstance(record, MetricRecord):
                adopted += await adopt_metric(engine, record)
    except Unavailable as error:
        sys.stderr.write(f"{error.detail}\n")
        return NOT_REACHABLE
    except Exception as error:
        if not is_unavailable(error):
            raise
        sys.stderr.write("PostgreSQL cannot be reached.\n")
        return NOT_REACHABLE
    finally:
        await reader.stop()
        await engine.dispose()
    sys.stdout.write(f'{{"metrics":{adopted}}}\n')
    return 0
