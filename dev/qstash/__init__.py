"""A stand-in for Upstash QStash on the stack's clock: the documented wire contract, real signed HTTP deliveries.

    qstash = create_qstash(clock.now)                  # token and keys: the public ones of Upstash's dev server
    serve qstash.app on a port, hand its URL to the product as QSTASH_URL

    # real time (`make dev`)
    task = asyncio.create_task(qstash.serve())         # cancel it to stop; then `await qstash.aclose()`

    # virtual time (demo, tests, simulation): nothing happens until the driver says so
    while (at := qstash.next_due_at()) is not None and at <= end:
        clock.advance(to=at)
        deliveries = await qstash.run_due()            # list[Delivery]: status, outcome, retried, next_at …

    # what goes wrong on purpose (all clear again with qstash.faults.clear())
    qstash.faults.duplicate_next(to="/api/content")    # also drop_next, delay_next, reorder_next, lose_reply_next
    qstash.faults.lose_publish_reply_next()            # accepted, but the publisher never learns
    qstash.faults.outage = Trouble.CUT                 # or HANGING, FAILING; faults.slow_by delays every answer
    qstash.faults.quota_spent = True                   # publishing answers 429 until set back
    create_qstash(clock.now, faults=Faults(seed=7, chances={Fault.DUPLICATE: 0.05}), plan=FREE)

    # looking inside
    qstash.pending()  qstash.dead_letters()  qstash.keys  qstash.rotate_keys()

Publish (raw destination in the path), batch, messages (get, cancel in all its variants), DLQ (list, get, delete,
retry), schedules, flow control, logs, keys, and as much of queues and URL groups as Upstash's own test suite asks for.
Not here: LLM destinations, workflow, per-user tokens. Files, by question:

    wire/        who asks, and how do we answer       intake       is it acceptable, is it a duplicate
    options      what does the publisher want         timeline     whose turn is it (gates: flow)
    timetable    which schedule fires (cron)          engine       make what is due
    courier      one signed call                      settlement   what does the reply do (retry, callbacks)
    store        what is remembered                   journal      what has happened
    faults       what goes wrong on purpose           plans, quota what is allowed
"""

from dev.qstash.faults import Fault, Faults
from dev.qstash.message import DeadLetter, Delivery, Message, MessageState, Outcome
from dev.qstash.plans import FREE, PAY_AS_YOU_GO, PLANS, UNLIMITED, Plan
from dev.qstash.service import QStash, create_qstash
from dev.qstash.signing import DEV_KEYS, DEV_TOKEN, SigningKeys

__all__ = [
    "DEV_KEYS",
    "DEV_TOKEN",
    "FREE",
    "PAY_AS_YOU_GO",
    "PLANS",
    "UNLIMITED",
    "DeadLetter",
    "Delivery",
    "Fault",
    "Faults",
    "Message",
    "MessageState",
    "Outcome",
    "Plan",
    "QStash",
    "SigningKeys",
    "create_qstash",
]
