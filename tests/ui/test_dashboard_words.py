# SPDX-License-Identifier: GPL-3.0-or-later
"""How figures are said, compared and copied."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from helpdesk.core.schemas.figures import (
    Behind,
    Card,
    CardFigures,
    CardStyle,
    CardsView,
    Measure,
    Period,
    Point,
    Span,
    Split,
    Statistic,
    Unit,
)
from helpdesk.reporting import values
from helpdesk.reporting.values import difference
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.chart_body import scale
from helpdesk.ui.dashboard.kinds import KINDS, seconds_of, splits_of
from helpdesk.ui.dashboard.line_body import spread
from helpdesk.ui.dashboard.numbers import numbers_of, whole_opening
from helpdesk.ui.dashboard.report_of import report_of

GOOD = "success"


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1204, Unit.TICKETS, "1,204"),
        (0, Unit.COUNT, "0"),
        (42, Unit.SECONDS, "42 s"),
        (18_720, Unit.SECONDS, "5 h 12 m"),
        (7_200, Unit.SECONDS, "2 h"),
        (532_800, Unit.SECONDS, "6 d 4 h"),
        (0, Unit.AGE, "under a day"),
        (86_400, Unit.AGE, "1 d"),
        (216_000, Unit.AGE, "2.5 d"),
        (0.946, Unit.SHARE, "94.6 %"),
        (1, Unit.SHARE, "100 %"),
        (4.4, Unit.SCORE, "4.4 / 5"),
        (None, Unit.SCORE, "–"),
    ],
)
def test_a_figure_is_said_in_its_unit(value, unit, said):
    assert words.number(value, unit) == said


@pytest.mark.parametrize("seconds", [0, 42, 59.7, 3_599, 18_720, 532_800, 9e8])
def test_windows_and_files_say_the_same_of_times(seconds):
    assert words.number(seconds, Unit.SECONDS) == values.said(seconds, Unit.SECONDS)
    assert words.number(seconds, Unit.AGE) == values.said(seconds, Unit.AGE)


def test_an_axis_of_ages_counts_days():
    for oldest in (0, 43_200, 86_400):
        marks = scale(oldest, Unit.AGE)
        assert [words.short(mark, Unit.AGE) for mark in marks] == ["0", "1 d"]


@pytest.mark.parametrize(
    ("measure", "unit", "value", "before", "said", "tone"),
    [
        (Measure.OPEN, Unit.TICKETS, 12, 10, "▲ +2, worse than when the period began", "high"),
        (Measure.RESOLVED, Unit.TICKETS, 12, 10, "▲ +2, better than before", "success"),
        (Measure.CREATED, Unit.TICKETS, 8, 10, "▼ −2 vs. before", "neutral"),
        (Measure.RESOLUTION_TIME, Unit.SECONDS, 82, 100, "▼ −18 %, better than before", "success"),
        (Measure.RESOLUTION_TIME, Unit.SECONDS, 60, 0, "▲ +1 m, worse than before", "high"),
        (
            Measure.RESOLUTION_SLA,
            Unit.SHARE,
            0.946,
            0.934,
            "▲ +1.2 points, better than before",
            "success",
        ),
        (Measure.SATISFACTION, Unit.SCORE, 4.1, 4.4, "▼ −0.3, worse than before", "high"),
        (Measure.OPEN, Unit.TICKETS, 5, 5, "unchanged", "neutral"),
    ],
)
def test_a_comparison_says_in_words_whether_it_is_good(measure, unit, value, before, said, tone):
    card = Card(style=CardStyle.NUMBER, measure=measure)
    told = words.compare(card, CardFigures(unit=unit, value=value, before=before))
    assert told == (said, tone)


def test_nothing_is_compared_with_nothing():
    card = Card(style=CardStyle.NUMBER, measure=Measure.OPEN)
    assert words.compare(card, CardFigures(unit=Unit.TICKETS, value=1)) is None
    alone = card.model_copy(update={"compares": False})
    assert words.compare(alone, CardFigures(unit=Unit.TICKETS, value=1, before=2)) is None


def test_titles_say_what_a_card_tells():
    line = Card(
        style=CardStyle.LINE, measure=Measure.CREATED, second=Measure.RESOLVED, split=Split.DAY
    )
    assert words.title_of(line) == "Created and resolved per day"
    assert words.title_of(line.model_copy(update={"title": "Flow"})) == "Flow"
    slow = Card(style=CardStyle.NUMBER, measure=Measure.RESOLUTION_TIME, statistic=Statistic.P90)
    assert words.title_of(slow) == "Resolution, 9 of 10 within"
    assert words.span_words(Span()) == "Last 30 days"
    days = Span(period=Period.CUSTOM, first="2026-11-03", last="2026-11-09")
    assert words.span_words(days) == "3 Nov – 9 Nov 2026"


def test_scales_begin_at_nothing_and_reach_the_most():
    for most in (0, 0.4, 3, 17, 402, 98_765):
        marks = scale(most, Unit.TICKETS)
        assert marks[0] == 0
        assert marks[-1] >= most
        assert all(mark == int(mark) for mark in marks)
    assert scale(6.2 * 3600, Unit.SECONDS)[1] in (3_600, 7_200)
    assert scale(400 * 86_400.0, Unit.SECONDS)[-1] >= 400 * 86_400
    assert scale(0.3, Unit.SHARE)[-1] == 1


def test_labels_that_do_not_fit_are_left_out_evenly():
    assert spread(3, 8) == [0, 1, 2]
    assert spread(30, 1) == [0]
    shown = spread(30, 8)
    assert shown[0] == 0
    assert shown[-1] == 29
    assert len(shown) <= 8


def test_every_kind_offers_what_it_can_show():
    for kind in KINDS:
        assert kind.example.measure in kind.measures
        for measure in kind.measures:
            assert splits_of(kind.style, measure)
            assert measure not in seconds_of(kind.style, measure)
        assert kind.example.split in splits_of(kind.style, kind.example.measure)
        assert kind.usual.columns >= kind.least.columns
        assert kind.usual.rows >= kind.least.rows


def test_copied_numbers_are_no_formulas():
    card = Card(style=CardStyle.BARS, measure=Measure.OPEN, split=Split.CATEGORY)
    figures = CardFigures(
        unit=Unit.TICKETS,
        value=3,
        points=(
            Point(key="1", label="=1+1", value=2, tickets=2),
            Point(key="2", label="A\tB\n@x", value=1, tickets=1),
        ),
        behind=Behind(measure=Measure.OPEN, span=Span()),
    )
    assert numbers_of(card, figures).as_text() == "Category\tOpen\n'=1+1\t2\nA B @x\t1"


def test_the_technicians_of_an_empty_desk_have_the_same_columns_and_words_are_explained():
    people = Card(style=CardStyle.TABLE, measure=Measure.WORKLOAD, split=Split.TECHNICIAN)
    share = Card(style=CardStyle.NUMBER, measure=Measure.RESOLUTION_SLA)
    nobody, some = CardFigures(unit=Unit.TICKETS), CardFigures(unit=Unit.SHARE, value=0.9)
    assert numbers_of(people, nobody).columns[0] == "Name"
    assert numbers_of(people, nobody).rows == ()
    view = CardsView(
        at=datetime(2026, 11, 23, tzinfo=UTC),
        first="2026-11-01",
        last="2026-11-23",
        time_zone="UTC",
        scope_name="All teams",
        cards=(nobody, some),
    )
    report = report_of([(people, nobody), (share, some)], view, "Charlie")
    assert [column.title for column in report.tables[0].columns][:3] == ["Name", "Open", "Capacity"]
    assert any(note.startswith("Capacity is ") for note in report.notes)
    assert any(note.startswith("In time is ") for note in report.notes)
    assert len(set(report.notes)) == len(report.notes)


def test_a_comparison_is_said_in_fewer_words_where_there_is_little_room():
    assert words.shortened("▲ +0.1, better than before", "76 ratings") == (
        "▲ +0.1, better · 76 ratings",
        "▲ +0.1 · 76 ratings",
        "▲ +0.1, better",
        "▲ +0.1",
    )
    assert words.shortened("▼ −2 vs. before", "")[-1] == "▼ −2"
    assert words.shortened("unchanged", "") == ("unchanged", "unchanged")


def test_a_share_of_everything_opens_everything():
    card = Card(style=CardStyle.NUMBER, measure=Measure.RESOLUTION_SLA)
    behind = Behind(measure=Measure.RESOLUTION_SLA, span=Span())

    def opened(value: float) -> bool | None:
        figures = CardFigures(unit=Unit.SHARE, value=value, tickets=20, behind=behind)
        opening = whole_opening(card, figures)
        assert opening is not None
        return opening.behind.met

    assert opened(0.9) is False
    assert opened(0) is False
    assert opened(1) is None


@pytest.mark.parametrize(
    ("unit", "value", "before"),
    [
        (Unit.TICKETS, 59, 5),
        (Unit.TICKETS, 1_204, 0),
        (Unit.COUNT, 3, 8),
        (Unit.SECONDS, 82, 100),
        (Unit.SECONDS, 50_000, 400),
        (Unit.AGE, 864_000, 864_000),
        (Unit.SECONDS, 60, 0),
        (Unit.SHARE, 0.946, 0.934),
        (Unit.SCORE, 4.1, 4.4),
    ],
)
def test_windows_and_files_tell_the_same_difference(unit, value, before):
    card = Card(style=CardStyle.NUMBER, measure=Measure.CREATED)
    told = words.compare(card, CardFigures(unit=unit, value=value, before=before))
    assert told is not None
    shown = told.text.removeprefix("▲ ").removeprefix("▼ ").removesuffix(" vs. before")
    assert difference(value, before, unit) == shown
