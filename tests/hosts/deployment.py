"""A deployment as a host would see it: the files that would be uploaded, the host's variables, a caller that signs."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

ROOT = Path(__file__).parents[2]
DOMAIN = "drumbeat.example"
SIGNING_KEY = "sig_current_0123456789abcdef0123456789"
NEXT_SIGNING_KEY = "sig_next_0123456789abcdef0123456789"
CRON_SECRET = "cron-secret-of-the-test-deployment"
WEBHOOK = "/api/content/generate-scheduled"
CRON = "/api/cron/check-schedules"
# As Vercel sets them in production; no PUBLIC_URL, so the address has to come from Vercel's own variables.
VERCEL_ENVIRONMENT = {
    "VERCEL": "1",
    "VERCEL_ENV": "production",
    "VERCEL_URL": "drumbeat-1a2b3c-team.vercel.app",
    "VERCEL_PROJECT_PRODUCTION_URL": DOMAIN,
    "QSTASH_CURRENT_SIGNING_KEY": SIGNING_KEY,
    "QSTASH_NEXT_SIGNING_KEY": NEXT_SIGNING_KEY,
    "CRON_SECRET": CRON_SECRET,
}


def signed(body: bytes, path: str = WEBHOOK, *, key: str = SIGNING_KEY, base: str = f"https://{DOMAIN}") -> str:
    """The Upstash-Signature that QStash sends with a body, made with PyJWT and not with our own code."""
    now = datetime.now(UTC)
    hashed = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode()
    claims = {
        "iss": "Upstash",
        "sub": base + path,
        "iat": now,
        "nbf": now,
        "exp": now + timedelta(minutes=5),
        "jti": "jwt_1",
        "body": hashed,
    }
    return jwt.encode(claims, key, algorithm="HS256")


def vercel_config() -> dict[str, Any]:
    config: dict[str, Any] = json.loads((ROOT / "vercel.json").read_text())
    return config


def project_files() -> list[str]:
    """What a deployment starts from: everything that is, or would be, in the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.splitlines() if (ROOT / name).is_file()]


def bundled(names: list[str]) -> list[str]:
    """Those that `excludeFiles` leaves in. Vercel matches from the project's root, names with a dot included."""
    pattern = vercel_config()["functions"]["api/index.py"]["excludeFiles"]
    excluded = [glob_to_regex(one) for one in pattern.strip("{}").split(",")]
    return [name for name in names if not any(one.fullmatch(name) for one in excluded)]


def glob_to_regex(glob: str) -> re.Pattern[str]:
    """`*` stays inside a name, `**/` is any depth, a closing `**` everything below."""
    meanings = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    parts = re.split(r"(\*\*/|\*\*|\*)", glob)
    return re.compile("".join(meanings.get(part, re.escape(part)) for part in parts))


def copy_bundle(target: Path) -> Path:
    """The function's own folder, with nothing of the project but what would be uploaded."""
    for name in bundled(project_files()):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target / name)
    return target
