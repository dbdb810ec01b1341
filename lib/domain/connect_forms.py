"""What a person fills in to connect an account of each platform; X is connected by OAuth and has no form.

`credentials` prove us to the platform: they are sealed, and never told again. `settings` say where and how; the whole
workspace sees them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lib.domain.account import Platform
from lib.errors import Invalid

LONGEST = 500  # of a field, unless it says otherwise
LONGEST_URL = 2_000
LONGEST_LIST = 12_000  # settings are kept in 16 KiB


class Place(StrEnum):
    """Which of the two objects of the form a field is in."""

    CREDENTIALS = "credentials"  # sealed
    SETTINGS = "settings"  # shown


@dataclass(frozen=True, slots=True)
class ConnectField:
    """One field of a form. `name` is the publisher's own; on the wire it is in camelCase."""

    name: str
    place: Place
    example: str
    is_secret: bool = False  # not to be seen while it is typed
    is_required: bool = True
    longest: int = LONGEST


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody has filled in, by the publisher's names."""

    credentials: Mapping[str, str]
    settings: Mapping[str, str]


def secret(name: str, example: str, *, longest: int = LONGEST) -> ConnectField:
    return ConnectField(name, Place.CREDENTIALS, example, is_secret=True, longest=longest)


def told(name: str, example: str, *, is_required: bool = True, longest: int = LONGEST) -> ConnectField:
    return ConnectField(name, Place.SETTINGS, example, is_required=is_required, longest=longest)


FORMS: Mapping[Platform, Sequence[ConnectField]] = {
    Platform.WORDPRESS: (
        told("site", "https://blog.example.com"),
        ConnectField("username", Place.CREDENTIALS, "editor"),
        secret("password", "abcd EFGH 1234 ijkl MNOP 5678"),
    ),
    Platform.MASTODON: (
        told("server", "https://mastodon.example"),
        told("visibility", "public, unlisted or private", is_required=False),
        secret("token", "an access token"),
    ),
    Platform.BLUESKY: (
        ConnectField("identifier", Place.CREDENTIALS, "name.bsky.social"),
        secret("password", "abcd-efgh-ijkl-mnop"),
        told("service", "https://pds.example", is_required=False),  # unless it is at Bluesky itself
    ),
    Platform.DISCORD: (secret("url", "https://discord.com/api/webhooks/…"),),
    Platform.SLACK: (secret("url", "https://hooks.slack.com/services/…"),),
    Platform.NEWSLETTER: (
        secret("api_key", "re_…"),
        told("from", "Tea <tea@example.com>"),
        told("to", "ada@example.com, bob@example.com", longest=LONGEST_LIST),
        told("unsubscribe", "leave@example.com", is_required=False),
    ),
    Platform.WEBHOOK: (
        secret("url", "https://example.com/hooks/drumbeat", longest=LONGEST_URL),
        secret("secret", "whsec_…"),
    ),
    Platform.NAVER_BLOG: (told("blog", "https://blog.naver.com/name"),),
    Platform.LINKEDIN: (told("profile", "https://www.linkedin.com/in/name"),),
}


def is_by_oauth(platform: Platform) -> bool:
    """Whether people connect it at the platform itself and not by a form."""
    return platform not in FORMS


def read_form(platform: Platform, credentials: Mapping[str, str], settings: Mapping[str, str]) -> Filled:
    """Checked and by the publisher's names. Raises Invalid with the field as `credentials.apiKey`, never repeating
    what was sent: a secret may stand in the wrong place."""
    if is_by_oauth(platform):
        raise Invalid("platform", "is connected at the platform itself: POST /api/account/begin")
    return Filled(read_place(platform, Place.CREDENTIALS, credentials), read_place(platform, Place.SETTINGS, settings))


def read_place(platform: Platform, place: Place, given: Mapping[str, str]) -> dict[str, str]:
    fields = [field for field in FORMS[platform] if field.place is place]
    read: dict[str, str] = {}
    taken = 0
    for field in fields:
        wire = wire_name(field.name)
        spellings = {wire, field.name} & given.keys()
        if len(spellings) > 1:
            raise Invalid(f"{place}.{wire}", "is given in both of its spellings")
        taken += len(spellings)
        value = "".join(given[name] for name in spellings).strip()
        if len(value) > field.longest:
            raise Invalid(f"{place}.{wire}", f"has more than {field.longest} characters", field.longest)
        if not value and field.is_required:
            raise Invalid(f"{place}.{wire}", "is needed")
        if value:
            read[field.name] = value
    if taken < len(given):
        raise Invalid(str(place), "has a field that this platform does not take", [wire_name(it.name) for it in fields])
    return read


def wire_name(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
