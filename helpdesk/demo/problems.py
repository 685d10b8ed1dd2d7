# SPDX-License-Identifier: GPL-3.0-or-later
"""The troubles that people of the demo desk have, and which of them come how often."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from helpdesk.core.schemas.tickets import Priority
from helpdesk.demo.records import CATEGORIES
from helpdesk.demo.sampling import weighted_table
from helpdesk.demo.slots import Pools, Slots
from helpdesk.demo.texts import load, slot_names, templates

PRIORITIES = tuple(Priority)
TABLE_SIZE = 4096
_TAG = re.compile(r"(\d+)\| ")
_TEXT_LISTS = ("subjects", "descriptions", "responses", "notes", "answers", "resolutions")

# How a request (1), a nuisance (2), a standstill (3) and an outage (4) are spread over
# low, medium, high and urgent.
_PROFILES = {
    1: (0.72, 0.26, 0.02, 0.0),
    2: (0.22, 0.64, 0.13, 0.01),
    3: (0.02, 0.48, 0.43, 0.07),
    4: (0.0, 0.02, 0.36, 0.62),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of trouble, or of request, with all that is said about it, as templates."""

    key: str
    category: str
    urgency: int
    weight: float
    from_monitoring: bool
    is_request: bool
    subjects: tuple[str, ...]
    descriptions: tuple[str, ...]
    responses: tuple[str, ...]
    notes: tuple[str, ...]
    answers: tuple[str, ...]
    resolutions: tuple[str, ...]
    slots: tuple[tuple[str, Pools], ...]


def load_problems(slots: Slots) -> list[Problem]:
    """Read the problems of all categories, a problem of several strands as several problems."""
    problems: list[Problem] = []
    for category in CATEGORIES:
        for entry in load(category.lower())["problem"]:
            problems.extend(_strands(entry, category, slots))
    return problems


def load_incidents(slots: Slots) -> list[Problem]:
    """Read the outages that many people report at once, with different causes in turn."""
    incidents: list[Problem] = []
    for entry in load("incidents")["problem"]:
        incidents.extend(_strands(entry, entry["category"], slots))
    return sorted(incidents, key=lambda problem: problem.key.rpartition("/")[2])


def _strands(entry: dict[str, Any], category: str, slots: Slots) -> list[Problem]:
    tagged = [text for name in _TEXT_LISTS for text in entry[name]]
    names = sorted({strand for text in tagged for strand in _tag(text)}) or ["1"]
    return [_problem(entry, category, strand, len(names), slots) for strand in names]


def _problem(
    entry: dict[str, Any], category: str, strand: str, strands: int, slots: Slots
) -> Problem:
    texts = {name: _texts_of(strand, entry[name]) for name in _TEXT_LISTS}
    return Problem(
        key=f"{entry['key']}/{strand}",
        category=category,
        urgency=entry["urgency"],
        weight=entry.get("weight", 1) / strands,
        from_monitoring=entry.get("source") == "api",
        is_request=entry.get("request", entry["urgency"] == 1),
        slots=slots.pools(slot_names(text for group in texts.values() for text in group)),
        **{name: templates(group) for name, group in texts.items()},
    )


def _tag(text: str) -> str:
    """Return the strands that a text is tagged with, such as "13"; none means all."""
    match = _TAG.match(text)
    return match.group(1) if match else ""


def _texts_of(strand: str, texts: Sequence[str]) -> list[str]:
    """Return the texts that fit a strand, without their tags."""
    return [_TAG.sub("", text) for text in texts if strand in (_tag(text) or strand)]


def tables_by_priority(problems: Sequence[Problem]) -> tuple[list[Problem], ...]:
    """Return for each priority ``TABLE_SIZE`` problems, each as often as it comes with it."""
    tables = []
    for rank in range(len(PRIORITIES)):
        weights = [problem.weight * _PROFILES[problem.urgency][rank] for problem in problems]
        tables.append([problems[index] for index in weighted_table(weights, TABLE_SIZE)])
    return tuple(tables)
