# SPDX-License-Identifier: GPL-3.0-or-later
"""Words become a filter of what there is, and what they ask for in vain is said."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.assistant.filters import ParsedFilter, checked, parsed
from helpdesk.core.schemas.tickets import (
    DEFAULT_CATEGORIES,
    OPEN_STATUSES,
    Priority,
    Sort,
    Status,
    TicketQuery,
)

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 14, 30, tzinfo=ZONE)
"""A Wednesday."""
CATEGORIES = tuple(enumerate(DEFAULT_CATEGORIES, 1))
HARDWARE, SOFTWARE, NETWORK, ACCESS, EMAIL, PRINTING, PHONES, OTHER = range(1, 9)
ALICE, BOB, WILL, ERIN, OTHER_ALICE, JO = range(11, 17)
PEOPLE = (
    (ALICE, "Alice Moreau"),
    (BOB, "Bob Keller"),
    (WILL, "Will May"),
    (ERIN, "Erin Sato"),
    (OTHER_ALICE, "Alice Jones"),
    (JO, "Jo van der Berg"),
)


def at(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


def _parsed(text: str, now: datetime = NOW, me: int | None = ERIN) -> ParsedFilter:
    return parsed(text, categories=CATEGORIES, people=PEOPLE, now=now, me=me)


LAST_WEEK: dict[str, Any] = {"created_after": at(11, 16), "created_before": at(11, 23)}
CASES: dict[str, dict[str, Any]] = {
    "urgent printing tickets from last week that nobody has": {
        "priorities": (Priority.URGENT,), "category_ids": (PRINTING,), "unassigned": True,
        **LAST_WEEK,
    },
    "open network tickets of Alice since Monday": {
        "statuses": OPEN_STATUSES, "category_ids": (NETWORK,),
        "requester_ids": (ALICE, OTHER_ALICE), "created_after": at(11, 23),
    },
    "tickets assigned to Bob Keller or Erin, newest first": {
        "assignee_ids": (BOB, ERIN), "sort": Sort.NEWEST,
    },
    "what is Bob working on?": {"assignee_ids": (BOB,)},
    "show me my open tickets": {"statuses": OPEN_STATUSES, "requester_ids": (ERIN,)},
    "assigned to me and in progress": {"assignee_ids": (ERIN,), "statuses": (Status.IN_PROGRESS,)},
    "Alice Jones's e-mail tickets": {"requester_ids": (OTHER_ALICE,), "category_ids": (EMAIL,)},
    "closed hardware tickets in October": {
        "statuses": (Status.CLOSED,), "category_ids": (HARDWARE,),
        "created_after": at(10, 1), "created_before": at(11, 1),
    },
    "high and urgent requests from Erin Sato": {
        "priorities": (Priority.HIGH, Priority.URGENT), "requester_ids": (ERIN,),
    },
    "at least medium priority": {"priorities": (Priority.MEDIUM, Priority.HIGH, Priority.URGENT)},
    "tickets with high cpu load": {"words": "high cpu load"},
    'tickets about new docks, "paper jam" too': {"words": "new docks paper jam"},
    "printer offline": {"category_ids": (PRINTING,), "words": "offline"},
    "new phone tickets or other tickets": {
        "statuses": (Status.NEW,), "category_ids": (PHONES, OTHER),
    },
    "I need a new laptop": {"words": "new laptop"},
    "tickets from Will, will it work": {"requester_ids": (WILL,)},
    "opened by jo van der berg, not yet solved": {
        "requester_ids": (JO,), "statuses": OPEN_STATUSES,
    },
    "status open, waiting for the customer": {
        "statuses": (Status.OPEN, Status.AWAITING_CUSTOMER),
    },
    "resolved or closed, recently updated": {
        "statuses": (Status.RESOLVED, Status.CLOSED), "sort": Sort.UPDATED,
    },
    "overdue tickets of Zork": {"not_understood": "overdue; of Zork"},
    "tickets not from Alice": {"not_understood": "not from Alice"},
    "tickets closed last week": {
        "statuses": (Status.CLOSED,), "not_understood": "closed last week",
    },
    "tickets since the flood": {"not_understood": "since the flood"},
    "tickets from 31 February": {"not_understood": "from 31 February"},
    "since yesterday and before last month": {
        "not_understood": "a period that ends before it begins",
    },
    "tickets that may be urgent, the sun is out": {
        "priorities": (Priority.URGENT,), "words": "sun",
    },
    "": {},
}  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_words_become_a_filter(text: str):
    assert _parsed(text) == ParsedFilter(**CASES[text])


@pytest.mark.parametrize(
    ("text", "after", "before"),
    [
        ("today", at(11, 25), at(11, 26)),
        ("yesterday", at(11, 24), at(11, 25)),
        ("on Friday", at(11, 20), at(11, 21)),
        ("on Wednesday", at(11, 25), at(11, 26)),
        ("last Wednesday", at(11, 18), at(11, 19)),
        ("this week", at(11, 23), at(11, 30)),
        ("last weekend", at(11, 21), at(11, 23)),
        ("this month", at(11, 1), at(12, 1)),
        ("last month", at(10, 1), at(11, 1)),
        ("last quarter", at(7, 1), at(10, 1)),
        ("last year", at(1, 1, year=2025), at(1, 1)),
        ("in 2025", at(1, 1, year=2025), at(1, 1)),
        ("in December", at(12, 1, year=2025), at(1, 1)),
        ("in the last 24 hours", at(11, 24, 14, 30), None),
        ("past two weeks", at(11, 11, 14, 30), None),
        ("3 days ago", at(11, 22), at(11, 23)),
        ("older than 2 weeks", None, at(11, 11, 14, 30)),
        ("since 1 March", at(3, 1), None),
        ("since March 1st, 2025", at(3, 1, year=2025), None),
        ("after Monday", at(11, 24), None),
        ("until Monday", None, at(11, 24)),
        ("before 2026-03-01", None, at(3, 1)),
        ("from 01.03.2026 on", at(3, 1), None),
        ("on 11/23/2026", at(11, 23), at(11, 24)),
        ("between 1 November and 10 November", at(11, 1), at(11, 11)),
        ("from Monday to Tuesday", at(11, 23), at(11, 25)),
    ],
)
def test_periods_begin_and_end_at_midnight_where_the_reader_is(
    text: str, after: datetime | None, before: datetime | None
):
    assert _parsed(text) == ParsedFilter(created_after=after, created_before=before)


def test_a_day_keeps_its_length_when_clocks_change():
    found = _parsed("today", at(10, 25, 12))
    assert (found.created_after, found.created_before) == (at(10, 25), at(10, 26))


def test_nobody_is_meant_by_my_where_nobody_asks():
    assert _parsed("my tickets", me=None) == ParsedFilter(not_understood="my")


PIECES = st.sampled_from(
    [
        *" ".join(CASES).split(),
        "between",
        "and",
        "31",
        "9999",
        "years",
        "ago",
        "99999999",
        "0",
        "quarter",
    ]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=12).map(" ".join))
def test_whatever_is_typed_gives_a_filter_that_can_be_asked(text: str):
    found = _parsed(text)
    TicketQuery(
        text=found.words,
        statuses=found.statuses,
        priorities=found.priorities,
        category_ids=found.category_ids,
        assignee_ids=found.assignee_ids,
        requester_ids=found.requester_ids,
        created_after=found.created_after,
        created_before=found.created_before,
    )
    ids = {*found.assignee_ids, *found.requester_ids}
    assert ids <= {id_ for id_, _ in PEOPLE}


def test_a_long_text_is_read_in_time():
    for piece in ("since ", "last 9 ", "of Alice ", "high or ", "not ", '"', "between 1 may and "):
        _parsed(piece * 100_000)


# --- what a model proposes ----------------------------------------------------------------------


def _checked(proposal: object, **options: Any) -> ParsedFilter:
    return checked(proposal, categories=CATEGORIES, people=PEOPLE, now=NOW, **options)


def test_a_good_proposal_becomes_a_filter():
    proposal = {
        "reason": "...",
        "statuses": ["New", "in progress"],
        "priorities": ["URGENT"],
        "categories": ["printing"],
        "requesters": ["alice"],
        "assignees": ["[NAME_1]"],
        "unassigned": True,
        "created_after": "2026-11-16",
        "created_before": "2026-11-23",
        "sort": "newest",
        "words": "paper jam",
        "not_understood": "",
    }
    restored = {"[NAME_1]": "Bob Keller"}
    assert _checked(proposal, restored=lambda text: restored.get(text, text)) == ParsedFilter(
        statuses=(Status.NEW, Status.IN_PROGRESS),
        priorities=(Priority.URGENT,),
        category_ids=(PRINTING,),
        requester_ids=(ALICE, OTHER_ALICE),
        assignee_ids=(BOB,),
        unassigned=True,
        sort=Sort.NEWEST,
        words="paper jam",
        **LAST_WEEK,
    )


def test_what_is_not_on_the_lists_is_dropped_and_named():
    proposal = {
        "statuses": ["deleted", "null"],
        "priorities": "high",
        "categories": ["Plumbing", 7],
        "assignees": ["Zork"],
        "unassigned": "yes",
        "created_after": "soon",
        "sort": "id; drop table",
        "where": "1=1",
        "not_understood": "with cheese",
    }
    assert _checked(proposal) == ParsedFilter(
        priorities=(Priority.HIGH,),
        not_understood="with cheese; deleted; id; drop table; soon; Plumbing; Zork",
    )
    assert _checked([1]).not_understood == "the model's answer"
    assert (
        _checked({"created_after": "9999-01-01", "created_before": "0001-01-01"}).created_after
        is None
    )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | PIECES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["statuses", "assignees", "created_after", "created_before", "sort"]),
            inner,
        )
    ),
    max_leaves=8,
)


@given(ANYTHING)
def test_whatever_is_proposed_only_what_there_is_gets_through(proposal: object):
    found = _checked(proposal)
    assert {*found.assignee_ids, *found.requester_ids} <= {id_ for id_, _ in PEOPLE}
    assert len(found.not_understood) <= 200
