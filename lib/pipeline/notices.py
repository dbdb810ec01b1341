"""Write to owners and reviewers when something of theirs needs them.

Who is to be told of what stands in the database; here it is only sent, and a notice is held while it is. Whatever goes
wrong is tried again later under the same keys, so that nobody reads anything twice, and no work waits for a mail.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from lib import logs
from lib.adapters.notify import Delivery, Mail, Notifier
from lib.domain.alert import AlertKind
from lib.domain.approval_link import USUAL_LIFE
from lib.domain.notice import Notice, NoticeText, text_for_owner, text_for_reviewer
from lib.errors import DrumbeatError
from lib.services import Services

BATCH = 50
SENT_AT_ONCE = 5
HELD_FOR = timedelta(minutes=5)  # by who sends it
PATIENCE = timedelta(seconds=30)  # for all of them: what was not sent then is given out again
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=1)
MOST_ATTEMPTS = 12  # all within the day that the mail service remembers a key


async def send_notices(services: Services, now: datetime) -> int:
    """Send what is due; how many notices are done with. Never raises for what database or mail service do."""
    notifier = services.notifier
    if notifier is None:
        return 0
    try:
        taken = await services.store.take_notices(now=now, hold=HELD_FOR, limit=BATCH)
    except DrumbeatError as exc:
        logs.warning("notices.not_taken", code=exc.code, message=exc.message)
        return 0
    slots, done = asyncio.Semaphore(SENT_AT_ONCE), list[bool]()

    async def send(row: Mapping[str, Any]) -> None:
        async with slots:
            done.append(await send_notice(row, notifier, services, now))

    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await asyncio.gather(*(send(row) for row in taken["notices"]))
    except TimeoutError:
        logs.warning("notices.slow", taken=len(taken["notices"]), done=len(done))
    return sum(done)


async def send_notice(row: Mapping[str, Any], notifier: Notifier, services: Services, now: datetime) -> bool:
    """Whether it is done with: everybody was told, or cannot be."""
    try:
        notice = Notice.from_row(row)
        mails = [*mails_to_owners(notice, services), *await mails_to_reviewers(notice, services, now)]
        deliveries = [await notifier.send(mail) for mail in mails]
        is_done = Delivery.LATER not in deliveries or notice.attempt >= MOST_ATTEMPTS
        await services.store.settle_notice(
            alert_id=notice.id,
            is_delivered=Delivery.TAKEN in deliveries,
            retry_at=None if is_done else now + wait_after(notice.attempt),
            now=now,
        )
    except (DrumbeatError, KeyError, TypeError, ValueError) as exc:
        logs.error("notice.unsent", None if isinstance(exc, DrumbeatError) else exc, notice_id=row.get("id"))
        return False  # the hold ends by itself
    logs.info("notice.sent", notice_id=notice.id, kind=notice.kind, mails=len(mails), done=is_done)
    return is_done


def mails_to_owners(notice: Notice, services: Services) -> Sequence[Mail]:
    page = f"{services.settings.require('public_url')}/{place_of(notice)}"
    return [mail(notice, address, text_for_owner(notice, page)) for address in notice.owners]


async def mails_to_reviewers(notice: Notice, services: Services, now: datetime) -> Sequence[Mail]:
    """Each with a link of their own, the same however often this is tried; none where links cannot be signed."""
    if notice.kind is not AlertKind.APPROVAL_WANTED or not services.settings.sealing_keys:
        return []
    return [await mail_to_reviewer(notice, address, services, now) for address in notice.reviewers]


async def mail_to_reviewer(notice: Notice, address: str, services: Services, now: datetime) -> Mail:
    from lib.pipeline.approve import made, whole_second

    row = await services.store.add_approval_link(
        link_id=key_of(notice, address),
        content_id=notice.content["id"],
        version=notice.content["version"],
        expires_at=whole_second(now + USUAL_LIFE),
        now=now,
    )
    link = made(row["link"], services.settings)
    return mail(notice, address, text_for_reviewer(notice, link.url, link.expires_at))


def mail(notice: Notice, address: str, text: NoticeText) -> Mail:
    return Mail(key=key_of(notice, address), to=address, subject=text.subject, text=text.text)


def key_of(notice: Notice, address: str) -> str:
    """The same for each attempt; the address cannot be read from it."""
    return str(uuid5(UUID(notice.id), address.lower()))


def place_of(notice: Notice) -> str:
    """Where on the page something can be done about it; `landing.js` reads it."""
    match notice.kind:
        case AlertKind.APPROVAL_WANTED:
            return f"#content={notice.content['id']}"
        case AlertKind.ACCOUNT_LOST:
            return f"#account={notice.account['id']}"
        case AlertKind.PUBLICATION_FAILED:
            return f"#failed={notice.publication['id']}"
    return f"#publication={notice.publication['id']}"


def wait_after(attempt: int) -> timedelta:
    return min(FIRST_WAIT * (1 << min(attempt - 1, 10)), LONGEST_WAIT)
