"""Seals what proves us to a platform, so that the database never sees it open.

AES-256-GCM under one of the operator's keys (`CREDENTIALS_KEYS`), a random nonce each time, bound to its owner: moved
to another row it does not open. The key's id is stored beside it, so that keys can be changed one after the other.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lib.errors import NotConfigured, PublishFailed, PublishFault

NONCE_BYTES = 12
FORM = "1."  # how the rest is to be read; another form gets another mark


class Box(NamedTuple):
    """Sealed secrets, as they are stored."""

    key_id: str
    sealed: str


class Vault:
    """Seals under the first key, opens under all of them."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """Keys of 32 bytes by their id. Raises NotConfigured when there is none."""
        if not keys:
            raise NotConfigured("credentials_keys", ("CREDENTIALS_KEYS",))
        self._keys = dict(keys)
        self.key_id = next(iter(self._keys))

    def seal(self, owner: str, material: Mapping[str, str]) -> Box:
        """`owner` is what the secrets belong to: an account's id, the hash of an OAuth state."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        text = json.dumps(dict(material), ensure_ascii=False).encode()
        closed = AESGCM(self._keys[self.key_id]).encrypt(nonce, text, owner.encode())
        return Box(self.key_id, FORM + base64.b64encode(nonce + closed).decode())

    def open(self, owner: str, key_id: str, sealed: str) -> dict[str, str]:
        """What was sealed for this owner. Raises PublishFailed (CONFIGURATION), never with any of it in the text.

        Most likely a key was taken away or changed, which an operator can mend; nothing is wrong with the account.
        """
        key = self._keys.get(key_id)
        if key is None:
            raise unopened(f"credentials are sealed under the key {key_id!r}, which CREDENTIALS_KEYS does not have")
        if not sealed.startswith(FORM):
            raise unopened("credentials are sealed in a form that is not known here")
        try:
            whole = base64.b64decode(sealed.removeprefix(FORM), validate=True)
            text = AESGCM(key).decrypt(whole[:NONCE_BYTES], whole[NONCE_BYTES:], owner.encode())
        except (InvalidTag, binascii.Error, ValueError):
            # From nothing: the cause could carry what was being read.
            raise unopened(f"credentials do not open with the key {key_id!r}, or are another owner's") from None
        return dict(json.loads(text))


def unopened(message: str) -> PublishFailed:
    return PublishFailed(PublishFault.CONFIGURATION, message)
