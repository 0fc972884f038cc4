"""Runs the steps of the gateway's schema."""

from usageflow_common.migrations import run_environment
from usageflow_gateway.tables import SCHEMA

run_environment(SCHEMA)
