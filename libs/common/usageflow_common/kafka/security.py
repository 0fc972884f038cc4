"""How clients prove to Kafka who they are, and how Kafka proves it to them: from the settings, the same for every client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka.helpers import create_ssl_context

from usageflow_common.settings import BusSettings


def security_of(settings: BusSettings) -> Mapping[str, Any]:
    """Arguments of aiokafka's clients: TLS when it is asked for, SCRAM-SHA-512 when there is a user, neither of them otherwise.

    The broker's certificate is always checked, against `kafka_ca_file` or what the machine trusts, and so is its name.
    """
    arguments: dict[str, Any] = {}
    if settings.kafka_tls:
        ca_file = settings.kafka_ca_file
        arguments["ssl_context"] = create_ssl_context(cafile=None if ca_file is None else str(ca_file))
    if settings.kafka_username is not None and settings.kafka_password is not None:
        arguments |= {
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    protocol = ("SASL_" if "sasl_mechanism" in arguments else "") + ("SSL" if settings.kafka_tls else "PLAINTEXT")
    return arguments | {"security_protocol": protocol}
