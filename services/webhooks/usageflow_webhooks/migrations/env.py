"""Alembic's environment of this schema."""

from usageflow_common.migrations import run_environment
from usageflow_webhooks.tables import SCHEMA

run_environment(SCHEMA)
