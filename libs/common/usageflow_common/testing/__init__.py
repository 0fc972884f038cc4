"""What tests of every service stand on: real PostgreSQL and Kafka by the fixtures of `testing.plugin`, and a few plain functions.

No fixture skips: a missing dependency fails.
"""

from usageflow_common.testing.callers import TokenKeys, caller
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.eventually import eventually
from usageflow_common.testing.fences import assert_fenced
from usageflow_common.testing.schemas import assert_matches_metadata

__all__ = ["ServiceDatabase", "TokenKeys", "assert_fenced", "assert_matches_metadata", "caller", "eventually"]
