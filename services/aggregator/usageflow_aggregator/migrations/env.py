"""Alembic's environment of this schema."""

from usageflow_aggregator.tables import SCHEMA
from usageflow_common.migrations import run_environment

run_environment(SCHEMA)
