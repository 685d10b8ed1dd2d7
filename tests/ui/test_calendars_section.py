# SPDX-License-Identifier: GPL-3.0-or-later
"""Admins say when time counts, by words and by drawing, and see what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtWidgets import QLineEdit

from helpdesk.core.errors import Unreachable
from helpdesk.core.schemas.sla import (
    CalendarPreview,
    CalendarSettings,
    CalendarView,
    FeedState,
    HolidayView,
    OwnHoliday,
    Slot,
    WorkingPart,
)
from helpdesk.ui.settings.calendars.day_bar import DayBar
from helpdesk.ui.settings.calendars.hours import (
    spans_of,
    week_words,
    with_span,
    without_span,
    words_of,
)
from helpdesk.ui.settings.calendars.section import CalendarsSection
from helpdesk.ui.settings.calendars.weeks_view import days_of
from helpdesk.ui.settings_tab import SettingsTab
from tests.ui.seats import Seat, button, click
from tests.ui.test_accessibility import described, name_of, reachable

WEEK = tuple(Slot(day=day, begin=540, end=1020) for day in range(5))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", ""),
        ("09:00-12:00, 13:00-17:00", "09:00-12:00, 13:00-17:00"),
        ("13-17; 9–12", "09:00-12:00, 13:00-17:00"),
        ("9.30 to 12", "09:30-12:00"),
        ("22:00-06:00", "22:00-06:00"),
        ("0-24", "00:00-24:00"),
        ("18:00-00:00", "18:00-24:00"),
    ],
)
def test_hours_are_read_as_people_type_them(typed, said):
    assert words_of(spans_of(typed)) == said


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("all day", "Say from when to when"),
        ("9-12, 11-13", "09:00-12:00 and 11:00-13:00 overlap"),
        ("9:70-12", "9:70 is no time of a day"),
        ("9-25", "25:00 is no time of a day"),
        ("9-9", "ends when it begins"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_the_remedy(typed, wrong):
    with pytest.raises(ValueError, match=wrong):
        spans_of(typed)


def test_drawing_joins_and_cuts():
    assert with_span([(540, 720)], (660, 780)) == ((540, 780),)
    assert without_span([(540, 1020)], (720, 780)) == ((540, 720), (780, 1020))
    assert without_span([(1320, 1800)], (1260, 1440)) == ((1440, 1800),)
    assert week_words(WEEK) == "Mon to Fri 09:00-17:00"


def test_days_are_cut_where_the_calendar_has_its_midnight():
    """Also on the day on which the clocks are put back, which has 25 hours."""
    begin = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    preview = CalendarPreview(
        parts=(WorkingPart(begin=begin, end=begin + timedelta(hours=27), works=True),),
        holidays=(HolidayView(day="2026-10-26", name="Rest", source="own"),),
        minutes=27 * 60,
    )
    days = days_of(preview, date(2026, 10, 24), 3, "Europe/Berlin")
    assert [day.minutes for day in days] == [120, 25 * 60, 0]
    assert days[0].spans == ((1320, 1440),)
    assert days[1].spans == ((0, 1440),)
    assert days[2].words == "Mon 26 Oct: Rest"


@pytest.fixture
def dana(seated: Callable[[str], Seat]) -> Seat:
    return seated("dana")


def opened(seat: Seat) -> CalendarsSection:
    tab = SettingsTab(seat.desktop)
    seat.show(tab)
    tab.open_section("business-hours")
    seat.settle()
    assert isinstance(tab.section, CalendarsSection)
    return tab.section


def made(embedded, name: str = "Office", **changes) -> CalendarView:
    settings = CalendarSettings(
        **{"name": name, "time_zone": "Europe/Berlin", "slots": WEEK, **changes}
    )
    view: CalendarView = embedded.as_system().calendars.add(settings)
    return view


def save(seat: Seat, qtbot, section: CalendarsSection) -> None:
    click(qtbot, section.save_bar.save_button)
    seat.settle()


def drag(qtbot, bar: DayBar, begin: int, end: int) -> None:
    """Draw from one hour to another."""
    first, last = (QPoint(round(bar.width() * hour / 24), 13) for hour in (begin, end))
    qtbot.mousePress(bar, Qt.LeftButton, pos=first)
    qtbot.mouseMove(bar, last)
    qtbot.mouseRelease(bar, Qt.LeftButton, pos=last)


def test_countries_and_regions_are_called_by_their_names(dana, embedded):
    view = made(embedded, country="DE", region="BY")
    section = opened(dana)
    [_, where] = section.row_of(view).lines
    assert where == "Europe/Berlin · public holidays of Bayern, Germany"


def test_business_hours_are_made_from_nothing(dana, embedded, qtbot):
    section = opened(dana)
    assert section.states.state == "empty"
    button(section.states, "Add calendar").click()
    form = section.calendar_form
    form.name.setText("Lyon")
    form.zone.setText("Atlantis")
    save(dana, qtbot, section)
    assert form.rows()["calendar_zone"].error.startswith("Choose a time zone from the list")

    form.zone.setText("europe/paris")
    week = form.week
    week.fields[0].setFocus()
    week.fields[0].setText("8-12, 13-16:30")
    qtbot.keyClick(week.fields[0], Qt.Key_Tab)
    assert week.fields[0].text() == "08:00-12:00, 13:00-16:30"
    week.copy_to_workdays(0)
    week.fields[2].setText("8-12, 9")
    save(dana, qtbot, section)
    assert week.errors == ["Say from when to when, such as 09:00-12:00, 13:00-17:00."]
    assert week.fields[2].hasFocus()
    week.fields[2].clear()
    form.holidays.add_day(date(2026, 12, 31), "Closed")
    save(dana, qtbot, section)

    [calendar] = embedded.as_system().calendars.all()
    assert (calendar.name, calendar.time_zone) == ("Lyon", "Europe/Paris")
    assert [slot.day for slot in calendar.slots] == [0, 0, 1, 1, 3, 3, 4, 4]
    assert calendar.slots[1] == Slot(day=0, begin=780, end=990)
    assert calendar.holidays == (OwnHoliday(day="2026-12-31", name="Closed"),)


def test_hours_are_drawn_on_the_bar(dana, embedded, qtbot):
    section = opened_with(dana, made(embedded))
    bar, field = section.calendar_form.week.bars[5], section.calendar_form.week.fields[5]
    section.bring_into_view(bar)
    drag(qtbot, bar, 10, 14)
    assert field.text() == "10:00-14:00"
    drag(qtbot, bar, 12, 13)
    assert field.text() == "10:00-12:00, 13:00-14:00", "dragging from within takes away"
    drag(qtbot, bar, 9, 24)
    assert field.text() == "09:00-24:00"
    assert section.save_bar.isVisible()


def opened_with(seat: Seat, calendar: CalendarView) -> CalendarsSection:
    section = opened(seat)
    section.open_record(calendar.id)
    seat.settle()
    return section


def test_the_next_weeks_follow_what_is_typed(dana, embedded, qtbot):
    section = opened_with(dana, made(embedded, country="DE"))
    form = section.calendar_form
    form.preview.look()
    dana.settle()
    before = form.preview.words
    assert before.startswith("23 Nov to 27 Dec: ")
    christmas = next(day for day in form.preview.view.days if day.day == date(2026, 12, 25))
    assert christmas.holiday
    assert christmas.minutes == 0

    form.week.fields[0].clear()
    form.preview.look()
    dana.settle()
    assert form.preview.words != before
    view = form.preview.view
    view.setFocus()
    assert form.preview.said == "Mon 23 Nov: off", "today comes first"
    qtbot.keyClick(view, Qt.Key_Right)
    assert form.preview.said == "Tue 24 Nov: 09:00-17:00, 8 h"

    form.zone.setText("Nowhere")
    form.preview.look()
    assert form.preview.words == "Shown as soon as the time zone is known."


def test_own_holidays_are_changed_and_removed_in_their_table(dana, embedded, qtbot):
    days = (OwnHoliday(day="2026-12-31", name="Closed"), OwnHoliday(day="2027-01-04", name="Trip"))
    section = opened_with(dana, made(embedded, holidays=days))
    form = section.calendar_form
    form.holidays.table.selectRow(0)
    qtbot.keyClick(form.holidays.table, Qt.Key_Delete)
    assert form.holidays.days() == [["2027-01-04", "Trip"]]
    name = form.holidays.table.item(0, 1)
    assert name is not None
    name.setText("Day out")
    save(dana, qtbot, section)
    [calendar] = embedded.as_system().calendars.all()
    assert calendar.holidays == (OwnHoliday(day="2027-01-04", name="Day out"),)


def test_a_holiday_without_a_name_is_asked_for_one(dana, embedded, qtbot):
    section = opened_with(dana, made(embedded))
    form = section.calendar_form
    form.holidays.add_day(date(2026, 12, 31), "")
    save(dana, qtbot, section)
    assert form.rows()["calendar_holidays"].error == "Give the holiday on 2026-12-31 a name."
    assert embedded.as_system().calendars.all()[0].holidays == ()
    editor = form.holidays.table.findChild(QLineEdit)
    assert editor is not None
    qtbot.keyClicks(editor, "Closed")
    qtbot.keyClick(editor, Qt.Key_Return)
    qtbot.waitUntil(lambda: form.rows()["calendar_holidays"].error == "")
    save(dana, qtbot, section)
    [calendar] = embedded.as_system().calendars.all()
    assert calendar.holidays == (OwnHoliday(day="2026-12-31", name="Closed"),)


def test_subscribed_files_say_how_they_were_read(dana, embedded, clock, qtbot):
    section = opened_with(dana, made(embedded))
    feeds = section.calendar_form.feeds
    feeds.put(["https://a.example/x.ics", "https://b.example/y.ics", "https://c.example/z.ics"])
    states = (
        FeedState(url="https://a.example/x.ics", read_at=clock() - timedelta(hours=2), days=12),
        FeedState(
            url="https://b.example/y.ics",
            read_at=None,
            days=0,
            problem="The server does not answer.",
        ),
    )
    feeds.show_states(states, clock())
    assert feeds.words == [
        "Read 2 h ago, 12 days.",
        "The server does not answer.",
        "Read as soon as it is saved.",
    ]
    with dana.transport.failing(Unreachable("No way there; try again."), "read_feeds"):
        feeds.read_button.click()
        dana.settle()
    assert section.banner.text == "No way there; try again."
    assert feeds.read_button.isEnabled()


def test_another_calendar_becomes_the_default_and_a_used_one_stays(dana, embedded, qtbot):
    made(embedded, "Berlin")
    made(embedded, "Lyon")
    section = opened(dana)
    assert [row.chips for row in section.list.rows] == [(("default", "accent"),), ()]
    section.list.setCurrentRow(1)
    click(qtbot, section.default_button)
    dana.settle()
    assert [row.chips for row in section.list.rows] == [(), (("default", "accent"),)]
    assert not section.default_button.isEnabled()


def test_a_manager_reads_and_sees_the_next_weeks(seated, embedded):
    calendar = made(embedded)
    charlie = seated("charlie")
    section = opened_with(charlie, calendar)
    assert section.banner.text == "Only admins change business hours; you can read them here."
    form = section.calendar_form
    assert form.name.isReadOnly()
    assert form.week.fields[0].isReadOnly()
    assert not form.holidays.add_button.isVisible()
    form.preview.look()
    charlie.settle()
    assert "h count" in form.preview.words
    assert form.preview.later_button.isEnabled()


def test_the_form_is_named_and_walked_as_it_stands(dana, embedded):
    section = opened_with(dana, made(embedded))
    form = section.calendar_form
    form.feeds.put(["https://a.example/x.ics"])
    form.holidays.add_day(date(2026, 12, 31), "Closed")
    chain = reachable(section.window())
    assert [described(each) for each in chain if not name_of(each)] == []
    wanted = [
        form.name,
        form.week.fields[0],
        form.week.fields[6],
        form.country.countries,
        form.holidays.table,
        form.feeds.rows[0].field,
        form.feeds.add_button,
        form.preview.view,
        section.save_bar.save_button,
    ]
    assert [each for each in chain if each in wanted] == wanted
