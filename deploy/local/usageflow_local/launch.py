"""How a service's program is run: as a part that stays, as a migration, as an operators' command."""

import asyncio
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from usageflow_local.environment import Site, environment_of
from usageflow_local.errors import LocalRuntimeError, PartFailed
from usageflow_local.home import Home
from usageflow_local.keeper import PlainPart
from usageflow_local.migrated import fingerprint, is_remembered, remember
from usageflow_local.process import Command, GuardedProcess
from usageflow_local.services import Kind, Service

_OPERATION_SECONDS_MAX = 60


@dataclass(frozen=True, slots=True)
class Launcher:
    """`overrides` wins over what environment_of says, in every process."""

    home: Home
    site: Site
    overrides: Mapping[str, str]

    def part(self, service: Service, kind: Kind) -> PlainPart:
        """One process of a service, not started."""
        name = service.part(kind)
        return PlainPart(name, self._command(service, kind, environment_of(service.name, kind, self.site), name))

    async def migrate(self, service: Service, data_identity: str) -> str:
        """Bring schema and topics up to date, and say what was done. Raises PartFailed with the end of the log.

        What succeeded before with the same code on the same data is not done again.
        """
        name = f"{service.name}-migrate"
        environment = environment_of(service.name, "migrate", self.site) | dict(self.overrides)
        mark = fingerprint(service, environment, data_identity)
        if is_remembered(self.home.migrated, service.name, mark):
            return f"{service.name} is migrated already"
        command = self._command(service, "migrate", environment, name)
        process = await asyncio.to_thread(GuardedProcess, command)
        try:
            code = await process.ended()
        finally:
            await asyncio.to_thread(process.stop)
        if code != 0:
            raise PartFailed(name, f"ended with exit code {code}", command.log)
        remember(self.home.migrated, service.name, mark)
        return f"{service.name} is migrated"

    def operate(self, service: Service, words: list[str], typed: str = "") -> str:
        """What an operators' command prints that reads what is `typed`. Blocks. Raises LocalRuntimeError with what it complains about."""
        done = subprocess.run(
            [*service.program, *words],
            env=self._environment(environment_of(service.name, "api", self.site)),
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=_OPERATION_SECONDS_MAX,
        )
        if done.returncode != 0:
            raise LocalRuntimeError(f"{service.name} {' '.join(words[:2])} failed:\n{done.stderr[-2_000:]}")
        return done.stdout

    def _command(self, service: Service, word: str, environment: Mapping[str, str], name: str) -> Command:
        return Command(
            arguments=[*service.program, word],
            environment=self._environment(environment),
            folder=self.home.folder,
            log=self.home.logs / f"{name}.log",
        )

    def _environment(self, own: Mapping[str, str]) -> dict[str, str]:
        # PYTHONUNBUFFERED: the last words of a part that is killed must be in its log.
        return {**os.environ, "PYTHONUNBUFFERED": "1", **own, **self.overrides}
