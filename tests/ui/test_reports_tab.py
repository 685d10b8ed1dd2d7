# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports in the window: read, opened, written into files, stopped, and sent by schedule."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from PyQt5.QtChart import QLineSeries
from PyQt5.QtCore import QDate, Qt
from PyQt5.QtGui import QDesktopServices
from PyQt5.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel

from helpdesk.client import exports
from helpdesk.core.errors import Busy
from helpdesk.core.schemas.figures import (
    CardFigures,
    Measure,
    Period,
    Point,
    Scope,
    Span,
    Unit,
)
from helpdesk.core.schemas.reports import (
    ChartStyle,
    FileFormat,
    ReportChart,
    ReportKind,
    Rhythm,
    ScheduleView,
)
from helpdesk.core.schemas.tickets import NewTicket, Priority, Status, TicketChange
from helpdesk.repositories import ticket_pages
from helpdesk.ui.dashboard.period_dialog import DayFields
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.reports import charts
from helpdesk.ui.reports.charts import FigureNumber, ReportBars
from helpdesk.ui.reports.kind_list import BY_SCHEDULE
from helpdesk.ui.reports.preview import RowsView
from helpdesk.ui.reports.saving import time_left_words
from helpdesk.ui.reports.words import rhythm_words
from helpdesk.ui.reports_tab import ReportsTab
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.state_view import Skeleton
from helpdesk.ui.widgets.toast import toasts_of
from tests.ui.seats import LONGEST_MS, button, click, numbers

BOM = b"\xef\xbb\xbf"
MAIL_OFF = (
    "The desk sends no mail at present, so nothing is sent; an admin sets it up in Settings, Mail."
)


@pytest.fixture
def tickets(sign_in):
    """Return four tickets, two of them urgent, of which bob has resolved one."""
    alice, bob = sign_in("alice"), sign_in("bob")
    made = [alice.tickets.open(NewTicket(subject=f"Ticket {at}")) for at in range(4)]
    for at in (0, 1):
        change = TicketChange(priority=Priority.URGENT, version=made[at].version)
        made[at] = bob.tickets.change(made[at].id, change)
    taken = bob.tickets.take(made[3].id, made[3].version)
    done = TicketChange(status=Status.RESOLVED, version=taken.version)
    return [*made[:3], bob.tickets.change(taken.id, done)]


@pytest.fixture
def window_of(seated, qtbot):
    """Return a function that opens somebody's main window at the reports."""

    def opened(who: str, width: int = 1400, *, whole: bool = True) -> Any:
        seat = seated(who)
        window = MainWindow(seat.desktop)
        seat.show(window, width, 900)
        window.seat = seat  # type: ignore[attr-defined]
        tab = tab_of(window)
        if whole:
            wait_for_report(qtbot, tab.page)
        seat.settle()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    return opened


def tab_of(window: MainWindow) -> Any:
    tab = window.open_tab("reports")
    assert isinstance(tab, ReportsTab)
    return tab


def wait_for_report(qtbot, page) -> None:
    """Wait until the report that is asked for stands there whole."""
    qtbot.waitUntil(
        lambda: (
            page.report is not None
            and (page.states.state == "empty" or page.preview.report is page.report)
            and (page.states.state == "empty" or page.preview.is_complete)
        ),
        timeout=LONGEST_MS,
    )


def figure(page: Any, label: str) -> Any:
    found = page.preview.findChildren(FigureNumber)
    return next(each for each in found if each.card.title == label)


def table(page: Any, name: str) -> Any:
    found = page.preview.findChildren(RowsView)
    return next(each for each in found if each.accessibleName() == name)


def choose(drop: Any, *texts: str) -> None:
    """Choose an entry of a drop-down's menu, through the menus above it."""
    menu = drop.menu()
    for text in texts[:-1]:
        menu = next(each for each in menu.actions() if each.text() == text).menu()
    next(each for each in menu.actions() if each.text() == texts[-1]).trigger()


def wait_for_file(qtbot, saving) -> None:
    qtbot.waitUntil(lambda: not saving.is_busy and bool(saving.banner.text), timeout=LONGEST_MS)


def test_a_manager_reads_every_report(window_of, tickets, qtbot):
    tab = tab_of(window_of("charlie"))
    page = tab.page
    assert figure(page, "Created").text == "4"
    for at, kind in enumerate(ReportKind.__members__.values()):
        tab.open(kind.value)
        wait_for_report(qtbot, page)
        assert page.report.kind is kind, at
        assert tab.list.key == kind.value
        if page.states.state != "empty":
            shown = [each.card.title for each in page.preview.findChildren(FigureNumber)]
            assert shown == [each.label for each in page.report.figures]
            tables = {each.accessibleName() for each in page.preview.findChildren(RowsView)}
            assert tables == {each.title for each in page.report.tables if each.rows}


def test_the_list_is_walked_by_keys(window_of, tickets, qtbot):
    tab = tab_of(window_of("charlie"))
    tab.focus_first()
    assert QApplication.focusWidget() is tab.list
    qtbot.keyClick(tab.list, Qt.Key_Down)
    wait_for_report(qtbot, tab.page)
    assert tab.page.report.kind is ReportKind.SLA


def test_other_days_and_tickets_make_another_report(window_of, tickets, clock, qtbot):
    page = tab_of(window_of("charlie")).page
    choose(page.period, "Last 7 days")
    wait_for_report(qtbot, page)
    assert page.span == Span(period=Period.LAST_7_DAYS)
    assert page.report.last == "2026-11-23"
    choose(page.which, "Priority", "Urgent")
    wait_for_report(qtbot, page)
    assert page.scope == Scope(priority=Priority.URGENT)
    assert figure(page, "Created").text == "2"
    choose(page.whose, "Technician", first_technician(page))
    wait_for_report(qtbot, page)
    assert page.scope.priority is Priority.URGENT
    assert page.scope.technician_id is not None
    assert page.states.state == "empty"
    choose(page.which, "All categories")
    wait_for_report(qtbot, page)
    assert figure(page, "Resolved").text == "1"


def first_technician(page: Any) -> str:
    above = next(each for each in page.whose.menu().actions() if each.text() == "Technician")
    return next(str(each.text()) for each in above.menu().actions() if "Bob" in each.text())


def test_custom_days_without_tickets_are_said(window_of, tickets, qtbot):
    page = tab_of(window_of("charlie")).page
    page.period.chosen.emit(Span(period=Period.CUSTOM, first="2020-01-01", last="2020-01-02"))
    page.which.chosen.emit(Scope(priority=Priority.LOW))
    wait_for_report(qtbot, page)
    assert page.states.state == "empty"
    click(qtbot, button(page, "Show the last 365 days"))
    wait_for_report(qtbot, page)
    assert page.span.period is Period.LAST_365_DAYS


def test_days_to_come_are_told_in_a_sentence(window_of, tickets, qtbot):
    page = tab_of(window_of("charlie")).page
    page.period.chosen.emit(Span(period=Period.CUSTOM, first="2030-01-01", last="2030-01-05"))
    qtbot.waitUntil(lambda: page.states.state == "failed", timeout=LONGEST_MS)
    said = [each.text() for each in page.states.findChildren(QLabel) if each.isVisible()]
    assert any(text.startswith("Nothing is counted from 2030-01-01 on") for text in said)
    fields = DayFields(date(2026, 11, 23), Span())
    qtbot.addWidget(fields)
    fields.last.setDate(QDate(2026, 12, 30))
    assert fields.problem == ""
    fields.first.setDate(QDate(2026, 12, 24))
    assert fields.problem == "The first day has not come yet; choose an earlier one."


def test_a_number_opens_its_tickets_and_the_way_back_leads_here(window_of, tickets, qtbot):
    window = window_of("charlie")
    page = tab_of(window).page
    rows = table(page, "By priority")
    model = rows.numbers_model
    names = [row[0].text for row in model.numbers.rows]
    place = model.index(names.index("Urgent"), 1)
    rows.setCurrentIndex(place)
    rows.setFocus()
    assert model.cell(place).text == "2"
    qtbot.keyClick(rows, Qt.Key_Return)
    tab = window.current_tab()
    urgent = {tickets[0].number, tickets[1].number}
    qtbot.waitUntil(lambda: set(numbers(tab.list)) == urgent, timeout=LONGEST_MS)
    seen = [each for each in tab.findChildren(QAbstractButton) if each.isVisible()]
    assert [each.text() for each in seen if each.text().startswith(("Report:", "Dashboard:"))]
    assert not [each for each in seen if "ashboard" in each.text() + each.accessibleName()]
    assert "Back to the report" in [each.accessibleName() for each in seen]
    tab.list.go_back()
    assert window.current_tab() is tab_of(window)
    assert QApplication.focusWidget() is rows


def test_each_column_of_a_row_opens_what_it_counts(window_of, tickets):
    page = tab_of(window_of("charlie")).page
    numbers_ = table(page, "By priority").numbers_model.numbers
    opened = [cell.opening.behind.measure for cell in numbers_.rows[0]]
    assert opened[:4] == [Measure.CREATED, Measure.CREATED, Measure.RESOLVED, Measure.OPEN]


def test_a_bar_opens_its_tickets(window_of, tickets, qtbot):
    window = window_of("charlie")
    page = tab_of(window).page
    bars = page.preview.findChild(charts.ReportBars)
    bars.setFocus()
    qtbot.keyClick(bars, Qt.Key_Return)
    qtbot.waitUntil(lambda: len(numbers(window.current_tab().list)) == 3, timeout=LONGEST_MS)


def test_a_failure_keeps_nothing_wrong_and_can_be_tried_again(window_of, tickets, qtbot):
    window = window_of("charlie")
    page = tab_of(window).page
    with window.seat.transport.failing(Busy("The desk is busy; try again."), "make"):
        page.load()
        qtbot.waitUntil(lambda: bool(page.banner.text), timeout=LONGEST_MS)
        assert page.states.state == "content"
        choose(page.period, "Last 90 days")
        qtbot.waitUntil(lambda: page.states.state == "failed", timeout=LONGEST_MS)
        assert not page.pdf_button.isEnabled()
    click(qtbot, button(page, "Retry"))
    wait_for_report(qtbot, page)
    assert page.pdf_button.isEnabled()


def test_technicians_see_their_own_figures_alone(window_of, tickets, tmp_path, qtbot):
    window = window_of("bob")
    tab = tab_of(window)
    page = tab.page
    assert page.whose.menu() is None
    assert tab.schedules is None
    assert tab.list.count() == len(ReportKind)
    assert figure(page, "Created").text == "1"
    page.save_tickets(tmp_path / "own.csv")
    wait_for_file(qtbot, page.saving)
    text = (tmp_path / "own.csv").read_bytes().decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(text))][1:] == [tickets[3].number]


def test_a_report_is_written_as_pdf_and_csv(window_of, tickets, tmp_path, qtbot, monkeypatch):
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    page = tab_of(window_of("charlie")).page
    click(qtbot, page.pdf_button)
    dialog = page.findChild(QFileDialog)
    dialog.selectFile(str(tmp_path / "summary.pdf"))
    dialog.accept()
    wait_for_file(qtbot, page.saving)
    assert (tmp_path / "summary.pdf").read_bytes().startswith(b"%PDF")
    assert page.saving.words == "summary.pdf was written."
    click(qtbot, button(page, "Show in folder"))
    click(qtbot, button(page, "Open"))
    assert opened == [str(tmp_path), str(tmp_path / "summary.pdf")]
    page.save(FileFormat.CSV, tmp_path / "excel.csv")
    wait_for_file(qtbot, page.saving)
    page.excel.setChecked(False)
    page.save(FileFormat.CSV, tmp_path / "plain.csv")
    qtbot.waitUntil(lambda: (tmp_path / "plain.csv").exists(), timeout=LONGEST_MS)
    wait_for_file(qtbot, page.saving)
    with_mark, plain = ((tmp_path / f"{each}.csv").read_bytes() for each in ("excel", "plain"))
    assert with_mark == BOM + plain
    assert not list(tmp_path.glob("*.part"))


def test_a_place_that_cannot_be_written_is_said(window_of, tickets, tmp_path, qtbot):
    page = tab_of(window_of("charlie")).page
    page.save(FileFormat.CSV, tmp_path / "gone" / "report.csv")
    wait_for_file(qtbot, page.saving)
    assert page.saving.words.startswith("report.csv cannot be written (")
    assert page.saving.words.endswith("choose another place.")
    assert page.pdf_button.isEnabled()


def test_an_export_of_tickets_is_stopped_and_nothing_is_left(
    window_of, tickets, tmp_path, qtbot, monkeypatch
):
    monkeypatch.setattr(ticket_pages, "LINES_AT_ONCE", 1)
    window = window_of("charlie")
    page, transport = tab_of(window).page, window.seat.transport
    (tmp_path / "all.csv").write_text("as it was before")
    with transport.held("lines"):
        page.save_tickets(tmp_path / "all.csv")
        qtbot.waitUntil(lambda: transport.count("lines") == 1)
        assert len(list(tmp_path.glob("all.csv.*.part"))) == 1
        assert page.saving.words == "Writing all.csv…"
        assert not page.pdf_button.isEnabled()
        click(qtbot, button(page, "Cancel"))
    wait_for_file(qtbot, page.saving)
    assert page.saving.words == "The export was stopped; no file was written."
    assert [each.name for each in tmp_path.glob("all.csv*")] == ["all.csv"]
    assert transport.count("lines") == 1, "it goes no further"
    assert (tmp_path / "all.csv").read_text() == "as it was before"


def test_closing_the_window_stops_an_export(window_of, tickets, tmp_path, qtbot):
    window = window_of("charlie")
    page, transport = tab_of(window).page, window.seat.transport
    with transport.held("lines"):
        page.save_tickets(tmp_path / "all.csv")
        qtbot.waitUntil(lambda: transport.count("lines") == 1)
        window.close()
    window.seat.settle()
    assert list(tmp_path.glob("all.csv*")) == []


def test_the_dashboard_exports_in_the_same_way(window_of, tickets, tmp_path, qtbot):
    window = window_of("charlie")
    tab = window.open_tab("dashboard")
    qtbot.waitUntil(lambda: tab.page.view is not None, timeout=LONGEST_MS)
    tab.export.save(FileFormat.PDF, tmp_path / "dashboard.pdf")
    wait_for_file(qtbot, tab.export.saving)
    assert (tmp_path / "dashboard.pdf").read_bytes().startswith(b"%PDF")
    assert button(tab, "Show in folder").isVisible()


def test_a_report_is_sent_by_schedule(window_of, tickets, sign_in, qtbot):
    window = window_of("charlie")
    tab = tab_of(window)
    tab.open(BY_SCHEDULE)
    page = tab.schedules
    qtbot.waitUntil(lambda: page.states.state == "empty", timeout=LONGEST_MS)
    click(qtbot, page.add_button)
    form = page.dialog
    assert form.name.text() == "Summary, every Monday at 08:00"
    form.recipients.set_values(())
    form.name.clear()
    click(qtbot, form.save_button)
    assert form.name_row.error == "Give it a name."
    assert form.recipients_row.error == "Choose at least one recipient."
    qtbot.keyClicks(form.name, "For the board")
    qtbot.keyClicks(form.recipients.edit, "dan")
    qtbot.keyClick(form.recipients.edit, Qt.Key_Return)
    assert len(form.recipients.values) == 1
    form.rhythm.set_key(Rhythm.MONTHLY)
    form.rhythm.activated.emit(form.rhythm.currentIndex())
    form.day.setValue(31)
    form.zone.setText("Europe/Berlin")
    click(qtbot, form.save_button)
    qtbot.waitUntil(lambda: bool(page.schedules), timeout=LONGEST_MS)
    row = page.list.rows[0]
    assert row.title == "For the board"
    assert "on the last day of every month at 08:00 (Europe/Berlin)" in row.lines[0]
    assert "Dana" in row.lines[1]
    assert page.problem.text() == MAIL_OFF
    assert [each.settings.name for each in sign_in("dana").reports.schedules()] == ["For the board"]
    window.seat.settle()


def test_a_schedule_is_paused_removed_and_had_back(window_of, tickets, sign_in, qtbot):
    window = window_of("charlie")
    tab = tab_of(window)
    tab.open(BY_SCHEDULE)
    page = tab.schedules
    qtbot.waitUntil(lambda: page.states.state == "empty", timeout=LONGEST_MS)
    page.add()
    click(qtbot, page.dialog.save_button)
    qtbot.waitUntil(lambda: page.chosen is not None, timeout=LONGEST_MS)
    click(qtbot, page.pause_button)
    qtbot.waitUntil(lambda: "paused" in page.list.rows[0].words, timeout=LONGEST_MS)
    assert page.pause_button.text() == "Resume"
    before: ScheduleView = page.chosen
    click(qtbot, page.remove_button)
    qtbot.waitUntil(lambda: page.states.state == "empty", timeout=LONGEST_MS)
    toast = toasts_of(window)[-1]
    click(qtbot, button(toast, "Undo"))
    qtbot.waitUntil(lambda: page.chosen is not None, timeout=LONGEST_MS)
    assert page.chosen.settings == before.settings
    window.seat.settle()


def test_what_is_still_to_come_is_seen_and_moves_nothing(window_of, tickets, qtbot):
    page = tab_of(window_of("charlie")).page
    report, preview = page.report, page.preview
    heights = []
    preview.completed.connect(
        lambda: heights.append(
            (preview.widget().height(), preview.widget().layout().totalMinimumSize().height())
        )
    )
    preview.show_report(report.model_copy(update={"title": "Again"}))
    (coming,) = preview.findChildren(Skeleton)
    QApplication.processEvents()
    assert coming.isVisible()
    widths = set()
    while not preview.is_complete:
        QApplication.processEvents()
        bodies = preview.findChildren(FigureNumber)
        widths |= {each.width() for each in bodies if each.isVisible()}
        for body in preview.findChildren(ReportBars):
            if body.isVisible() and body.parentWidget().width() > 1:
                assert body.parentWidget().height() >= body.height(), "it is cut"
    assert not coming.isVisible()
    ((height, least),) = heights
    assert height >= least, "nothing is squeezed"
    assert max(widths) - min(widths) <= 1, "a row shares what is left over"


def test_ageing_is_of_a_moment(window_of, tickets, qtbot):
    tab = tab_of(window_of("charlie"))
    page = tab.page
    assert page.period.isVisible()
    tab.open(ReportKind.AGEING.value)
    wait_for_report(qtbot, page)
    assert not page.period.isVisible()
    said = [each.text() for each in page.preview.findChildren(PlainLabel)]
    assert any(text.startswith("All teams · as of ") for text in said)
    assert not any("2026 (" in text for text in said)


def test_a_line_has_a_gap_where_nothing_was_measured(qtbot):
    values = (0.5, 0.75, None, 1.0, None, 0.25, 0.5)
    points = tuple(
        Point(key=str(at), label="", value=value, tickets=1, day=f"2026-11-{at + 1:02}")
        for at, value in enumerate(values)
    )
    chart = ReportChart(
        title="In time", style=ChartStyle.LINE, unit=Unit.SHARE, series=("x",), points=points
    )
    body = charts.body_of(chart)
    qtbot.addWidget(body)

    def lines() -> list[list[tuple[float, float]]]:
        found = [each for each in body.chart.series() if isinstance(each, QLineSeries)]
        return [[(point.x(), point.y()) for point in each.pointsVector()] for each in found]

    drawn = [line for line in lines() if line]
    assert drawn == [[(0, 0.5), (1, 0.75)], [(3, 1.0)], [(5, 0.25), (6, 0.5)]]
    whole = CardFigures(unit=Unit.SHARE, points=points[:2])
    assert body.card is not None
    body.show_figures(body.card, whole)
    assert [len(line) for line in lines()] == [2, 0]


def test_words_of_time():
    assert time_left_words(50, 100, 0.5) == ""
    assert time_left_words(50, 100, 10) == ", about 10 s left"
    assert time_left_words(1, 100, 10) == ", about 16 min left"
    assert rhythm_words(Rhythm.DAILY, 0, 1, 65) == "every day at 01:05"
    assert rhythm_words(Rhythm.WEEKLY, 6, 1, 480) == "every Sunday at 08:00"
    assert rhythm_words(Rhythm.MONTHLY, 0, 5, 480) == "on day 5 of every month at 08:00"


def test_a_chart_of_no_tickets_finds_its_days_by_itself(qtbot):
    days = ("2026-01-01", "2026-02-01", "2026-03-01")
    chart = ReportChart.model_validate(
        {
            "title": "Avoided",
            "style": "bars",
            "unit": "count",
            "series": ["Avoided"],
            "points": [
                {"key": day, "label": day, "value": 1, "tickets": 0, "day": day} for day in days
            ],
        }
    )
    body = charts.body_of(chart)
    qtbot.addWidget(body)
    assert [part.words for part in body.parts()] == ["Jan 2026: 1", "Feb 2026: 1", "Mar 2026: 1"]
    assert body.parts()[0].opening is None
    assert exports.PART == ".part"
