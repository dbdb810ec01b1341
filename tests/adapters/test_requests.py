"""How large a request is, which is what its money stands on."""

import json
from dataclasses import replace

from lib.adapters.models import Turn
from lib.domain.content import SHAPES
from lib.domain.pricing import VENDORS_OWN
from tests.adapters.vendors import REQUEST


def test_the_size_of_a_request_is_the_bytes_of_all_that_is_said() -> None:
    said = replace(REQUEST, system="가", turns=(Turn("user", "나", prefix="다"), Turn("assistant", "é")))
    assert said.size == 3 + (3 + 2 + 3) + 2


def test_our_schemas_fit_into_what_a_ceiling_leaves_for_the_vendors_own() -> None:
    assert all(len(json.dumps(shape.schema)) < VENDORS_OWN / 2 for shape in SHAPES.values())
