"""Calls to addresses that people gave us: a site of theirs, a webhook. They must not lead back into our own network.

https only, no redirects, no proxy of the environment. A name is resolved here, all its addresses are checked, and the
connection goes to a checked one: what DNS says a moment later does not matter. TLS still proves the name. Origins that
the operator lists (`PRIVATE_TARGETS`) are called as they are.

What is refused raises PublishFailed (REFUSED): nothing was sent, and trying again would not help. A name that does not
resolve is httpx's ConnectError, like a server that is down.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import httpcore
import httpx

from lib.errors import PublishFailed, PublishFault

type Resolve = Callable[[str, int], Awaitable[Sequence[str]]]  # (host, port) -> addresses; raises OSError

# Lookups of people's names have threads of their own: a name server that never answers must not hold up our vendors'.
LOOKUPS = 16
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=10)
NAT64 = ip_network("64:ff9b::/96")
UNICAST = ip_network("2000::/3")  # all IPv6 that is routed (IANA, IPv6 address space)
# What Python's `is_global` lets through, or not in each of its versions: protocol assignments, 6to4 and its relays,
# Teredo, documentation, and the address at which Azure's machines talk to their host.
ODD = tuple(
    ip_network(it)
    for it in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "2001::/23", "2002::/16", "3fff::/20")
)


def open_outward_pool(private_targets: Sequence[str] = ()) -> httpx.AsyncClient:
    """`private_targets` are origins, as `http://10.0.0.5:8080`."""
    return httpx.AsyncClient(
        transport=Outward(private_targets),
        timeout=httpx.Timeout(15, connect=5),
        follow_redirects=False,
        trust_env=False,
    )


def is_public(address: str) -> bool:
    """Whether an IP address is on the open internet. One that wraps an IPv4 address is judged by it, or is not."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if ip in NAT64:
        ip = IPv4Address(ip.packed[-4:])
    if isinstance(ip, IPv6Address) and ip not in UNICAST:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in ODD)


class Outward(httpx.AsyncBaseTransport):
    """Lets through what may leave."""

    def __init__(
        self,
        private_targets: Sequence[str] = (),
        *,
        context: ssl.SSLContext | None = None,
        backend: "PublicOnly | None" = None,
    ) -> None:
        context = context or httpx.create_ssl_context(trust_env=False)
        self._listed = frozenset(origin_of(httpx.URL(target)) for target in private_targets)
        self._backend = backend or PublicOnly()
        self._private = httpx.AsyncHTTPTransport(verify=context, trust_env=False, limits=LIMITS)
        self._public = GuardedTransport(context, self._backend)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if origin_of(request.url) in self._listed:
            return await self._private.handle_async_request(request)
        if request.url.scheme != "https":
            raise refused("the address does not begin with https")
        return await self._public.handle_async_request(request)

    async def aclose(self) -> None:
        await self._private.aclose()
        await self._public.aclose()
        self._backend.close()


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own, on a pool that dials through `backend`; httpx has no argument for that."""

    def __init__(self, context: ssl.SSLContext, backend: httpcore.AsyncNetworkBackend) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=LIMITS.max_connections,
            max_keepalive_connections=LIMITS.max_keepalive_connections,
            keepalive_expiry=LIMITS.keepalive_expiry,
            network_backend=backend,
        )


class PublicOnly(httpcore.AsyncNetworkBackend):
    """Dials addresses that have been checked; httpcore goes on with the name for TLS."""

    def __init__(self, resolve: Resolve | None = None, dial: httpcore.AsyncNetworkBackend | None = None) -> None:
        self._threads = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="outward")
        self._resolve = resolve or self._look_up
        self._dial = dial or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._checked(host, port, timeout)
        share = timeout / len(addresses) if timeout else None
        for address in addresses[:-1]:
            try:
                return await self._dial.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._dial.connect_tcp(addresses[-1], port, share, local_address, socket_options)

    async def _checked(self, host: str, port: int, patience: float | None) -> Sequence[str]:
        try:
            async with asyncio.timeout(patience):
                addresses = list(dict.fromkeys(await self._resolve(host, port)))
        except TimeoutError as exc:
            raise httpcore.ConnectTimeout("the name was not resolved in time") from exc
        except (OSError, UnicodeError) as exc:
            raise httpcore.ConnectError("the name does not resolve") from exc
        if not addresses:
            raise httpcore.ConnectError("the name has no address")
        if not all(map(is_public, addresses)):
            raise refused("the address is private, or leads to a private network")
        return addresses

    async def _look_up(self, host: str, port: int) -> Sequence[str]:
        def ask() -> list[Any]:
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)

        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [str(place[0]) for *_, place in found]

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise refused("the address is a file of this machine")

    async def sleep(self, seconds: float) -> None:
        await self._dial.sleep(seconds)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def origin_of(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def refused(why: str) -> PublishFailed:
    return PublishFailed(PublishFault.REFUSED, why, reason=why)
