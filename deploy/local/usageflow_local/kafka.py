"""A Kafka of one's own: one KRaft node, broker and controller in one process, on a port of 127.0.0.1.

It acknowledges what is in the page cache: `kill -9` of it loses nothing, a crash of the machine may.
"""

import base64
import os
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from usageflow_local.errors import LocalRuntimeError
from usageflow_local.jars import cache_folder, kafka_jars
from usageflow_local.java import Java, find_java
from usageflow_local.ports import HOST, any_free_port
from usageflow_local.probes import probe_kafka, wait_until_ready
from usageflow_local.process import Command, GuardedProcess

_READY_SECONDS_MAX = 90.0
_DATA = "log"  # relative to the process's folder: a property's value would need escapes for some paths

_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "log.dirs": _DATA,
    # Topics are made by the services, with the partitions and the retention that they must have.
    "auto.create.topics.enable": "false",
    # The broker's clock, not the sender's: retention and audits must not depend on it.
    "log.message.timestamp.type": "LogAppendTime",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # After `kill -9` the node may register again only when its former session has expired.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # One machine with two cores: few threads.
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
}

_HEAP = "-Xmx512m"
_THROWAWAY_HEAP = "-Xmx384m"
# C1 alone and the simplest collector: half the memory and a faster start; the throughput is far above our needs.
_QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
_LOGGING = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)


@dataclass(frozen=True, slots=True, repr=False)
class Guard:
    """A second listener, on which clients come by TLS and name themselves by SCRAM-SHA-512. PEM texts; `users`: name → password.

    With `by_rights` they may do nothing until it is granted to them; whoever comes by the first listener may grant it.
    """

    port: int
    certificate: str
    private_key: str
    users: Mapping[str, str]
    by_rights: bool = False

    @property
    def properties(self) -> dict[str, str]:
        """What server.properties has besides."""
        here = "listener.name.guarded."
        rights = {
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }
        return {
            **(rights if self.by_rights else {}),
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            f"{here}scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            f"{here}ssl.keystore.type": "PEM",
            f"{here}ssl.keystore.certificate.chain": _one_line(self.certificate),
            f"{here}ssl.keystore.key": _one_line(self.private_key),
        }


def _one_line(text: str) -> str:
    return text.strip().replace("\n", "\\n")


class LocalKafka(AbstractContextManager["LocalKafka"]):
    """One node and its data; clients start from `bootstrap`.

    After `start`, `stop` and `kill` leave the data and the port as they are, so that `start` continues on them;
    `close` ends it, and deletes throw-away data. Throw-away data is deleted when the runner dies, too.
    """

    name: Final = "kafka"

    def __init__(
        self,
        home: Path,
        *,
        throwaway: bool,
        port: int | None = None,
        java: Java | None = None,
        guard: Guard | None = None,
    ) -> None:
        """Data in `home`/kafka; `port` None: any free one. The controller's own port is always any free one."""
        self._guard = guard
        self._java = java or find_java()
        self._home = home.absolute()
        self._folder = self._home / "kafka"
        self._throwaway = throwaway
        self._process: GuardedProcess | None = None
        self.port = port or any_free_port()
        self.log = self._home / "logs" / "kafka.log"

    @property
    def bootstrap(self) -> str:
        """The address for clients."""
        return f"{HOST}:{self.port}"

    @property
    def data_identity(self) -> str:
        """What tells this data from data that was made anew: the ids that formatting drew."""
        return (self._folder / _DATA / "meta.properties").read_text()

    def start(self) -> None:
        """Fetch the jars and format the data if need be, start (again), and return when metadata is answered.

        Raises MissingPrerequisite without Maven, PartFailed with the end of its log.
        """
        self.stop()
        jars = kafka_jars(self._java, cache_folder())
        self._folder.mkdir(parents=True, exist_ok=True)
        controller_port = any_free_port(except_for=[self.port])
        properties = self._folder / "server.properties"
        properties.write_text(render_properties(self.port, controller_port, self._guard))
        properties.chmod(0o600)
        if not (self._folder / _DATA / "meta.properties").exists():
            self._format(jars)
        self._process = GuardedProcess(self._command(jars))
        wait_until_ready(self.name, lambda: probe_kafka(self.bootstrap), self._process, self.log, _READY_SECONDS_MAX)

    def stop(self) -> None:
        """Clean shutdown."""
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        """SIGKILL, as a crash of the broker would be."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Stop, and delete throw-away data."""
        if self._throwaway:
            self.kill()
            shutil.rmtree(self._folder, ignore_errors=True)
        else:
            self.stop()

    @property
    def process(self) -> GuardedProcess | None:
        """The running or ended process; None before the first start."""
        return self._process

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _command(self, jars: Path) -> Command:
        return Command(
            arguments=[*self._java_command(jars), "kafka.Kafka", "server.properties"],
            environment=dict(os.environ),
            folder=self._folder,
            log=self.log,
            grace_seconds=20.0,
            remove_with_runner=self._folder if self._throwaway else None,
        )

    def _java_command(self, jars: Path) -> list[str]:
        heap = _THROWAWAY_HEAP if self._throwaway else _HEAP
        return [str(self._java.program), heap, *_QUICK_START, *_LOGGING, "-cp", f"{jars}/*"]

    def _format(self, jars: Path) -> None:
        """Give the data its cluster id. What an unfinished attempt left is begun anew: nothing was written to it."""
        shutil.rmtree(self._folder / _DATA, ignore_errors=True)
        done = subprocess.run(
            [
                *self._java_command(jars),
                *(
                    "kafka.tools.StorageTool",
                    "format",
                    "--cluster-id",
                    new_cluster_id(),
                    "--config",
                    "server.properties",
                ),
                *(
                    word
                    for name, password in (self._guard.users if self._guard else {}).items()
                    for word in ("--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]")
                ),
            ],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LocalRuntimeError(f"Kafka's data could not be formatted:\n{done.stdout}{done.stderr}")


def render_properties(port: int, controller_port: int, guard: Guard | None = None) -> str:
    """server.properties for these ports. The quorum's voter is written here, so that the ports may change."""
    settings = {
        **_SETTINGS,
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
    }
    if guard is not None:
        address = f",GUARDED://{HOST}:{guard.port}"
        settings["listeners"] += address
        settings["advertised.listeners"] += address
        settings["listener.security.protocol.map"] += ",GUARDED:SASL_SSL"
        settings |= guard.properties
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def new_cluster_id() -> str:
    """A UUID in URL-safe base64, as Kafka's own are: never one that begins like an option."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text
