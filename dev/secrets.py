"""Keys and passwords of one local stack: made at first use, kept with its data, good on this machine only."""

import base64
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class LocalSecrets:
    """What the stand-ins open to, the cron's secret, what accounts are sealed under, and the demo user's password."""

    publishable_key: str
    secret_key: str
    redis_token: str
    anthropic_key: str
    openai_key: str
    gemini_key: str
    own_model_key: str
    cron_secret: str
    demo_password: str
    credentials_keys: str
    x_client_id: str
    x_client_secret: str
    resend_key: str

    @classmethod
    def fresh(cls) -> Self:
        return cls(
            publishable_key=f"sb_publishable_{secrets.token_urlsafe(24)}",
            secret_key=f"sb_secret_{secrets.token_urlsafe(24)}",
            redis_token=secrets.token_urlsafe(24),
            anthropic_key=f"sk-ant-local-{secrets.token_urlsafe(24)}",
            openai_key=f"sk-proj-local-{secrets.token_urlsafe(24)}",
            gemini_key=f"AIza-local-{secrets.token_urlsafe(24)}",
            own_model_key=secrets.token_urlsafe(24),
            cron_secret=secrets.token_urlsafe(24),
            demo_password=secrets.token_urlsafe(9),
            credentials_keys=f"local:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            x_client_id=secrets.token_urlsafe(24),
            x_client_secret=secrets.token_urlsafe(36),
            resend_key=f"re_{secrets.token_urlsafe(24)}",
        )

    @classmethod
    def kept_in(cls, path: Path) -> Self:
        """The secrets of this file, which is made at first use and readable by its owner only.

        What an older checkout's file has not yet is made and added.
        """
        kept = json.loads(path.read_text()) if path.exists() else {}
        made = cls(**asdict(cls.fresh()) | kept)
        if asdict(made) == kept:
            return made
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(made), indent=2))
        return made
