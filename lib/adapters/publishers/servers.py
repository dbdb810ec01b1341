"""Servers that people name in an account's settings: their instance of Mastodon, their host for Bluesky."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from lib.domain.account import Platform
from lib.errors import PublishFailed, PublishFault


def server_of(platform: Platform, settings: Mapping[str, Any], name: str) -> str:
    """The origin, as https://mastodon.example; people leave the scheme out, or paste the address of a page there.

    Raises PublishFailed (UNFIT) naming the field. Whether it may be called is for the pool to say.
    """
    text = str(settings.get(name) or "").strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("http", "https") or parts.username is not None or "@" in host:
        told = "is not the address of a server, as https://mastodon.example"
        raise PublishFailed(
            PublishFault.UNFIT, f"{platform}: {name} {told}", reason=told, details={"field": f"settings.{name}"}
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}"
