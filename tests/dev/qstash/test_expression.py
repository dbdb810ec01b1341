"""Upstash-Retry-Delay: arithmetic without eval, held against Python's own."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.qstash.expression import ExpressionError, evaluate, evaluate_delay

NUMBERS = st.one_of(
    st.integers(0, 10**6).map(str),
    st.floats(0, 10**6, allow_nan=False).map(lambda number: f"{number:.3f}"),
    st.just("retried"),
)


def _combine(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    one = st.sampled_from(["exp", "sqrt", "abs", "floor", "ceil", "round"])
    many = st.sampled_from(["min", "max"])
    return st.one_of(
        st.builds("{} {} {}".format, parts, st.sampled_from("+-*/"), parts),
        st.builds("({})".format, parts),
        st.builds("-{}".format, parts),
        st.builds("{}({})".format, one, parts),
        st.builds("pow({}, {})".format, parts, parts),
        st.builds("{}({})".format, many, st.lists(parts, min_size=2, max_size=4).map(", ".join)),
    )


EXPRESSIONS = st.recursive(NUMBERS, _combine, max_leaves=12)


def _away_from_zero(value: float) -> float:
    return math.copysign(math.floor(abs(value) + 0.5), value)


def _by_python(expression: str, retried: int) -> float | None:
    names = {
        "pow": math.pow,
        "exp": math.exp,
        "sqrt": math.sqrt,
        "abs": abs,
        "floor": lambda value: float(math.floor(value)),
        "ceil": lambda value: float(math.ceil(value)),
        "round": _away_from_zero,
        "min": min,
        "max": max,
        "retried": float(retried),
    }
    try:
        return float(eval(expression, {"__builtins__": {}}, names))  # noqa: S307  the expressions are our own
    except (ArithmeticError, ValueError):
        return None


@given(EXPRESSIONS, st.integers(0, 20))
def test_it_computes_what_python_computes(expression: str, retried: int) -> None:
    expected = _by_python(expression, retried)
    if expected is None:
        with pytest.raises(ExpressionError):
            evaluate(expression, retried)
    else:
        assert evaluate(expression, retried) == pytest.approx(expected, rel=1e-9, nan_ok=True)


@given(EXPRESSIONS, st.integers(0, 20))
def test_a_delay_is_never_negative_and_never_longer_than_a_day(expression: str, retried: int) -> None:
    try:
        delay = evaluate_delay(expression, retried)
    except ExpressionError:
        return
    assert timedelta(0) <= delay <= timedelta(days=1)


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_an_expression_error(text: str) -> None:
    try:
        value = evaluate(text, 1)
    except ExpressionError:
        return
    assert isinstance(value, float)


@pytest.mark.parametrize(
    ("expression", "retried", "milliseconds"),
    [
        ("1000", 0, 1_000),
        ("1000 * (1 + retried)", 2, 3_000),
        ("pow(2, retried) * 1000", 3, 8_000),
        ("max(10, pow(2, retried))", 1, 10),
        ("min(20000 * pow(2, retried), 240000)", 5, 240_000),
        ("1.5e3", 0, 1_500),
        ("round(2.5) * 1000", 0, 3_000),
        ("-5", 0, 0),
        ("exp(700)", 0, 86_400_000),
    ],
)
def test_the_documented_examples_come_out_as_documented(expression: str, retried: int, milliseconds: int) -> None:
    assert evaluate_delay(expression, retried) == timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize(
    "expression",
    [
        *("", " ", "1 +", "(1", "1)", "retry", "1 2", "1;2", "0x10", "2 ** 3"),
        *("pow(2)", "sqrt(1, 2)", "min()", "sqrt(-1)", "1/0"),
        *("(" * 100 + "1" + ")" * 100, "-" * 10_000 + "1"),
        *("a.b", "__import__('os')", "retried = 1"),
    ],
)
def test_what_is_no_expression_or_has_no_value_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, 1)
