"""`Upstash-Retry-Delay`: a little arithmetic over `retried`, in milliseconds.

    expression = term (("+" | "-") term)*
    term       = factor (("*" | "/") factor)*
    factor     = ("+" | "-") factor | number | "retried" | "(" expression ")" | call
    call       = name "(" expression ("," expression)* ")"

Functions: pow exp sqrt abs floor ceil round min max (https://upstash.com/docs/qstash/features/retry).
"""

import math
import re
from collections.abc import Callable
from datetime import timedelta

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z_]\w*)|(?P<sign>[-+*/(),]))"
)
_DEEPEST = 50
LONGEST_DELAY = timedelta(days=1)


class ExpressionError(ValueError):
    """Not an expression, or one without a value (a division by zero, the root of a negative number)."""


def _round(value: float) -> float:
    """Half away from zero, as Go does; Python's own rounds half to even."""
    return math.copysign(math.floor(abs(value) + 0.5), value)


_FUNCTIONS: dict[str, tuple[range, Callable[..., float]]] = {
    "pow": (range(2, 3), math.pow),
    "exp": (range(1, 2), math.exp),
    "sqrt": (range(1, 2), math.sqrt),
    "abs": (range(1, 2), abs),
    "floor": (range(1, 2), math.floor),
    "ceil": (range(1, 2), math.ceil),
    "round": (range(1, 2), _round),
    "min": (range(1, 100), min),
    "max": (range(1, 100), max),
}


def evaluate_delay(expression: str, retried: int) -> timedelta:
    """How long to wait before the next attempt; `retried` is 0 for the first retry.

    Never negative, at most a day. Raises ExpressionError.
    """
    milliseconds = evaluate(expression, retried)
    if math.isnan(milliseconds):
        raise ExpressionError("the expression has no value")
    longest = LONGEST_DELAY / timedelta(milliseconds=1)
    return timedelta(milliseconds=min(max(milliseconds, 0.0), longest))


def evaluate(expression: str, retried: int) -> float:
    """The value of the expression. Raises ExpressionError."""
    try:
        return _Parser(expression, retried).parse()
    except (ArithmeticError, ValueError) as exc:
        raise ExpressionError(str(exc)) from exc


class _Parser:
    """Recursive descent; values are computed on the way."""

    def __init__(self, text: str, retried: int) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0
        self._retried = float(retried)

    def parse(self) -> float:
        value = self._expression()
        if self._peek():
            raise ExpressionError(f"unexpected {self._peek()!r}")
        return value

    def _expression(self) -> float:
        value = self._term()
        while self._peek() in ("+", "-"):
            value = value + self._term() if self._next() == "+" else value - self._term()
        return value

    def _term(self) -> float:
        value = self._factor()
        while self._peek() in ("*", "/"):
            value = value * self._factor() if self._next() == "*" else value / self._factor()
        return value

    def _factor(self) -> float:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError("nested too deeply")
        value = self._operand(self._next())
        self._depth -= 1
        return value

    def _operand(self, word: str) -> float:
        if word in ("+", "-"):
            value = self._factor()
            return -value if word == "-" else value
        if word == "(":
            value = self._expression()
            self._expect(")")
            return value
        if word == "retried":
            return self._retried
        if word in _FUNCTIONS:
            return self._call(word)
        if word[:1].isdigit() or word[:1] == ".":
            return float(word)
        raise ExpressionError(f"unexpected {word!r}" if word else "the expression ends too early")

    def _call(self, name: str) -> float:
        self._expect("(")
        values = [self._expression()]
        while self._peek() == ",":
            self._next()
            values.append(self._expression())
        self._expect(")")
        counts, function = _FUNCTIONS[name]
        if len(values) not in counts:
            raise ExpressionError(f"{name} does not take {len(values)} values")
        return float(function(*values))

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        word = self._peek()
        self._at += 1
        return word

    def _expect(self, word: str) -> None:
        if self._next() != word:
            raise ExpressionError(f"expected {word!r}")


def _tokens(text: str) -> list[str]:
    tokens, at, text = [], 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"unexpected {text[at:].lstrip()[:10]!r}")
        tokens.append(match.group().strip())
        at = match.end()
    return tokens
