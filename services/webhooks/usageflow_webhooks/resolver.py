"""Names to addresses, by the system's resolver, in threads of our own: a slow name server holds up nobody else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

from usageflow_webhooks.domain.addresses import Address, Policy, Refusal, judge_answers
from usageflow_webhooks.domain.targets import Target

Lookup = Callable[[str, int], Sequence[Address]]


class NameUnresolved(OSError):
    """The name has no address, or nobody answered. `temporary`: asking later may help."""

    def __init__(self, *, temporary: bool) -> None:
        super().__init__("the name cannot be resolved")
        self.temporary = temporary


class AddressRefused(OSError):
    """A webhook may not go there."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"the address is refused: {refusal}")
        self.refusal = refusal


def system_lookup(host: str, port: int) -> list[Address]:
    """Every address that getaddrinfo knows for a stream to this host. Blocks."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NameUnresolved(temporary=error.errno == socket.EAI_AGAIN) from error
    except (UnicodeError, OSError) as error:
        raise NameUnresolved(temporary=False) from error
    # A scope comes back as `fe80::1%2`: it is kept, and refused for it.
    return [ip_address(entry[4][0]) for entry in found]


class Resolver:
    """Answers only what passes: all addresses of a name, or AddressRefused."""

    def __init__(self, policy: Policy, *, lookup: Lookup = system_lookup, threads: int = 64) -> None:
        self.policy = policy
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def vetted(self, target: Target) -> tuple[Address, ...]:
        """The addresses of the target, each of them judged; NameUnresolved when there is none."""
        if target.literal is not None:
            found: Sequence[Address] = (target.literal,)
        else:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._threads, self._lookup, target.host, target.port)
        if not found:
            raise NameUnresolved(temporary=False)
        refusal = judge_answers(found, self.policy, scheme=target.scheme)
        if refusal is not None:
            raise AddressRefused(refusal)
        return tuple(found)

    def close(self) -> None:
        """End the threads that are idle; a look-up under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
