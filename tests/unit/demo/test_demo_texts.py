# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's texts: enough of them, complete, and every slot in them known."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from helpdesk.demo.problems import Problem, load_incidents, load_problems, tables_by_priority
from helpdesk.demo.records import CATEGORIES
from helpdesk.demo.slots import FILLED_ELSEWHERE, Slots
from helpdesk.demo.texts import load, slot_names, template

ENTRIES = [entry for category in CATEGORIES for entry in load(category.lower())["problem"]]


def _slots() -> Slots:
    return Slots(1000, Random(1))  # noqa: S311 - words, not secrets


@pytest.fixture(scope="module")
def problems() -> list[Problem]:
    """Return all problems, incidents among them."""
    slots = _slots()
    return load_problems(slots) + load_incidents(slots)


def test_there_are_problems_of_all_kinds() -> None:
    assert len(ENTRIES) >= 140
    assert len({entry["key"] for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["key"])
def test_a_problem_has_enough_to_say(entry: dict[str, Any]) -> None:
    assert len(entry["subjects"]) >= 2
    assert len(entry["descriptions"]) >= 2
    assert len(entry["responses"]) >= 2
    assert entry["notes"]
    assert entry["answers"]
    assert len(entry["resolutions"]) >= 2


def test_every_strand_is_complete(problems: list[Problem]) -> None:
    for problem in problems:
        assert problem.subjects, problem.key
        assert problem.descriptions, problem.key
        assert problem.responses, problem.key
        assert problem.notes, problem.key
        assert problem.answers, problem.key
        assert problem.resolutions, problem.key


def test_no_tag_of_a_strand_is_left_in_a_text(problems: list[Problem]) -> None:
    texts = [text for p in problems for text in (*p.subjects, *p.answers, *p.resolutions)]

    assert not [text for text in texts if "| " in text[:5]]


def test_phrases_use_only_what_is_known_of_the_people() -> None:
    texts = [text for kind in load("phrases").values() for group in kind.values() for text in group]

    assert set(slot_names(texts)) <= FILLED_ELSEWHERE


def test_an_unknown_slot_is_refused() -> None:
    with pytest.raises(KeyError, match="no_such_slot"):
        _slots().pools(["no_such_slot"])


def test_slots_of_a_site_name_the_site() -> None:
    pools = _slots().pool("printer")

    assert all(value.startswith("LYO-P") for value in pools[0])
    assert all(value.startswith("PNQ-P") for value in pools[5])


def test_a_percent_sign_survives() -> None:
    assert template("{percent} % of {gb} GB, 100%") % {"percent": "91", "gb": "40"} == (
        "91 % of 40 GB, 100%"
    )


def test_requests_are_rarely_urgent_and_outages_never_low(problems: list[Problem]) -> None:
    low, _, _, urgent = tables_by_priority(problems)

    assert all(problem.urgency < 4 for problem in low)
    assert all(problem.urgency > 1 for problem in urgent)
