"""The JSON of QStash's answers. What a message lacks is left out, never null: the SDKs index some keys blindly."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from dev.qstash.callbacks import grouped, sent_headers
from dev.qstash.durations import milliseconds
from dev.qstash.intake import Accepted
from dev.qstash.journal import Event
from dev.qstash.message import DeadLetter, Message, Reply, Schedule
from dev.qstash.options import Options, Pairs

type Json = dict[str, Any]


def accepted_json(accepted: Accepted) -> Json:
    return _present(
        messageId=accepted.message_id,
        url=accepted.url if accepted.is_of_group else None,
        deduplicated=True if accepted.is_duplicate else None,
    )


def message_json(message: Message) -> Json:
    return _present(
        messageId=message.id,
        url=message.url,
        topicName=message.url_group,
        endpointName=message.endpoint,
        queueName=message.queue,
        maxRetries=message.options.retries,
        notBefore=milliseconds(message.not_before),
        createdAt=milliseconds(message.created_at),
        scheduleId=message.schedule_id,
        callerIP=message.caller_ip or None,
        **_options_json(message.options),
        **_body_json(message.body, message.options.redact),
    )


def dead_letter_json(letter: DeadLetter) -> Json:
    return message_json(letter.message) | _present(
        dlqId=letter.id, responseStatus=letter.reply.status, **_reply_json(letter.reply)
    )


def schedule_json(schedule: Schedule) -> Json:
    options = schedule.options
    return _present(
        scheduleId=schedule.id,
        cron=schedule.cron.strip(),
        destination=schedule.destination,
        createdAt=milliseconds(schedule.created_at),
        retries=options.retries,
        delay=_seconds(options.delay) or None,
        callerIP=schedule.caller_ip or None,
        isPaused=schedule.is_paused,
        queueName=options.queue,
        lastScheduleTime=milliseconds(schedule.last_at) if schedule.last_at else None,
        nextScheduleTime=milliseconds(schedule.next_at) if schedule.next_at else None,
        lastScheduleStates=schedule.last_states or None,
        **_options_json(options),
        **_body_json(schedule.body, options.redact),
    )


def event_json(event: Event) -> Json:
    message = event.message
    shape = message_json(message)
    for name in ("body", "bodyBase64", "createdAt", "notBefore"):
        shape.pop(name, None)
    is_body_hidden = "body" in message.options.redact
    body = _hidden(message.body).encode() if is_body_hidden else message.body
    reply = _present(responseStatus=event.reply.status, **_reply_json(event.reply)) if event.reply else {}
    return (
        shape
        | reply
        | _present(
            time=milliseconds(event.at),
            state=event.state.value,
            body=base64.b64encode(body).decode(),
            error=event.reply.error if event.reply else None,
            nextDeliveryTime=milliseconds(event.next_at) if event.next_at else None,
            timeout=round(message.options.timeout / timedelta(milliseconds=1)) if message.options.timeout else None,
            retryDelayExpr=message.options.retry_delay,  # what the Python SDK reads
        )
    )


def _options_json(options: Options) -> Json:
    flow = options.flow
    return _present(
        method=options.method,
        header=_redacted(sent_headers(options), options.redact),
        callback=options.callback,
        callbackHeader=grouped(_forwards(options.callback_asked)) or None,
        failureCallback=options.failure_callback,
        failureCallbackHeader=grouped(_forwards(options.failure_callback_asked)) or None,
        timeout=_seconds(options.timeout) if options.timeout else None,
        retryDelayExpression=options.retry_delay,
        label=options.labels[0] if options.labels else None,
        labels=list(options.labels) or None,
        flowControlKey=flow.key if flow else None,
        parallelism=flow.parallelism if flow else None,
        rate=flow.rate if flow else None,
        period=_seconds(flow.period) if flow else None,
    )


def _forwards(asked: Pairs) -> Pairs:
    return tuple(
        (name.removeprefix("upstash-forward-"), value) for name, value in asked if name.startswith("upstash-forward-")
    )


def _body_json(body: bytes, redact: tuple[str, ...]) -> Json:
    if not body:
        return {}
    if "body" in redact:
        return {"body": _hidden(body)}
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"bodyBase64": base64.b64encode(body).decode()}


def _reply_json(reply: Reply) -> Json:
    shape: Json = {"responseHeader": grouped(reply.headers)} if reply.headers else {}
    try:
        return shape | {"responseBody": reply.body.decode()}
    except UnicodeDecodeError:
        return shape | {"responseBodyBase64": base64.b64encode(reply.body).decode()}


def _redacted(headers: Mapping[str, list[str]], redact: tuple[str, ...]) -> dict[str, list[str]]:
    """`header` or `headers` hides all, `header[Name]` one."""
    hides_all = "header" in redact or "headers" in redact
    named = {word[len("header[") : -1].lower() for word in redact if word.startswith("header[") and word.endswith("]")}
    return {
        name: [_hidden(value.encode()) for value in given] if hides_all or name.lower() in named else given
        for name, given in headers.items()
    }


def _hidden(value: bytes) -> str:
    return f"REDACTED:{hashlib.sha256(value).hexdigest()}"


def _seconds(duration: timedelta) -> int:
    return round(duration.total_seconds())


def _present(**values: object) -> Json:
    return {name: value for name, value in values.items() if value is not None}
