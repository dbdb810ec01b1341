"""A second model's opinion of what was written, where one is set up. Advisory: whatever goes wrong, nothing fails.

It is asked last, with the money and the time that are left, and its answers are kept like those of the writers.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from lib import logs
from lib.adapters.models import Turn, WritingRequest
from lib.domain.budget import JUDGE_TOKENS, MOST_QUOTED
from lib.domain.judging import JUDGE_RULES, SCHEMA, build_question, read_opinion
from lib.domain.writing_settings import WritingSettings
from lib.errors import LimitReached, ModelFailed
from lib.pipeline.batch import MOST_AT_ONCE, to_the_end
from lib.pipeline.generate import Answer, Item
from lib.pipeline.route import Work, ask
from lib.services import Services

OPINION = 2  # the step of an item


async def judge_items(
    items: Sequence[Item], settings: WritingSettings, answers: Sequence[Answer], work: Work, services: Services
) -> Sequence[Item]:
    """The same items, with an opinion in their `meta` where one was to be had. Raises LostClaim."""
    judge = services.models.judge
    if judge is None:
        return items
    at_once = asyncio.Semaphore(MOST_AT_ONCE)
    judged = {item.number: item for item in items}

    async def judge_one(item: Item) -> None:
        async with at_once:
            judged[item.number] = await judge_item(item, judge, settings, answers, work, services)

    await to_the_end(judge_one(item) for item in items)
    return list(judged.values())


async def judge_item(
    item: Item, judge: str, settings: WritingSettings, answers: Sequence[Answer], work: Work, services: Services
) -> Item:
    question = build_question(item.draft, settings)
    if len(item.draft.body.encode()) > MOST_QUOTED[item.draft.kind]:
        return item  # longer than what was set aside for
    fingerprint = fingerprint_of(question)
    for answer in answers:
        if (answer.item, answer.step, answer.fingerprint) == (item.number, OPINION, fingerprint):
            return with_opinion(item, answer)
    request = WritingRequest(JUDGE_RULES, (Turn("user", question),), SCHEMA, JUDGE_TOKENS, "low", work.clock())
    try:
        said = await ask(
            request, work, services, item=item.number, step=OPINION, fingerprint=fingerprint, order=(judge,)
        )
    except (ModelFailed, LimitReached) as exc:
        logs.info("judge.silent", item=item.number, code=exc.code)
        return item
    return with_opinion(item, Answer(item.number, OPINION, fingerprint, None, said.model, said.fields, said.text))


def with_opinion(item: Item, answer: Answer) -> Item:
    return replace(item, meta={**item.meta, "judge": read_opinion(answer.fields, answer.model)})


def fingerprint_of(question: str) -> str:
    return sha256(f"{JUDGE_RULES}\n{question}".encode("utf-8", "replace")).hexdigest()
