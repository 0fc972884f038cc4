"""What the aggregator needs from its environment."""

from __future__ import annotations

from typing import Annotated

from pydantic import Base64Bytes, Field

from usageflow_common.settings import ServiceSettings


class AggregatorSettings(ServiceSettings):
    """`digest_key` keys the digests of windows: whoever holds it could forge a proof, so no other service has it."""

    digest_key: Annotated[Base64Bytes, Field(min_length=32)]
