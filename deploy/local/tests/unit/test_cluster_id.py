"""Kafka takes its cluster id from a command line."""

import base64

from usageflow_local.kafka import new_cluster_id


def test_a_cluster_id_is_a_uuid_that_no_command_line_takes_for_an_option():
    made = [new_cluster_id() for _ in range(2_000)]
    assert not any(text.startswith("-") for text in made)
    assert {len(base64.urlsafe_b64decode(text + "==")) for text in made} == {16}
