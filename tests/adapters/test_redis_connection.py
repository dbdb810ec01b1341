"""The way to Redis: kept alive, opened anew when it was lost, never longer than one is patient, over TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lib.adapters.redis import Connection
from lib.adapters.redis.connection import trusted
from lib.errors import Unavailable

TOKEN = "token"
PATIENCE = timedelta(seconds=2)
PONG = b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"result":"PONG"}'
IN_CHUNKS = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"result"\r\n8\r\n:"PONG"}\r\n0\r\n\r\n'
LAST = b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 17\r\n\r\n{"result":"PONG"}'


class Server:
    """Answers every request with the same bytes. `answers_each`: so many on one connection, which is then closed."""

    def __init__(self, answer: bytes, answers_each: int = 1_000, after: float = 0) -> None:
        self.answer, self.answers_each, self.after = answer, answers_each, after
        self.connections = 0
        self.requests: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            for _ in range(self.answers_each):
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                await asyncio.sleep(self.after)
                writer.write(self.answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def connected(server: Server, tls: ssl.SSLContext | None = None, token: str = TOKEN) -> AsyncIterator[Connection]:
    listening = await asyncio.start_server(server, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    connection = Connection(f"{'https' if tls else 'http'}://127.0.0.1:{port}", token)
    yield connection
    await connection.close()
    listening.close()


async def test_a_command_is_json_with_the_token_in_its_header() -> None:
    async with connected(server := Server(PONG)) as connection:
        assert await connection.execute("SET", "인사", 1, within=PATIENCE) == "PONG"
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST / HTTP/1.1\r\n")
    assert b"Authorization: Bearer token" in head
    assert body == b'["SET", "\\uc778\\uc0ac", 1]'


@pytest.mark.parametrize("answer", [PONG, IN_CHUNKS])
async def test_one_wire_serves_one_command_after_the_other(answer: bytes) -> None:
    async with connected(server := Server(answer)) as connection:
        assert [await connection.execute("PING", within=PATIENCE) for _ in range(5)] == ["PONG"] * 5
    assert server.connections == 1


async def test_commands_at_once_have_wires_of_their_own() -> None:
    async with connected(server := Server(PONG, after=0.05)) as connection:
        for _ in range(2):
            said = await asyncio.gather(*(connection.execute("PING", within=PATIENCE) for _ in range(20)))
            assert said == ["PONG"] * 20
    assert 20 < server.connections < 40  # some were kept


@pytest.mark.parametrize("answer", [PONG, LAST])
async def test_a_wire_that_was_closed_while_idle_is_replaced(answer: bytes) -> None:
    async with connected(server := Server(answer, answers_each=1)) as connection:
        for _ in range(3):
            assert await connection.execute("PING", within=PATIENCE) == "PONG"
            await asyncio.sleep(0.02)
    assert server.connections == 3


async def test_an_answer_that_takes_too_long_is_not_mistaken_for_the_next_one() -> None:
    async with connected(server := Server(PONG, after=0.1)) as connection:
        with pytest.raises(Unavailable, match="TimeoutError"):
            await connection.execute("PING", within=timedelta(milliseconds=20))
        server.after = 0
        server.answer = PONG.replace(b"PONG", b"NEXT")
        assert await connection.execute("PING", within=PATIENCE) == "NEXT"
    assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<html",
        b'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n["OK"]',
        b'HTTP/1.1 400 Bad Request\r\nContent-Length: 16\r\n\r\n{"error": "ERR"}',
    ],
)
async def test_whatever_is_not_a_reply_is_redis_being_unavailable(answer: bytes) -> None:
    async with connected(Server(answer)) as connection:
        with pytest.raises(Unavailable):
            await connection.execute("PING", within=PATIENCE)


async def test_an_answer_that_breaks_off_is_redis_being_unavailable() -> None:
    async with connected(Server(PONG[:-3], answers_each=1)) as connection:
        with pytest.raises(Unavailable):
            await connection.execute("PING", within=PATIENCE)


async def test_nobody_there_is_redis_being_unavailable() -> None:
    connection = Connection("http://127.0.0.1:9", TOKEN)
    with pytest.raises(Unavailable, match="ConnectionRefusedError"):
        await connection.execute("PING", within=PATIENCE)


async def test_a_token_with_a_line_break_is_never_sent() -> None:
    async with connected(server := Server(PONG), token="a\r\nX-Other: b") as connection:
        with pytest.raises(Unavailable):
            await connection.execute("PING", within=PATIENCE)
    assert server.requests == []


async def test_over_tls_the_certificate_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = self_signed(tmp_path)
    async with connected(server := Server(PONG), tls) as connection:
        trusted.cache_clear()
        with pytest.raises(Unavailable, match="SSLCertVerificationError"):
            await connection.execute("PING", within=PATIENCE)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        trusted.cache_clear()
        said = [await connection.execute("PING", within=PATIENCE) for _ in range(2)]
    trusted.cache_clear()
    assert said == ["PONG"] * 2
    assert len(server.requests) == 2


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(private)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return tls
