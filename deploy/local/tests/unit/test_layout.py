"""Ports: asked for, remembered, usual, taken."""

import socket
from collections.abc import Iterator

import pytest

from usageflow_local.layout import choose_ports, random_ports, usual_ports
from usageflow_local.ports import HOST, any_free_port, is_free, preferred_port
from usageflow_local.services import SERVICES


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_somebody_listens_on_is_not_free(taken_port: int) -> None:
    assert not is_free(taken_port)
    assert preferred_port(taken_port) != taken_port


def test_usual_ports_are_the_documented_ones() -> None:
    usual = usual_ports(SERVICES)
    assert (usual["gateway-api"], usual["gateway-worker"], usual["webhooks-api"]) == (8080, 9080, 8084)
    assert len(set(usual.values())) == len(usual) == 12


def test_a_taken_port_is_moved_and_no_port_is_given_twice(taken_port: int) -> None:
    asked = dict.fromkeys(("gateway-api", "ingest-api", "kafka"), taken_port)
    chosen = choose_ports(SERVICES, asked=asked, last={})
    assert taken_port not in chosen.values()
    assert len(set(chosen.values())) == len(chosen)


def test_what_is_asked_for_wins_over_the_last_run_and_the_last_run_over_the_usual() -> None:
    asked, last, other = (any_free_port() for _ in range(3))
    chosen = choose_ports(SERVICES, asked={"kafka": asked}, last={"kafka": last, "postgres": other})
    assert chosen["kafka"] == asked
    assert chosen["postgres"] == other


def test_throw_away_systems_stay_away_from_usual_and_ephemeral_ports() -> None:
    chosen = random_ports(SERVICES, asked={"kafka": 4321})
    assert chosen.pop("kafka") == 4321
    assert all(20_000 <= port < 32_000 for port in chosen.values())
