"""The folder of one installation: its data, logs, secrets and state, and the lock that gives it to one runner."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO

from usageflow_local.errors import AlreadyRunning, LocalRuntimeError
from usageflow_local.private import write_private
from usageflow_local.strays import await_guardians

_FORMER_PARTS_SECONDS_MAX = 40.0


@dataclass(frozen=True, slots=True)
class PartState:
    """What `status` tells of one part. `restarts` counts since the runner began."""

    name: str
    state: str
    address: str
    pid: int | None
    guardian_pid: int | None
    restarts: int


@dataclass(frozen=True, slots=True)
class RunnerState:
    """What the runner writes for others to read."""

    pid: int
    since: str
    ready: bool
    parts: tuple[PartState, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Home:
    """Paths of one installation."""

    folder: Path

    def __post_init__(self) -> None:
        """Make the folder absolute: the parts run in folders of their own."""
        object.__setattr__(self, "folder", self.folder.absolute())

    @property
    def logs(self) -> Path:
        """One log a part."""
        return self.folder / "logs"

    @property
    def credentials(self) -> Path:
        """Secrets, private."""
        return self.folder / "credentials.json"

    @property
    def addresses(self) -> Path:
        """KEY=value for tools and tests; private, since it holds passwords."""
        return self.folder / "addresses.env"

    @property
    def ports(self) -> Path:
        """The ports of the last run, preferred by the next one."""
        return self.folder / "ports.json"

    @property
    def migrated(self) -> Path:
        """Fingerprints of the migrations that succeeded."""
        return self.folder / "migrated.json"

    @property
    def demo(self) -> Path:
        """The demo organization and its key, private."""
        return self.folder / "demo.json"

    def write_state(self, state: RunnerState) -> None:
        """Replace the state as a whole."""
        write_private(self.folder / "state.json", json.dumps(asdict(state), indent=1))

    def read_state(self) -> RunnerState | None:
        """The state of the present or the last runner; None when there was none."""
        path = self.folder / "state.json"
        if not path.exists():
            return None
        raw = json.loads(path.read_text())
        return RunnerState(**{**raw, "parts": tuple(PartState(**part) for part in raw["parts"])})

    def write_addresses(self, addresses: dict[str, str]) -> None:
        """For tools and tests: one KEY=value a line."""
        write_private(self.addresses, "".join(f"{name}={value}\n" for name, value in addresses.items()))

    def write_environment(self, service: str, environment: Mapping[str, str]) -> None:
        """For operators' commands: the settings and secrets of one service, private."""
        folder = self.folder / "environment"
        folder.mkdir(exist_ok=True)
        write_private(folder / f"{service}.json", json.dumps(dict(environment), indent=1))

    def runner_pid(self) -> int | None:
        """The pid of the runner that holds this home, if one does."""
        if not self._lock.exists():
            return None
        with self._lock.open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0) or None
            return None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the home for this process; the kernel lets go even after kill -9.

        Raises AlreadyRunning when another runner holds it, LocalRuntimeError when it cannot be written to.
        """
        with self._opened_lock() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise AlreadyRunning(
                    f"It runs already, from {self.folder} (pid {file.read()}). Stop that first, or choose another --home."
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            self._await_former_parts()
            yield

    def _opened_lock(self) -> TextIO:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return self._lock.open("a+")
        except OSError as error:
            raise LocalRuntimeError(
                f"{self.folder} cannot be used: {error.strerror}. Choose another place by --home or USAGEFLOW_HOME."
            ) from error

    def _await_former_parts(self) -> None:
        """The guardians of a runner that was killed may still be ending their parts: let them finish."""
        former = self.read_state()
        pids = [part.guardian_pid for part in former.parts if part.guardian_pid is not None] if former else []
        if pids and (pid := await_guardians(pids, _FORMER_PARTS_SECONDS_MAX)) is not None:
            raise LocalRuntimeError(f"Parts of a former run do not end (guardian pid {pid}).")

    @property
    def _lock(self) -> Path:
        return self.folder / "lock"
