"""Runs the steps of the invoicer's schema."""

from usageflow_common.migrations import run_environment
from usageflow_invoicer.tables import SCHEMA

run_environment(SCHEMA)
