"""The calls on which the local gateway and PostgREST must agree, for `test_gateway_like_postgrest.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ProbeCall:
    """One call. `caller` is anon, user (signed in) or service; `body` replaces the JSON of `arguments` when given."""

    name: str
    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    caller: str = "service"
    method: str = "POST"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


TYPES = {
    "p_int": 7,
    "p_big": 9007199254740993,
    "p_num": 1.50,
    "p_text": '한글 "q" \\ 👋',
    "p_flag": True,
    "p_id": "7c0d3f0e-8f0f-4f0e-9a39-000000000001",
    "p_at": "2026-11-21T09:00:00+09:00",
    "p_day": "2026-02-28",
    "p_time": "09:30",
    "p_span": "360.0 seconds",
    "p_mood": "keen",
    "p_score": 10,
    "p_ids": ["7c0d3f0e-8f0f-4f0e-9a39-000000000001", "7c0d3f0e-8f0f-4f0e-9a39-000000000002"],
    "p_times": ["2026-11-21T00:00:00Z", None],
    "p_json": {"b": 1, "a": [1, {"c": None}]},
    "p_jsonb": {"b": 1, "a": [1, {"c": None}]},
    "p_pair": {"a": 1, "b": "x"},
    "p_short": "abc",
}
NULLS = dict.fromkeys(TYPES)

CALLS = [
    # Arguments
    ProbeCall("every type", "echo_types", TYPES),
    ProbeCall("every type as null", "echo_types", NULLS),
    ProbeCall("numbers as texts", "echo_types", {**TYPES, "p_int": "7", "p_num": "1.5", "p_flag": "true"}),
    ProbeCall("jsonb that is a text", "take_jsonb", {"p_value": "text"}),
    ProbeCall("jsonb that is a number", "take_jsonb", {"p_value": 1.5}),
    ProbeCall("jsonb null", "take_jsonb", {"p_value": None}),
    ProbeCall("jsonb list", "take_jsonb", {"p_value": [1, "2", {"a": None}]}),
    ProbeCall("ISO duration", "take_interval", {"p_span": "PT6H"}),
    ProbeCall("no interval", "take_interval", {"p_span": "soon"}),
    ProbeCall("array literal as text", "take_times", {"p_times": "{2026-11-21T00:00:00Z}"}),
    ProbeCall("array of composites", "take_pairs", {"p_pairs": [{"a": 1, "b": "x"}, {"a": 2}]}),
    ProbeCall("scalar for an array", "take_times", {"p_times": 5}),
    ProbeCall("int out of range", "take_int", {"p_n": 3000000000}),
    ProbeCall("fraction for an int", "take_int", {"p_n": 1.5}),
    ProbeCall("object for an int", "take_int", {"p_n": {"a": 1}}),
    ProbeCall("object for a text", "take_text", {"p_text": {"a": 1}}),
    ProbeCall("unknown enum value", "echo_types", {**TYPES, "p_mood": "cross"}),
    ProbeCall("outside the domain", "echo_types", {**TYPES, "p_score": 11}),
    ProbeCall("too long for varchar", "echo_types", {**TYPES, "p_short": "abcd"}),
    ProbeCall("not a uuid", "echo_types", {**TYPES, "p_id": "not-a-uuid"}),
    ProbeCall("not a time", "echo_types", {**TYPES, "p_at": "yesterday-ish"}),
    ProbeCall("zero character", "take_text", {"p_text": "a\0b"}),
    ProbeCall("half a surrogate pair", "take_text", body=b'{"p_text": "\\ud800"}'),
    ProbeCall("defaults left out", "with_defaults", {"p_a": 1}),
    ProbeCall("one default given", "with_defaults", {"p_a": 1, "p_c": "z"}),
    ProbeCall("required argument missing", "with_defaults", {"p_b": 1}),
    ProbeCall("unknown argument", "with_defaults", {"p_a": 1, "p_d": 2}),
    ProbeCall("no such function", "nowhere_at_all", {"p_a": 1}),
    ProbeCall("no such function, no arguments", "nowhere_at_all"),
    ProbeCall("arguments for one without", "no_arguments", {"p_a": 1, "p_b": 2}),
    ProbeCall("none", "no_arguments"),
    ProbeCall("quoted names", "odd_name", {"odd name": 1, 'q"uote': 2}),
    ProbeCall("overload by names", "overloaded", {"p_b": 1, "p_c": 2}),
    ProbeCall("overload by type only", "twins", {"p_a": 1}),
    # Bodies
    ProbeCall("empty body", "no_arguments", body=b""),
    ProbeCall("broken json", "take_int", body=b'{"p_n": 1'),
    ProbeCall("not utf-8", "take_int", body=b'{"p_n": "\xff"}'),
    ProbeCall("NaN", "take_int", body=b'{"p_n": NaN}'),
    ProbeCall("a list of one", "take_int", body=b'[{"p_n": 5}]'),
    ProbeCall("a list of nothing", "take_int", body=b"[]"),
    ProbeCall("a number", "take_int", body=b"5"),
    ProbeCall("uneven list", "take_int", body=b'[{"p_n": 5}, {"p_m": 5}]'),
    ProbeCall("same key twice", "take_int", body=b'{"p_n": 1, "p_n": 2}'),
    # Results
    *(
        ProbeCall(name.replace("_", " "), name)
        for name in (
            "give_null",
            "give_bigint",
            "give_numeric",
            "give_time",
            "give_span",
            "give_json",
            "give_setof",
            "give_no_rows",
            "give_table",
            "give_setof_json",
            "give_row",
            "give_out",
            "give_one_out",
            "give_nothing",
            "give_array",
            "give_text_with_quotes",
        )
    ),
    ProbeCall("chosen status and headers", "choose_reply"),
    # Errors
    ProbeCall("unique violation", "add_thing", {"p_id": 1, "p_name": "again"}),
    ProbeCall("foreign key violation", "add_thing", {"p_id": 50, "p_name": "child", "p_parent": 99}),
    ProbeCall("not-null violation", "add_thing", {"p_id": 51, "p_name": None}),
    ProbeCall("writes while stable", "write_while_stable"),
    ProbeCall("plain raise", "raise_plain"),
    ProbeCall("PT409", "raise_conflict"),
    ProbeCall("PT409 without detail", "raise_bare_conflict"),
    *(
        ProbeCall(f"raise {state}", "raise_state", {"p_state": state, "p_message": "m", "p_detail": "d", "p_hint": "h"})
        for state in (
            *("PT404", "PT422", "PT429", "PT503", "22023", "23514", "25001", "28000", "2D000", "3B001", "40P01"),
            *("42501", "53400", "53100", "54001", "55P03", "57014", "58030", "F0000", "HV000", "P0001", "P0004"),
            *("XX000", "08006", "09000", "0L000", "0P000", "21000", "38000", "39000", "99999"),
        )
    ),
    ProbeCall("PGRST with headers", "raise_everything"),
    ProbeCall("PGRST that is no json", "raise_badly"),
    ProbeCall("division by zero", "divide", {"p_by": 0}),
    ProbeCall("missing table inside", "missing_table"),
    ProbeCall("missing function inside", "missing_function"),
    ProbeCall("two rows from a subquery", "two_rows"),
    ProbeCall("strict finds none", "strict_none"),
    ProbeCall("statement timeout", "too_slow"),
    ProbeCall("own isolation level", "serially"),
    # Callers
    ProbeCall("who: nobody", "who", caller="anon"),
    ProbeCall("who: a user", "who", caller="user"),
    ProbeCall("who: the service", "who", headers={"X-Said": "hello"}),
    ProbeCall("who, volatile", "who_writes", caller="user"),
    ProbeCall("service function as nobody", "service_only", caller="anon"),
    ProbeCall("service function as a user", "service_only", caller="user"),
    ProbeCall("service function", "service_only"),
    ProbeCall("member function as nobody", "members_only", caller="anon"),
    ProbeCall("member function as a user", "members_only", caller="user"),
    ProbeCall("no right to the table", "private_read", caller="user"),
    # GET
    ProbeCall("GET scalar", "take_int", {"p_n": "5"}, method="GET"),
    ProbeCall("GET jsonb", "take_jsonb", {"p_value": '{"a": 1}'}, method="GET"),
    ProbeCall("GET array", "take_times", {"p_times": "{2026-11-21T00:00:00Z}"}, method="GET"),
    ProbeCall("GET interval", "take_interval", {"p_span": "PT6H"}, method="GET"),
    ProbeCall("GET unreadable", "take_int", {"p_n": "five"}, method="GET"),
    ProbeCall("GET with defaults", "with_defaults", {"p_a": "1"}, method="GET"),
    ProbeCall("GET unknown argument", "take_int", {"p_m": "5"}, method="GET"),
    ProbeCall("GET of a writer", "touch", method="GET"),
    ProbeCall("GET who", "who", caller="user", method="GET"),
]
