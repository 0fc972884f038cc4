"""Migrations: each service's schema, role and version table; forward only, under an advisory lock and a lock timeout.

A service's `migrations/env.py` is one call of `run_environment`; its `migrations/versions/` holds the steps: files written by
hand, `0001_<name>.py`, with `revision`, `down_revision` and `upgrade()`. A released step never changes.
"""

from usageflow_common.migrations.rights import refuse_changes
from usageflow_common.migrations.schema import VERSION_TABLE, ServiceSchema
from usageflow_common.migrations.upgrading import run_environment, upgrade

__all__ = ["VERSION_TABLE", "ServiceSchema", "refuse_changes", "run_environment", "upgrade"]
