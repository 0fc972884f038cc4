"""`usageflow strimzi`: the topics and users of Kafka as custom resources, from what the topics say of themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import typer

from usageflow_cli.operators import SERVICES
from usageflow_common.kafka.topic_settings import required_topics
from usageflow_common.settings import BusSettings
from usageflow_common.topics import TOPICS

_LABELS: Final = {"app.kubernetes.io/part-of": "usageflow-stores"}
_LOOK: Final = ("Describe", "DescribeConfigs")


def strimzi(
    cluster: Annotated[str, typer.Option(help="The name of the Kafka resource.")] = "usageflow",
    partitions: Annotated[int, typer.Option(min=1, help="USAGEFLOW_EVENT_PARTITIONS.")] = 12,
    replicas: Annotated[int, typer.Option(min=1, help="USAGEFLOW_REPLICATION_FACTOR.")] = 3,
    in_sync: Annotated[int, typer.Option(min=1, help="USAGEFLOW_MIN_INSYNC_REPLICAS.")] = 2,
) -> None:
    """Print a KafkaTopic for every topic and a KafkaUser for every service that may do what its service does and nothing else."""
    settings = BusSettings(
        kafka_bootstrap="none", event_partitions=partitions, replication_factor=replicas, min_insync_replicas=in_sync
    )
    # JSON is YAML, one resource a line: whoever reads a change sees which it is.
    for resource in (*kafka_topics(cluster, settings), *kafka_users(cluster)):
        typer.echo(f"---\n{json.dumps(resource)}")


def kafka_topics(cluster: str, settings: BusSettings) -> Iterator[dict[str, Any]]:
    """One for each topic and dead-letter topic."""
    for topic in TOPICS.values():
        for required in required_topics(topic, settings):
            spec = {
                "topicName": required.name,
                "partitions": required.partitions,
                "replicas": required.replicas,
                "config": dict(sorted(required.overrides.items())),
            }
            yield _resource("KafkaTopic", required.name, cluster, spec)


def kafka_users(cluster: str) -> Iterator[dict[str, Any]]:
    """One for each service: it writes what it produces, reads what it consumes, and belongs to groups of its own name."""
    for service in SERVICES:
        acls = [_group_acl(service)]
        for topic in TOPICS.values():
            operations: set[str] = set()
            if service in topic.producers:
                operations |= {"Write", "Read", *_LOOK}
            if service in topic.consumers:
                operations |= {"Read", *_LOOK}
            if operations:
                acls.append(_topic_acl(topic.name, operations))
            if topic.dead_letter and operations:
                # Whoever migrates looks at the topic; whoever consumes puts into it what nobody can read.
                dead = {*_LOOK, "Write"} if service in topic.consumers else set(_LOOK)
                acls.append(_topic_acl(f"{topic.name}.dlq", dead))
        spec = {"authentication": {"type": "scram-sha-512"}, "authorization": {"type": "simple", "acls": acls}}
        yield _resource("KafkaUser", f"usageflow-{service}", cluster, spec)


def _topic_acl(name: str, operations: set[str]) -> dict[str, Any]:
    return {
        "resource": {"type": "topic", "name": name, "patternType": "literal"},
        "operations": sorted(operations),
        "host": "*",
    }


def _group_acl(service: str) -> dict[str, Any]:
    return {
        "resource": {"type": "group", "name": service, "patternType": "prefix"},
        "operations": ["Read"],
        "host": "*",
    }


def _resource(kind: str, name: str, cluster: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": {"strimzi.io/cluster": cluster, **_LABELS}},
        "spec": dict(spec),
    }
