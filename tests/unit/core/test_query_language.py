# SPDX-License-Identifier: GPL-3.0-or-later
"""The search language: what is read, what is not, and that writing and reading are inverse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.custom_fields import Asked
from helpdesk.core.query_dates import bounds_of
from helpdesk.core.query_groups import merged
from helpdesk.core.query_language import parts_of
from helpdesk.core.query_meaning import understood
from helpdesk.core.query_reading import Known
from helpdesk.core.query_writing import written_query
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Mine, Priority, Status, TicketQuery

PEOPLE = {1: "ann", 2: "me", 3: "none", 4: "x y", 5: "o'neil,b", 6: "émile"}
CATEGORIES = {1: "Network", 2: "Access & more", 3: "none", 4: "a:b"}
TEAMS = {1: "Service Desk", 2: "me"}
KNOWN = Known(
    people={**{name: (id_,) for id_, name in PEOPLE.items()}, "ann lee": (1, 6)},
    categories={name.casefold(): id_ for id_, name in CATEGORIES.items()},
    teams={name.casefold(): id_ for id_, name in TEAMS.items()},
    usernames=PEOPLE,
    full_names={1: "Ann Lee"},
    category_names=CATEGORIES,
    team_names=TEAMS,
    fields={
        "site": Asked("Site", FieldKind.CHOICE, ("Rome", "none")),
        "note": Asked("Note", FieldKind.TEXT),
        "cost": Asked("Cost", FieldKind.NUMBER),
        "boss": Asked("Approved by", FieldKind.USER),
    },
)


def read(text: str) -> TicketQuery:
    return understood(text, KNOWN).query


def some(values: object) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(st.sampled_from(list(values)), unique=True, max_size=3).map(tuple)  # type: ignore[call-overload]


WORDS = st.text(alphabet='abc12äß😀()%_\\-"* ', max_size=20)
TAGS = st.lists(
    st.text(alphabet="abcÄß1-_<>", min_size=1, max_size=5), unique=True, max_size=2
).map(tuple)
FIELDS = some(["site:Rome", "site:none", "note:a b, c", "note:<x", "cost:12.5", "boss:4"]).map(
    lambda chosen: tuple(sorted(map(str, chosen)))
)
WHEN = some(
    ["created:>7d", "updated:today", "due:<2d", "created:2026-01", "due:<=2026-02-28", "updated:1y"]
)
QUERIES = st.builds(
    TicketQuery,
    text=WORDS,
    statuses=some(Status) | st.just(OPEN_STATUSES),
    without_statuses=some(Status),
    priorities=some(Priority),
    without_priorities=some(Priority),
    category_ids=some(CATEGORIES),
    no_category=st.booleans(),
    without_category_ids=some(CATEGORIES),
    assignee_ids=some(PEOPLE),
    unassigned=st.booleans(),
    assigned=st.booleans(),
    without_assignee_ids=some(PEOPLE),
    requester_ids=some(PEOPLE),
    without_requester_ids=some(PEOPLE),
    watcher_ids=some(PEOPLE),
    without_watcher_ids=some(PEOPLE),
    team_ids=some(TEAMS),
    no_team=st.booleans(),
    without_team_ids=some(TEAMS),
    tags=TAGS,
    without_tags=TAGS,
    fields=FIELDS,
    without_fields=FIELDS,
    numbers=some([1, 42, 1042]),
    when=WHEN,
    created_after=st.none()
    | st.integers(315_532_800, 4_102_444_800).map(lambda each: datetime.fromtimestamp(each, UTC)),
    due_before=st.none() | st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    has_attachments=st.none() | st.booleans(),
    snoozed=st.none() | st.booleans(),
    late=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(QUERIES, some(Mine), some(Mine))
def test_what_is_written_is_read_as_the_same_query(
    query: TicketQuery, me: tuple[Mine, ...], not_me: tuple[Mine, ...]
):
    order = list(Mine)
    query = query.model_copy(
        update={
            "me": tuple(sorted(me, key=order.index)),
            "not_me": tuple(sorted(not_me, key=order.index)),
        }
    )

    written = written_query(query, PEOPLE, CATEGORIES, TEAMS)

    assert read(written) == query
    assert understood(written, KNOWN).text == written


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["status:", "open", "-", '"', ",", ":", ">=", "created:", "7d", " ", "is:", "tag:",
             "assignee:", "me", "none", "number:", "due:", "😀", "\\", "priority:>", "9999-99-99"]
        ) | st.text(max_size=4),
        max_size=12,
    ).map("".join)
)  # fmt: skip
def test_any_text_is_read_and_nothing_of_it_is_lost(text: str):
    found = understood(text, KNOWN)

    taken = sum(chip.end - chip.start for chip in found.chips)
    assert len(text) - len(found.query.text) - taken <= len(found.chips)
    assert understood(found.query.text, Known()).query.text == found.query.text or found.problems
    for part in parts_of(text):
        assert text[part.start : part.end] == part.text


def test_the_fields_of_the_language_are_read():
    query = read(
        "status:open,new priority:>=high assignee:me category:network tag:vpn"
        ' created:>2026-01-01 "exact words" -not'
    )

    assert query == TicketQuery(
        text='"exact words" -not',
        statuses=(Status.OPEN, Status.NEW),
        priorities=(Priority.URGENT, Priority.HIGH),
        me=(Mine.ASSIGNEE,),
        category_ids=(1,),
        tags=("vpn",),
        when=("created:>2026-01-01",),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is:open is:unassigned", TicketQuery(statuses=OPEN_STATUSES, unassigned=True)),
        ("-status:closed", TicketQuery(without_statuses=(Status.CLOSED,))),
        ('status:"Awaiting customer response"',
         TicketQuery(statuses=(Status.AWAITING_CUSTOMER,))),
        ("-assignee:none", TicketQuery(assigned=True)),
        ('assignee:"Ann Lee"', TicketQuery(assignee_ids=(1, 6))),
        ('assignee:"me"', TicketQuery(assignee_ids=(2,))),
        ("is:watched -is:snoozed", TicketQuery(me=(Mine.WATCHER,), snoozed=False)),
        ("-has:attachment", TicketQuery(has_attachments=False)),
        ("-created:>7d", TicketQuery(when=("created:<=7d",))),
        ("number:HD-12,13", TicketQuery(numbers=(12, 13))),
        ("STATUS:New", TicketQuery(statuses=(Status.NEW,))),
        ("see http://x/y 10:30 foo:bar", TicketQuery(text="see http://x/y 10:30 foo:bar")),
    ],
)  # fmt: skip
def test_values_mean_what_people_mean(text: str, expected: TicketQuery):
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("status:bogus", "is no status; choose one of new, open"),
        ("status:opne", "is no status; did you mean open?"),
        ("priority:hihg", "is no priority; did you mean high?"),
        ("asignee:bob", "is no field; did you mean assignee:?"),
        ("prio:high", "is no field; did you mean priority:?"),
        ("Cat:network", "is no field; did you mean category:?"),
        ("status:>new", "write status:open,new"),
        ("status:", "Say what of status is meant"),
        ("priority:>urgent", "choose another"),
        ("assignee:nobody-here", "Nobody is called"),
        ("created:soon", "write created:today"),
        ("created:2026-02-30", "is no date"),
        ("-created:today", "A day cannot be left out"),
        ("is:bogus", "choose one of open"),
        ("has:legs", "write has:attachment"),
        ("tag:a:b", "A tag is one short word"),
        ("number:x", "write number:1042"),
        ("-category:none", "cannot be asked for"),
    ],
)
def test_what_is_not_understood_is_told_and_stays_as_words(text: str, says: str):
    found = understood(f"{text} printer", KNOWN)

    (problem,) = found.problems
    assert says in problem.sentence
    assert (problem.start, problem.end) == (0, len(text))
    assert found.query == TicketQuery(text=f"{text} printer")


def test_what_is_typed_takes_the_place_of_the_field_alone():
    view = TicketQuery(statuses=OPEN_STATUSES, unassigned=True, when=("created:>7d", "due:<2d"))

    query = merged(view, read("assignee:me created:today jam"))

    assert query == TicketQuery(
        statuses=OPEN_STATUSES,
        me=(Mine.ASSIGNEE,),
        when=("created:today", "due:<2d"),
        text="jam",
    )


def test_days_are_those_of_the_zone_and_ages_are_not():
    now, zone = datetime(2026, 3, 29, 12, tzinfo=UTC), ZoneInfo("Europe/Berlin")

    today = bounds_of("created:today", now, zone)
    older = bounds_of("created:<7d", now, zone)
    soon = bounds_of("due:<2d", now, zone)

    assert today is not None
    assert today.after
    assert today.before
    assert today.before.astimezone(UTC) - today.after.astimezone(UTC) == timedelta(hours=23)
    assert older == (None, now - timedelta(days=7))
    assert soon == (None, now + timedelta(days=2))
