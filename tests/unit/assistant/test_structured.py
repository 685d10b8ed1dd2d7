# SPDX-License-Identifier: GPL-3.0-or-later
"""An object is taken out of whatever a model wrote, checked, and asked for once more at most."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.assistant.endpoint import Ended, Endpoint, Seams
from helpdesk.assistant.faults import FaultKind, ModelFault
from helpdesk.assistant.settings import EndpointSettings
from helpdesk.assistant.structured import first_object, matched, problems_with, whole_number
from tests.faults.model_server import (
    DONE,
    Call,
    Play,
    delta,
    event,
    fails,
    in_turn,
    model_server,
    says,
    usage,
)
from tests.unit.assistant.calls import AT_ONCE, asked, run

CATEGORY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["category"],
    "properties": {
        "category": {"enum": ["Network", "Printing", None]},
        "reason": {"type": ["string", "null"], "maxLength": 9},
        "confidence": {"type": "integer", "minimum": 0, "maximum": 100},
        "tags": {"type": "array", "maxItems": 2, "items": {"type": "string"}},
        "share": {"type": "number"},
    },
}
GOOD = '{"category": "Network"}'

FOUND: dict[str, tuple[str, object]] = {
    "alone": (GOOD, {"category": "Network"}),
    "49 in a fence": (f"```json\n{GOOD}\n```", {"category": "Network"}),
    "49 in chatter": (f"Sure! Use {{}} or {{braces}}: {GOOD} Good luck.", {"category": "Network"}),
    "49 in a list": (f"[{GOOD}]", {"category": "Network"}),
    "49 twice": (GOOD + '{"category": null}', {"category": "Network"}),
    "50 a trailing comma": (
        '{"a": {"b": 1,}, "c": [1, 2,],\n}',
        {"a": {"b": 1}, "c": [1, 2]},
    ),
    "50 commas in a text": ('{"a": ",}", "b": "\\",]",}', {"a": ",}", "b": '",]'}),
    "28 what JSON does not know": (
        '{"a": NaN, "b": -Infinity, "c": 1}',
        {"a": None, "b": None, "c": 1},
    ),
    "an empty one": ("{}", {}),
    "half an emoji": ('{"a": "x\\ud83d", "\\ude00": 1}', {"a": "x\ufffd", "\ufffd": 1}),
    "54 cut in a text": ('{"a": {"b": 1}, "c": "x {', None),
    "54 cut behind a value": ('{"a": {"b": 1}, "c": 2', None),
    "54 cut behind a comma": ('{"a": {"b": 1},', None),
    "something broken with something whole in it": ('{"a": {"b": 1}, c: 2}', None),
    "none": ("I cannot help with that.", None),
    "an array": ("[1, 2]", None),
    "27 nested without end": ('{"a":' * 200_000, None),
    "27 nested and closed": ('{"a":' * 5000 + "1" + "}" * 5000, None),
    "braces without end": ("{" * 200_000, None),
    "a number without end": ('{"a": ' + "9" * 9000 + "}", None),
}


@pytest.mark.parametrize("name", FOUND)
def test_the_first_object_is_found(name: str):
    text, expected = FOUND[name]
    assert first_object(text) == expected


# NUL can be stored nowhere, and is replaced.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(TEXT, VALUES, min_size=1, max_size=4),
    st.text().filter(lambda text: "{" not in text and '"' not in text),
    st.booleans(),
)
def test_an_object_is_found_in_any_chatter(value: dict[str, Any], chatter: str, is_fenced: bool):
    text = json.dumps(value)
    fence = "```" if is_fenced else ""
    assert first_object(f"{chatter}{fence}{text}{fence}{chatter}") == value


@given(st.text(alphabet='{}[]",:\\ a1', max_size=200))
def test_no_text_breaks_the_search(text: str):
    found = first_object(text)
    assert found is None or isinstance(found, dict)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("network", "Network"),
        (" PRINTING\n", "Printing"),
        ("Networks", None),
        ("", None),
        (7, None),
        (None, None),
        (["Network"], None),
    ],
)
def test_a_choice_is_matched_whatever_its_case(value: object, expected: str | None):
    assert matched(value, ["Network", "Printing"]) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (80, 80),
        (80.0, 80),
        ("80", 80),
        (" 80 % ", 80),
        ("80.0", 80),
        (0.8, None),
        (101, None),
        (-1, None),
        (True, None),
        ("eighty", None),
        (math.inf, None),
        ("9" * 5000, None),
        (None, None),
    ],
    ids=lambda value: repr(value)[:12],
)
def test_a_number_is_read_however_it_is_written(value: object, expected: int | None):
    assert whole_number(value, 0, 100) == expected


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"category": None, "reason": None, "share": 1}, ""),
        ({"category": "network"}, '"category" has to be one of ["Network", "Printing", null]'),
        ({}, 'the answer has to have a field "category"'),
        ([], "the answer has to be of type object"),
        ({"category": None, "more": 1}, "the answer has a field too many"),
        ({"category": None, "reason": "x" * 10}, '"reason" may have at most 9 characters'),
        ({"category": None, "reason": 1}, '"reason" has to be of type string or null'),
        ({"category": None, "confidence": True}, '"confidence" has to be of type integer'),
        ({"category": None, "confidence": 101}, '"confidence" may have at most 100'),
        ({"category": None, "confidence": -1}, '"confidence" has to have at least 0'),
        ({"category": None, "tags": ["a", "b", "c"]}, '"tags" may have at most 2 items'),
        ({"category": None, "tags": ["a", 1]}, '"tags", item 2, has to be of type string'),
    ],
)
def test_what_breaks_a_schema_is_said_in_words(value: object, problem: str):
    assert problems_with(value, CATEGORY) == ([problem] if problem else [])


# --- asked of an endpoint -----------------------------------------------------------------------


def problems(value: object) -> list[str]:
    return problems_with(value, CATEGORY)


def answers(text: str, finish: str = "stop") -> Play:
    return says(delta(text, finish), usage(10, 5), DONE)


async def outcome(play: Play, seams: Seams = AT_ONCE) -> tuple[object, Ended, list[Call]]:
    async with model_server(play) as server:
        endpoint = Endpoint(EndpointSettings(server.url, "tiny"), seams)
        try:
            value, ended = await endpoint.structured(asked(schema=CATEGORY), problems)
        finally:
            await endpoint.aclose()
        return value, ended, server.calls


def forms(calls: list[Call]) -> list[str | None]:
    return [call.json.get("response_format", {}).get("type") for call in calls]


def test_a_good_answer_is_taken_as_it_is():
    value, ended, calls = run(outcome(answers("```json\n" + GOOD)))
    assert value == {"category": "Network"}
    assert (ended.prompt_tokens, forms(calls)) == (10, ["json_schema"])
    wanted = calls[0].json["response_format"]["json_schema"]
    assert wanted == {"name": "answer", "schema": CATEGORY, "strict": True}


def test_a_model_is_told_once_what_is_wrong():
    plays = in_turn(answers('{"category": "Disk"}'), answers(GOOD))
    value, ended, calls = run(outcome(plays))
    assert value == {"category": "Network"}
    assert (ended.prompt_tokens, ended.answer_tokens) == (20, 10)
    said = calls[1].json["messages"]
    assert [each["role"] for each in said] == ["user", "assistant", "user"]
    assert said[1]["content"] == '{"category": "Disk"}'
    assert 'has to be one of ["Network", "Printing", null]' in said[2]["content"]


@pytest.mark.parametrize("text", ['{"category": "Disk"}', "no idea", ""])
def test_a_model_that_misses_twice_is_given_up(text: str):
    async def work() -> None:
        async with model_server(answers(text)) as server:
            endpoint = Endpoint(EndpointSettings(server.url, "tiny"), AT_ONCE)
            with pytest.raises(ModelFault) as raised:
                await endpoint.structured(asked(schema=CATEGORY), problems)
            assert (raised.value.kind, raised.value.partial) == (FaultKind.BROKEN, text)
            assert len(server.calls) == 2
            await endpoint.aclose()

    run(work())


def test_a_model_is_told_nothing_when_its_time_is_over():
    ticks = itertools.count(0.0, 60.0)
    seams = Seams(monotonic=lambda: next(ticks), chance=lambda: 0.0)

    async def work() -> None:
        async with model_server(answers("no idea")) as server:
            endpoint = Endpoint(EndpointSettings(server.url, "tiny"), seams)
            with pytest.raises(ModelFault, match="not have the form"):
                await endpoint.structured(asked(schema=CATEGORY), problems)
            assert len(server.calls) == 1
            await endpoint.aclose()

    run(work())


def test_an_object_that_was_cut_off_is_not_asked_for_again():
    async def work() -> None:
        async with model_server(answers('{"category": "Netw', "length")) as server:
            endpoint = Endpoint(EndpointSettings(server.url, "tiny"), AT_ONCE)
            with pytest.raises(ModelFault, match="cut off") as raised:
                await endpoint.structured(asked(schema=CATEGORY), problems)
            assert raised.value.kind is FaultKind.TRUNCATED
            assert len(server.calls) == 1
            await endpoint.aclose()

    run(work())


REFUSALS: dict[str, Play] = {
    "500 of llama-cpp-python": fails(
        500,
        {
            "error": {
                "message": "[{'msg': \"Input should be 'text' or 'json_object'\"}]",
                "type": "internal_server_error",
            }
        },
    ),
    "422": fails(
        422,
        {"detail": [{"loc": ["body", "response_format", "type"], "msg": "unexpected value"}]},
    ),
    "400": fails(400, {"error": {"message": "structured outputs are not supported"}}),
    "within the stream": says(
        event({"error": {"message": "failed to parse grammar", "type": "server_error"}})
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_form_that_is_refused_is_not_asked_for_again_that_day(name: str):
    async def play(call: Call) -> None:
        form = call.json.get("response_format", {}).get("type")
        await (REFUSALS[name] if form == "json_schema" else answers(GOOD))(call)

    now = 0.0

    async def work() -> None:
        nonlocal now
        async with model_server(play) as server:
            seams = Seams(monotonic=lambda: now, chance=lambda: 0.0)
            endpoint = Endpoint(EndpointSettings(server.url, "tiny"), seams)
            for _ in range(2):
                await endpoint.structured(asked(schema=CATEGORY), problems)
            now = 25 * 3600.0
            await endpoint.structured(asked(schema=CATEGORY), problems)
            await endpoint.aclose()
            assert forms(server.calls) == [
                "json_schema",
                "json_object",
                "json_object",
                "json_schema",
                "json_object",
            ]
            # JSON mode needs the word in the prompt.
            assert "JSON" in server.calls[1].json["messages"][0]["content"]

    run(work())


def test_an_endpoint_without_any_form_is_asked_in_words():
    async def play(call: Call) -> None:
        refused = fails(400, {"message": "unknown field response_format"})
        await (refused if "response_format" in call.json else answers(GOOD))(call)

    value, _, calls = run(outcome(play))
    assert value == {"category": "Network"}
    assert forms(calls) == ["json_schema", "json_object", None]


def test_an_error_that_is_about_something_else_is_no_question_of_form():
    async def work() -> None:
        async with model_server(fails(400, {"message": "temperature too high"})) as server:
            endpoint = Endpoint(EndpointSettings(server.url, "tiny"), AT_ONCE)
            with pytest.raises(ModelFault, match="refuses the request"):
                await endpoint.structured(asked(schema=CATEGORY), problems)
            assert forms(server.calls) == ["json_schema"]
            await endpoint.aclose()

    run(work())
