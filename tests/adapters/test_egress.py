"""Addresses that people give us do not lead back into our own network."""

import asyncio
import ipaddress
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib.adapters.egress import Outward, PublicOnly, is_public, open_outward_pool
from lib.errors import PublishFailed, PublishFault

PUBLIC, ALSO_PUBLIC = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
# IANA's special-purpose registries, and what leads into them by another name.
NOT_PUBLIC = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
    *("::/128", "::1/128", "::/96", "::ffff:0:0/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:2::/48"),
    *("2001:10::/28", "2001:20::/28", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7"),
    *("fe80::/10", "fec0::/10", "ff00::/8", "64:ff9b::10.0.0.0/104", "64:ff9b::127.0.0.0/104"),
    *("64:ff9b::169.254.0.0/112", "64:ff9b::192.168.0.0/112"),
]
LOCAL_NAMES = (
    *("localhost", "127.0.0.1", "127.1", "0x7f.1", "017700000001", "2130706433", "0x7f000001", "0", "[::1]", "[::]"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[fe80::1]", "127。0。0。1"),
    *("[2002:7f00:1::]", "169.254.169.254", "10.0.0.1", "192.168.0.1", "[fd00:ec2::254]", "100.100.100.200"),
)


@st.composite
def addresses_in(draw: st.DrawFn, networks: Sequence[str]) -> str:
    network = ipaddress.ip_network(draw(st.sampled_from(networks)))
    return str(network[draw(st.integers(0, network.num_addresses - 1))])


@given(addresses_in(NOT_PUBLIC))
def test_no_address_of_a_special_range_is_public(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses())
@example(ipaddress.ip_address("64:ff9b::808:808"))
@example(ipaddress.ip_address("2001:4860:4860::8888"))
def test_an_address_is_public_only_if_python_thinks_so_of_it_and_of_what_it_wraps(address: Any) -> None:
    if is_public(str(address)):
        inner = (
            ipaddress.IPv4Address(address.packed[-4:]) if address in ipaddress.ip_network("64:ff9b::/96") else address
        )
        assert inner.is_global
        assert not inner.is_multicast


@pytest.mark.parametrize("address", [PUBLIC, ALSO_PUBLIC, "8.8.8.8", "1.1.1.1", "64:ff9b::808:808", "2a00:1450::1"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("nonsense", ["", "localhost", "127.1", "0x7f.1", "1.2.3", "fe80::1%eth0", "1.2.3.4.5"])
def test_what_is_not_a_plain_public_address_is_not_public(nonsense: str) -> None:
    assert not is_public(nonsense)


class Server:
    """A real one on this machine, which tells who came."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[bytes] = []
        self.names: list[str | None] = []
        self.reply = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.reply)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def running(context: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server()
    if context is not None:
        context.sni_callback = lambda _, name, __: server.names.append(name)  # type: ignore[assignment]
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server


async def failure_of(http: httpx.AsyncClient, url: str) -> PublishFailed:
    with pytest.raises(PublishFailed) as failed:
        await http.get(url)
    return failed.value


@pytest.mark.parametrize("name", LOCAL_NAMES)
async def test_a_name_that_leads_here_is_refused_however_it_is_spelled(name: str) -> None:
    async with running() as server, open_outward_pool() as http:
        failure = await failure_of(http, f"https://{name}:{server.port}/hooks/token")
        assert not server.asked
    assert failure.fault is PublishFault.REFUSED
    assert "private" in failure.reason


@pytest.mark.parametrize("scheme", ["http", "ftp", "ws", "file"])
async def test_only_https_leaves(scheme: str) -> None:
    async with running() as server, open_outward_pool() as http:
        failure = await failure_of(http, f"{scheme}://localhost:{server.port}/hooks/token")
        assert not server.asked
    assert failure.fault is PublishFault.REFUSED
    assert "https" in failure.reason


async def test_a_refusal_tells_neither_the_address_nor_its_host() -> None:
    async with open_outward_pool() as http:
        failure = await failure_of(http, "https://localhost:4433/hooks/token")
    for hidden in ("localhost", "4433", "token", "127.0.0.1", "::1"):
        assert hidden not in f"{failure!r} {failure.reason} {failure.details}"


async def test_a_name_that_does_not_resolve_is_a_connection_that_failed() -> None:
    async with open_outward_pool() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("https://nowhere.invalid/")


async def test_what_the_operator_lists_may_be_private_and_plain() -> None:
    async with running() as server:
        async with open_outward_pool([f"http://localhost:{server.port}"]) as http:
            assert (await http.get(f"http://localhost:{server.port}/hooks")).text == "ok"
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "other", ["http://127.0.0.1:{port}/", "https://localhost:{port}/", "http://localhost:{other}/"]
)
async def test_only_exactly_what_is_listed_may_be(other: str) -> None:
    async with running() as server:
        async with open_outward_pool([f"http://localhost:{server.port}"]) as http:
            await failure_of(http, other.format(port=server.port, other=server.port + 1))
        assert not server.asked


async def test_the_default_port_need_not_be_said() -> None:
    async with open_outward_pool(["http://localhost"]) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("http://localhost:80/")
    async with open_outward_pool(["https://localhost:443"]) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("https://localhost/")


async def test_a_redirect_is_not_followed() -> None:
    async with running() as server, running() as other:
        server.reply = (
            f"HTTP/1.1 302 Found\r\nlocation: http://localhost:{other.port}/\r\ncontent-length: 0\r\n\r\n".encode()
        )
        origins = [f"http://localhost:{it.port}" for it in (server, other)]
        async with open_outward_pool(origins) as http:
            reply = await http.post(f"{origins[0]}/hooks")
        assert reply.status_code == 302
        assert not other.asked


async def test_the_environments_proxy_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as server, running() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with open_outward_pool([f"http://localhost:{server.port}"]) as http:
            await http.get(f"http://localhost:{server.port}/")
        assert (len(server.asked), len(proxy.asked)) == (1, 0)


class Names:
    """DNS, with one answer after the other."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0)


class Detour(httpcore.AsyncNetworkBackend):
    """Dials one server of this machine, whatever address is asked for, and remembers which one was."""

    def __init__(self, port: int, dead: Sequence[str] = ()) -> None:
        self._port = port
        self._dead = dead
        self._real = httpcore.AnyIOBackend()
        self.dialled: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append(host)
        if host in self._dead:
            raise httpcore.ConnectError("dead")
        return await self._real.connect_tcp("127.0.0.1", self._port, timeout)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For blog.example, signed by itself."""
    path = tmp_path_factory.mktemp("tls") / "blog.example.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-subj", "/CN=blog.example", "-addext", "subjectAltName=DNS:blog.example", "-days", "2"),
            *("-keyout", str(path), "-out", str(path.with_suffix(".crt"))),
        ],
        check=True,
        capture_output=True,
    )
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


def serving_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def outward(certificate: Path, names: Names, detour: Detour) -> httpx.AsyncClient:
    trusting = ssl.create_default_context(cafile=str(certificate))
    return httpx.AsyncClient(transport=Outward(context=trusting, backend=PublicOnly(names, detour)))


async def test_dns_is_asked_once_and_what_it_says_a_moment_later_does_not_matter(certificate: Path) -> None:
    async with running(serving_tls(certificate)) as server:
        names, detour = Names([PUBLIC], ["127.0.0.1"]), Detour(server.port)
        async with outward(certificate, names, detour) as http:
            assert (await http.get("https://blog.example/wp-json", headers={"connection": "close"})).text == "ok"
            assert (names.asked, detour.dialled) == (["blog.example"], [PUBLIC])
            assert (await failure_of(http, "https://blog.example/wp-json")).fault is PublishFault.REFUSED
        assert (detour.dialled, len(server.asked)) == ([PUBLIC], 1)


async def test_tls_proves_the_name_and_not_the_address(certificate: Path) -> None:
    async with running(serving_tls(certificate)) as server:
        async with outward(certificate, Names([PUBLIC]), Detour(server.port)) as http:
            await http.get("https://blog.example/")
        assert server.names == ["blog.example"]
        assert b"host: blog.example\r\n" in server.asked[0].lower()
        async with outward(certificate, Names([PUBLIC]), Detour(server.port)) as http:
            with pytest.raises(httpx.ConnectError):
                await http.get("https://other.example/")
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "answer", [[PUBLIC, "127.0.0.1"], ["10.0.0.1", PUBLIC], [PUBLIC, "::1"], [PUBLIC, "fe80::1%2"]]
)
async def test_one_private_address_among_many_is_enough_to_refuse(certificate: Path, answer: list[str]) -> None:
    async with running(serving_tls(certificate)) as server:
        detour = Detour(server.port)
        async with outward(certificate, Names(answer), detour) as http:
            await failure_of(http, "https://blog.example/")
        assert not detour.dialled


async def test_when_one_address_does_not_answer_the_next_is_tried(certificate: Path) -> None:
    async with running(serving_tls(certificate)) as server:
        detour = Detour(server.port, dead=[ALSO_PUBLIC])
        async with outward(certificate, Names([ALSO_PUBLIC, PUBLIC]), detour) as http:
            assert (await http.get("https://blog.example/")).text == "ok"
        assert detour.dialled == [ALSO_PUBLIC, PUBLIC]


async def test_a_name_server_that_never_answers_is_not_waited_for() -> None:
    async def silence(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return [PUBLIC]

    backend = PublicOnly(silence, Detour(0))
    async with httpx.AsyncClient(transport=Outward(backend=backend), timeout=0.05) as http:
        with pytest.raises(httpx.ConnectTimeout):
            await http.get("https://blog.example/")


async def test_no_file_of_this_machine_can_be_dialled() -> None:
    with pytest.raises(PublishFailed):
        await PublicOnly().connect_unix_socket("/run/docker.sock")
