# SPDX-License-Identifier: GPL-3.0-or-later
"""How tickets fare under policies, by histories whose times are worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.sla import Slot, Target
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.sla.calendar import WorkingCalendar
from helpdesk.sla.policy_match import Traits
from helpdesk.sla.replay import (
    Compared,
    Fate,
    History,
    Measure,
    Replayed,
    Step,
    compared,
    measured_by,
    replay,
)

FIRST, NEXT, RESOLUTION = (
    ClockKind.FIRST_RESPONSE,
    ClockKind.NEXT_RESPONSE,
    ClockKind.RESOLUTION,
)
MET, MISSED, UNDECIDED = Fate
ALWAYS = WorkingCalendar("UTC", [Slot(day=day, begin=0, end=1440) for day in range(7)], {})
OFFICE = WorkingCalendar("UTC", [Slot(day=day, begin=540, end=1020) for day in range(5)], {})
"""Monday to Friday from 9 to 17."""
USUAL = Traits(Priority.MEDIUM, 1, None, 1)


def at(text: str) -> datetime:
    """Return a moment of a week: 'Mon 10:00'."""
    day, _, time = text.partition(" ")
    hour, _, minute = time.partition(":")
    number = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun").index(day)
    return datetime(2026, 11, 23 + number, int(hour), int(minute), tzinfo=UTC)


def history(*steps: tuple[str, dict[str, Any]]) -> History:
    """Return the history of a ticket that is opened on Monday at 10."""
    told = [Step(at("Mon 10:00"), Status.NEW, USUAL)]
    for moment, changes in steps:
        kept = told[-1]._replace(answered=False, asked=False)
        told.append(kept._replace(at=at(moment), **changes))
    return History(1, tuple(told))


def by(calendar: WorkingCalendar = ALWAYS, key: int = 1, **minutes: int) -> Measure:
    return Measure(key, calendar, Target(priority=Priority.MEDIUM, **minutes))


def fates(replayed: Replayed) -> dict[tuple[ClockKind, datetime], tuple[Fate, datetime | None]]:
    return {key: (each.fate, each.due) for key, each in replayed.items()}


ANSWER, ASK = {"answered": True}, {"asked": True}
AWAITING = {"status": Status.AWAITING_CUSTOMER}
SOLVED, OPEN = {"status": Status.RESOLVED}, {"status": Status.OPEN}


def test_what_is_answered_and_solved_in_time_is_met():
    told = history(("Mon 10:59", ANSWER), ("Mon 13:59", SOLVED))
    found = replay(told, lambda _: by(first_response=60, resolution=240), at("Fri 10:00"))
    began = at("Mon 10:00")
    assert fates(found) == {
        (FIRST, began): (MET, at("Mon 11:00")),
        (RESOLUTION, began): (MET, at("Mon 14:00")),
    }


def test_what_ends_at_its_due_time_is_late():
    told = history(("Mon 11:00", ANSWER), ("Mon 14:00", SOLVED))
    found = replay(told, lambda _: by(first_response=60, resolution=240), at("Fri 10:00"))
    assert {fate for fate, _ in fates(found).values()} == {MISSED}


def test_waiting_for_the_customer_does_not_count_nor_does_the_night():
    told = history(
        ("Mon 11:00", ANSWER | AWAITING),
        ("Tue 16:00", ASK | OPEN),  # 1 h has counted until now
        ("Wed 10:00", ANSWER),  # 1 h until 17 on Tuesday, 1 h on Wednesday
        ("Wed 11:00", SOLVED),
    )
    found = replay(told, lambda _: by(OFFICE, next_response=90, resolution=241), at("Fri 10:00"))
    assert fates(found) == {
        (NEXT, at("Tue 16:00")): (MISSED, at("Wed 09:30")),
        (RESOLUTION, at("Mon 10:00")): (MET, at("Wed 11:01")),
    }


def test_a_second_question_does_not_begin_anew():
    told = history(("Mon 11:00", ANSWER), ("Mon 12:00", ASK), ("Mon 12:30", ASK))
    found = replay(told, lambda _: by(next_response=60), at("Mon 13:30"))
    assert fates(found) == {(NEXT, at("Mon 12:00")): (MISSED, at("Mon 13:00"))}


def test_a_next_response_goes_on_when_it_is_measured_again():
    urgent = USUAL._replace(priority=Priority.URGENT)
    told = history(
        ("Mon 11:00", ANSWER),
        ("Mon 12:00", ASK),
        ("Mon 12:10", {"traits": urgent}),
        ("Mon 12:20", ASK),
        ("Mon 12:40", {"traits": USUAL}),
        ("Mon 12:50", ANSWER),
        ("Mon 12:55", {"traits": urgent}),
        ("Mon 12:56", {"traits": USUAL}),
    )
    usual, none = by(next_response=45), by(key=2, resolution=600)
    found = replay(told, lambda traits: none if traits is urgent else usual, at("Fri 10:00"))
    assert fates(found)[NEXT, at("Mon 12:00")] == (MISSED, at("Mon 12:45"))
    assert [kind for kind, _ in found].count(NEXT) == 1


def test_what_is_asked_before_the_first_answer_is_part_of_it():
    told = history(("Mon 10:30", ASK), ("Mon 12:00", SOLVED))
    found = replay(told, lambda _: by(first_response=60, next_response=60), at("Fri 10:00"))
    assert fates(found) == {(FIRST, at("Mon 10:00")): (MISSED, at("Mon 11:00"))}
    in_time = replay(told, lambda _: by(first_response=180), at("Fri 10:00"))
    assert fates(in_time) == {(FIRST, at("Mon 10:00")): (UNDECIDED, at("Mon 13:00"))}


def test_a_reopened_ticket_has_its_whole_time_again():
    told = history(("Mon 11:00", SOLVED), ("Tue 10:00", ASK | OPEN), ("Tue 13:00", SOLVED))
    found = replay(told, lambda _: by(first_response=60, resolution=120), at("Fri 10:00"))
    assert fates(found) == {
        (FIRST, at("Mon 10:00")): (MISSED, at("Mon 11:00")),
        (RESOLUTION, at("Mon 10:00")): (MET, at("Mon 12:00")),
        (FIRST, at("Tue 10:00")): (MISSED, at("Tue 11:00")),
        (RESOLUTION, at("Tue 10:00")): (MISSED, at("Tue 12:00")),
    }


def test_another_priority_keeps_what_has_counted():
    urgent = USUAL._replace(priority=Priority.URGENT)
    measures = {Priority.MEDIUM: by(resolution=480), Priority.URGENT: by(key=2, resolution=120)}
    told = history(("Mon 11:00", {"traits": urgent}))
    found = replay(told, lambda traits: measures[traits.priority], at("Mon 11:59"))
    assert fates(found) == {(RESOLUTION, at("Mon 10:00")): (UNDECIDED, at("Mon 12:00"))}
    assert measured_by(told, lambda traits: measures[traits.priority]) == {1, 2}


def test_another_calendar_counts_from_then_on():
    elsewhere = USUAL._replace(team_id=7)
    measures = {None: by(OFFICE, resolution=600), 7: by(ALWAYS, resolution=600)}
    told = history(("Mon 15:00", {"traits": elsewhere}))
    found = replay(told, lambda traits: measures[traits.team_id], at("Mon 20:01"))
    assert fates(found) == {(RESOLUTION, at("Mon 10:00")): (MISSED, at("Mon 20:00"))}


def test_what_no_policy_measures_does_not_count():
    elsewhere = USUAL._replace(category_id=2)
    measures = {1: by(resolution=120), 2: None}
    told = history(("Mon 11:00", {"traits": elsewhere}), ("Mon 18:00", {"traits": USUAL}))
    found = replay(told, lambda traits: measures[traits.category_id or 0], at("Mon 18:30"))
    assert fates(found) == {(RESOLUTION, at("Mon 10:00")): (UNDECIDED, at("Mon 19:00"))}


def test_what_is_compared():
    told = history(("Mon 12:00", ANSWER))
    now = at("Mon 18:00")
    strict = replay(told, lambda _: by(first_response=60, resolution=240), now)
    lax = replay(told, lambda _: by(first_response=180, resolution=960), now)
    one = Compared(FIRST, True, False, at("Mon 13:00"), at("Mon 11:00"))
    other = Compared(RESOLUTION, True, False, at("Tue 02:00"), at("Mon 14:00"))
    assert list(compared(lax, strict)) == [one, other]
    assert [each.met_then for each in compared(strict, lax)] == [True, True]
    # What was not measured has missed nothing, and what would not be is not told.
    none = replay(told, lambda _: None, now)
    assert [(each.met_before, each.due_before) for each in compared(none, strict)] == [
        (True, None)
    ] * 2
    assert list(compared(strict, none)) == []
    # What runs in time under both is decided under neither.
    assert [each.kind for each in compared(lax, lax)] == [FIRST]
