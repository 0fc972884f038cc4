"""The whole system, with stand-ins for the services, on a real PostgreSQL and a real Kafka."""

import json
import socket
from pathlib import Path

import pytest

from usageflow_local.errors import AlreadyRunning, PartFailed
from usageflow_local.home import Home
from usageflow_local.probes import probe_http
from usageflow_local.services import Service
from usageflow_local.system import System


async def test_parts_are_restarted_and_can_be_stopped_and_resumed(home: Path, stand_ins: tuple[Service, ...]) -> None:
    news: list[str] = []
    async with System.start(home, throwaway=True, services=stand_ins, announce=news.append) as system:
        # Migrations ran in order, as the owner.
        assert (home / "migrations.txt").read_text() == "gateway True\ningest True\n"
        # Killed: it comes back by itself, at the same place, and that is told.
        system.kill("ingest-worker")
        await system.wait_ready("ingest-worker")
        assert any("ingest-worker ended with exit code 137; starting it again in 1 s" in line for line in news)
        assert {state.name: state.restarts for state in system.states}["ingest-worker"] == 1
        # Stopped: it stays away until it is resumed.
        await system.stop("postgres")
        await system.stop("gateway-api")
        with pytest.raises(ConnectionRefusedError):
            await probe_http(system.ports["gateway-api"])
        await system.resume("postgres")
        await system.resume("gateway-api")
        await system.wait_ready()
        # A second runner is refused while this one holds the home.
        with pytest.raises(AlreadyRunning, match="It runs already"):
            async with System.start(home, throwaway=True, services=stand_ins):
                pass
        # Tools find where everything is, and operators' commands the settings of each service.
        assert f"USAGEFLOW_API_KEY={system.api_key}\n" in Home(home).addresses.read_text()
        settings = json.loads((home / "environment" / "ingest.json").read_text())
        assert settings["USAGEFLOW_KAFKA_BOOTSTRAP"] == system.kafka.bootstrap
    assert not (home / "kafka").exists()


async def test_a_second_run_keeps_the_key_and_moves_away_from_taken_ports(
    home: Path, stand_ins: tuple[Service, ...]
) -> None:
    async with System.start(home, services=stand_ins, ports={"gateway-api": 21180}) as system:
        first_key, first_port = system.api_key, system.ports["gateway-api"]
    with socket.create_server(("127.0.0.1", first_port)):
        async with System.start(home, services=stand_ins) as system:
            assert system.api_key == first_key
            assert system.ports["gateway-api"] != first_port
            assert f"USAGEFLOW_URL={system.gateway_url}\n" in Home(home).addresses.read_text()


async def test_a_part_that_is_never_ready_is_named_with_its_reason(home: Path, stand_ins: tuple[Service, ...]) -> None:
    refusing = System.start(
        home, throwaway=True, services=stand_ins, overrides={"REFUSES": "gateway-api"}, ready_seconds=2
    )
    with pytest.raises(PartFailed, match=r"(?s)gateway-api was not ready after 2 s.*/ready answered.*503"):
        await refusing.__aenter__()
    assert not (home / "kafka").exists()
