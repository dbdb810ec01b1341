"""The body of a callback or failure callback (https://upstash.com/docs/qstash/features/callbacks)."""

import base64
import json

from dev.qstash.durations import milliseconds
from dev.qstash.message import Message, Reply
from dev.qstash.options import Options, Pairs, canonical

_OWN = (("content-type", "application/json"),)


def callback_body(message: Message, reply: Reply, dead_letter_id: str | None = None) -> bytes:
    """What the destination answered and what it had been sent; with `dlqId` for a failure callback.

    Times are strings of unix milliseconds, as the docs show them.
    """
    body: dict[str, object] = {
        "status": reply.status,
        "header": grouped(reply.headers),
        "body": _base64(reply.body),
        "retried": message.retried,
        "maxRetries": message.options.retries,
        "sourceMessageId": message.id,
        "url": message.url,
        "method": message.options.method,
        "sourceHeader": sent_headers(message.options),
        "sourceBody": _base64(message.body),
        "notBefore": str(milliseconds(message.not_before)),
        "createdAt": str(milliseconds(message.created_at)),
        "callerIP": message.caller_ip,
    }
    optional = {
        "dlqId": dead_letter_id,
        "topicName": message.url_group,
        "endpointName": message.endpoint,
        "scheduleId": message.schedule_id,
    }
    return json.dumps(body | {name: value for name, value in optional.items() if value is not None}).encode()


def callback_asked(message: Message, asked: Pairs) -> Pairs:
    """The headers of a callback message: JSON, and unless told otherwise POST and as many retries as its source."""
    inherited = (("upstash-retries", str(message.options.retries)),)
    return inherited + asked + _OWN


def sent_headers(options: Options) -> dict[str, list[str]]:
    """The headers that the publisher gave for the destination."""
    content_type = (("Content-Type", options.content_type),) if options.content_type else ()
    return grouped(options.forward + content_type)


def grouped(headers: Pairs) -> dict[str, list[str]]:
    """`{name: [values]}` with canonical names."""
    result: dict[str, list[str]] = {}
    for name, value in headers:
        result.setdefault(canonical(name), []).append(value)
    return result


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
