"""Where a message may go: absolute http(s) URLs that QStash could reach."""

import ipaddress
from urllib.parse import urlsplit

from dev.qstash.refusal import Refused


def check_url(url: str, *, refuse_loopback: bool) -> None:
    """Raises Refused (400) in QStash's words. Names are not resolved, except that `localhost` is loopback."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as exc:
        raise Refused(400, f"invalid destination url: {exc}") from exc
    if parts.scheme not in ("http", "https"):
        raise Refused(400, "invalid destination url: endpoint has invalid scheme, add http:// or https://")
    if not host or any(character <= " " for character in url):
        raise Refused(400, "invalid destination url: endpoint has no host, or a blank in it")
    if refuse_loopback and (address := _loopback(host)):
        raise Refused(400, f"invalid destination url: endpoint resolves to a loopback address: {address}")


def _loopback(host: str) -> str | None:
    if host == "localhost" or host.endswith(".localhost"):
        return "::1"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return str(address) if address.is_loopback or address.is_unspecified else None
