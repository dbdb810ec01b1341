"""What Supabase Auth's refusals mean to us. Words: https://supabase.com/docs/guides/auth/debugging/error-codes."""

from collections.abc import Mapping
from typing import Any

from lib.errors import Conflict, DrumbeatError, Forbidden, Invalid, LimitReached, Unauthenticated, Unavailable

TOO_MANY = LimitReached, "too_many_sign_ins", "Too many attempts; wait a little and try again."
WRONG = Unauthenticated, "invalid_credentials", "The address or the password is wrong."
UNCONFIRMED = Unauthenticated, "email_not_confirmed", "Confirm the address first: follow the link in the mail."
OVER = Unauthenticated, "session_over", "The session is over; sign in again."
LOCKED = Forbidden, "user_banned", "This account is locked."
TAKEN = Conflict, "address_taken", "There is an account with this address already; sign in instead."
CLOSED = Forbidden, "sign_up_closed", "Signing up is not open."

REFUSALS: Mapping[str, tuple[type[DrumbeatError], str, str]] = {
    "over_request_rate_limit": TOO_MANY,
    "over_email_send_rate_limit": TOO_MANY,
    "invalid_credentials": WRONG,
    "invalid_grant": WRONG,
    "email_not_confirmed": UNCONFIRMED,
    "bad_jwt": OVER,
    "refresh_token_already_used": OVER,
    "refresh_token_not_found": OVER,
    "session_expired": OVER,
    "session_not_found": OVER,
    "user_not_found": OVER,
    "user_banned": LOCKED,
    "email_exists": TAKEN,
    "user_already_exists": TAKEN,
    "email_provider_disabled": CLOSED,
    "signup_disabled": CLOSED,
}
UNUSABLE = {
    "weak_password": "password",
    "email_address_invalid": "email",
    "email_address_not_authorized": "email",
}


def refusal(status: int, answer: Mapping[str, Any]) -> DrumbeatError:
    """The error to raise for a reply of 300 or more. GoTrue's own sentence is passed on only where it helps."""
    word = stable_word(answer)
    if status == 429 or word in REFUSALS:
        kind, code, message = REFUSALS.get(word, TOO_MANY)
        return kind(code, message)
    told = str(answer.get("message") or answer.get("msg") or "cannot be used")[:200]
    if word in UNUSABLE:
        return Invalid(UNUSABLE[word], told)
    if word == "validation_failed":
        return Invalid("password" if "password" in told.lower() else "email", told)
    return Unavailable("auth", f"status {status} {word}".strip())


def stable_word(answer: Mapping[str, Any]) -> str:
    """In `code`, or before API version 2024-01-01 in `error_code`, where `code` is a number."""
    return next((str(answer[name]) for name in ("error_code", "code") if isinstance(answer.get(name), str)), "")
