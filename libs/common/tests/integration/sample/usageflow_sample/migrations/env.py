"""alembic's entry."""

from usageflow_sample.tables import SCHEMA

from usageflow_common.migrations import run_environment

run_environment(SCHEMA)
