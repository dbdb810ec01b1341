"""What the platforms' stand-ins remember over a restart of `make dev`: who has an account there, and by what it opens.

What was published is forgotten.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from dev.platforms.every import Platforms
from dev.platforms.stand_in import Holder, StandIn
from dev.platforms.x_oauth import Consents, Family


def remember(platforms: Platforms, path: Path) -> None:
    """Readable by its owner only."""
    kept = {stand_in.name: _kept(stand_in) for stand_in in platforms.every()}
    kept["x"]["families"] = [_kept_family(family) for family in platforms.x.consents.families]
    path.touch(mode=0o600)
    path.write_text(json.dumps(kept, indent=2))


def recall(platforms: Platforms, path: Path) -> None:
    """Nothing, when there is no such file yet."""
    if not path.exists():
        return
    kept = json.loads(path.read_text())
    for stand_in in platforms.every():
        _bring_back(stand_in, kept.get(stand_in.name, {}))
    _bring_families_back(platforms.x.consents, kept.get("x", {}))


def _kept(stand_in: StandIn) -> dict[str, Any]:
    holders = [
        {
            "name": holder.name,
            "number": holder.number,
            "keys": sorted(holder.keys),
            "old_keys": sorted(holder.old_keys),
            "is_gone": holder.is_gone,
        }
        for holder in stand_in.holders.values()
    ]
    return {"holders": holders, "numbers": stand_in.numbers}


def _bring_back(stand_in: StandIn, kept: Mapping[str, Any]) -> None:
    for it in kept.get("holders", []):
        holder = Holder(it["name"], it["number"], set(it["keys"]), set(it["old_keys"]), it["is_gone"])
        # Keys that the stack has given it already stay good.
        holder.keys |= stand_in.holders[holder.name].keys if holder.name in stand_in.holders else set()
        stand_in.holders[holder.name] = holder
    stand_in.numbers = max(stand_in.numbers, kept.get("numbers", 0))


def _kept_family(family: Family) -> dict[str, Any]:
    return {
        "user": family.user,
        "scopes": sorted(family.scopes),
        "access": {token: ends_at.isoformat() for token, ends_at in family.access.items()},
        "refresh": family.refresh,
        "used": sorted(family.used),
    }


def _bring_families_back(consents: Consents, kept: Mapping[str, Any]) -> None:
    consents.families += [
        Family(
            it["user"],
            frozenset(it["scopes"]),
            {token: datetime.fromisoformat(ends_at) for token, ends_at in it["access"].items()},
            it["refresh"],
            set(it["used"]),
        )
        for it in kept.get("families", [])
    ]
