# SPDX-License-Identifier: GPL-3.0-or-later
"""Schemas keep to what every server knows, and of an answer what is good is taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.assistant.schemas import (
    FirstResponse,
    checked_first_response,
    checked_order,
    checked_triage,
    checked_words,
    filter_schema,
    first_response_schema,
    rerank_schema,
    search_schema,
    triage_schema,
)

LISTS = {
    "categories": ("Hardware", "Network", "VPN & Wi-Fi"),
    "priorities": ("low", "medium", "high", "urgent"),
    "technicians": ("t1", "t2"),
    "passages": ("KB-12", "HD-5"),
}
GOOD: dict[str, Any] = {
    "reason": "VPN does not connect",
    "category": "Network",
    "category_confidence": 90,
    "priority": "medium",
    "priority_confidence": 60,
    "technician": "t1",
    "technician_confidence": 40,
    "reply": "Choose the travel profile [KB-12].",
    "citations": ["KB-12"],
}
ALLOWED = {"type", "enum", "maxLength", "minimum", "maximum", "items", "maxItems"}
SCHEMAS = (
    triage_schema(**LISTS),
    triage_schema(LISTS["categories"], LISTS["priorities"], (), ()),
    first_response_schema(LISTS["passages"]),
    filter_schema(("open",), LISTS["priorities"], LISTS["categories"], ("newest",)),
    search_schema(),
    rerank_schema(LISTS["passages"]),
)


def _parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    if "items" in schema:
        yield from _parts(schema["items"])


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_schema_is_portable(schema: dict[str, Any]):
    assert set(schema) == {"type", "additionalProperties", "required", "properties"}
    assert schema["additionalProperties"] is False
    assert schema["required"] == list(schema["properties"])
    assert schema["required"][0] == "reason"
    for name in schema["properties"].values():
        for part in _parts(name):
            assert set(part) <= ALLOWED
            assert part.get("enum", ["x"])
            assert part["type"] != "number"
            assert "maxItems" in part or part["type"] != "array"


def _triage(**changes: object):
    return checked_triage(GOOD | changes, **LISTS)


def test_a_good_answer_is_taken_whole():
    answer = _triage()
    assert (answer.category, answer.priority, answer.technician) == ("Network", "medium", "t1")
    assert answer.confidence == {"category": 90, "priority": 60, "technician": 40}
    assert (answer.citations, answer.problems) == (("KB-12",), ())
    assert set(GOOD) == set(triage_schema(**LISTS)["required"])


@pytest.mark.parametrize(
    ("changes", "field", "value", "problem"),
    [
        ({"category": " vpn &  WI-FI "}, "category", "VPN & Wi-Fi", None),
        ({"category": "Plumbing"}, "category", None, "category must be one of"),
        ({"category": ["Network"]}, "category", None, "category must be one of"),
        ({"priority": "URGENT."}, "priority", "urgent", None),
        ({"technician": "Bob"}, "technician", None, "technician must be one of t1, t2 or null."),
        ({"technician": "null"}, "technician", None, None),
        ({"reply": 7}, "reply", "", "reply must be text."),
        ({"reply": None}, "reply", "", None),
        ({"reply": "\x1b[31mred\u202e\x00"}, "reply", "red", None),
        (
            {"citations": ["KB-99", "[kb-12]"]},
            "citations",
            ("KB-12",),
            "No passage is called KB-99.",
        ),
        ({"reply": "a [HD-5]", "citations": 3}, "citations", ("HD-5",), None),
    ],
)
def test_one_bad_field_does_not_spoil_the_others(
    changes: dict[str, object], field: str, value: object, problem: str | None
):
    answer = _triage(**changes)
    assert getattr(answer, field) == value
    assert answer.reason == "VPN does not connect"
    assert len(answer.problems) == (problem is not None)
    assert problem is None or answer.problems[0].startswith(problem)


@pytest.mark.parametrize(
    ("given_", "taken"),
    [("85 %", 85), (85.0, 85), (0.9, None), (101, None), (True, None), ("x", None)],
)
def test_a_confidence_is_a_whole_percent(given_: object, taken: int | None):
    assert _triage(category_confidence=given_).confidence.get("category") == taken


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from([*GOOD, "words", "ids"]), inner)
    ),
    max_leaves=8,
)


@given(ANYTHING)
def test_whatever_comes_only_allowed_values_are_taken(answer: object):
    triage = checked_triage(answer, **LISTS)
    assert triage.category in (None, *LISTS["categories"])
    assert triage.priority in (None, *LISTS["priorities"])
    assert triage.technician in (None, *LISTS["technicians"])
    assert set(triage.citations) <= set(LISTS["passages"])
    assert set(checked_order(answer, LISTS["passages"])) <= set(LISTS["passages"])
    assert len(checked_words(answer)) <= 8
    assert checked_first_response(answer, passages=()).reply == ""


def test_an_automatic_answer_counts_only_with_a_clear_yes_and_a_source():
    said = {
        "reason": "r",
        "helps": True,
        "confidence": 90,
        "reply": "Do it [KB-12].",
        "citations": [],
    }

    def checked(**changes: object) -> FirstResponse:
        return checked_first_response(said | changes, passages=LISTS["passages"])

    assert checked() == FirstResponse("Do it [KB-12].", ("KB-12",), 90, (), "r")
    assert checked(helps=False).reply == ""
    assert checked(helps="true").problems == ("helps must be true or false.",)
    assert checked(reply="Do it [KB-99].").reply == ""


def test_words_are_single_and_an_order_names_each_once():
    assert checked_words({"words": ["Wi-Fi", "wireless lan", 3, "WI-FI", "c++", "x"]}) == (
        "wi-fi", "wireless", "lan", "c++",
    )  # fmt: skip
    assert checked_order({"ids": ["hd-5", "KB-99", "KB-12", "HD-5"]}, LISTS["passages"]) == (
        "HD-5",
        "KB-12",
    )
