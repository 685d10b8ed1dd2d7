# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard: live figures, the tickets behind them, and cards that people arrange."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from PyQt5.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt5.QtGui import QMouseEvent
from PyQt5.QtWidgets import QAbstractButton, QApplication, QFileDialog, QWidget

from helpdesk.core.errors import Busy
from helpdesk.core.schemas.dashboards import DashboardChange, Layout, Place, PlacedCard
from helpdesk.core.schemas.figures import Card, CardStyle, Measure, Period, Span, Split
from helpdesk.core.schemas.reports import FileFormat
from helpdesk.core.schemas.tickets import NewTicket, Priority, Status, TicketChange
from helpdesk.ui import theme
from helpdesk.ui.dashboard.card_dialog import CardDialog
from helpdesk.ui.dashboard.gallery import Gallery
from helpdesk.ui.dashboard.grid import DashboardGrid
from helpdesk.ui.dashboard.number_body import NumberBody
from helpdesk.ui.dashboard.period_dialog import PeriodDialog
from helpdesk.ui.dashboard_tab import DashboardTab
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.widgets.toast import toasts_of
from tests.ui.seats import LONGEST_MS, button, click, numbers

OPEN = Card(style=CardStyle.NUMBER, measure=Measure.OPEN)
CREATED = Card(style=CardStyle.NUMBER, measure=Measure.CREATED)
FLOW = Card(style=CardStyle.LINE, measure=Measure.CREATED, second=Measure.RESOLVED, split=Split.DAY)
PRIORITIES = Card(style=CardStyle.BARS, measure=Measure.OPEN, split=Split.PRIORITY)
RING = Card(style=CardStyle.RING, measure=Measure.OPEN, split=Split.PRIORITY)
ATTENTION = Card(style=CardStyle.ATTENTION, measure=Measure.OVERDUE)
PEOPLE = Card(style=CardStyle.TABLE, measure=Measure.WORKLOAD, split=Split.TECHNICIAN)
OUTLOOK = Card(style=CardStyle.OUTLOOK, measure=Measure.CREATED)


def placed(card: Card, column: int, row: int, columns: int, rows: int) -> PlacedCard:
    return PlacedCard(card=card, place=Place(column=column, row=row, columns=columns, rows=rows))


SMALL = Layout(
    cards=(
        placed(OPEN, 0, 0, 6, 2),
        placed(CREATED, 6, 0, 6, 2),
        placed(FLOW, 0, 2, 6, 5),
        placed(PRIORITIES, 6, 2, 6, 5),
    )
)


@pytest.fixture
def tickets(sign_in):
    """Return three open tickets, two of them urgent, and one that bob has resolved."""
    alice, bob = sign_in("alice"), sign_in("bob")
    made = [alice.tickets.open(NewTicket(subject=f"Ticket {at}")) for at in range(4)]
    for at in (0, 1):
        change = TicketChange(priority=Priority.URGENT, version=made[at].version)
        made[at] = bob.tickets.change(made[at].id, change)
    taken = bob.tickets.take(made[3].id, made[3].version)
    done = TicketChange(status=Status.RESOLVED, version=taken.version)
    return [*made[:3], bob.tickets.change(taken.id, done)]


@pytest.fixture
def arranged(sign_in):
    """Return a function that gives somebody a dashboard."""

    def arrange(who: str, layout: Layout = SMALL) -> None:
        desk = sign_in(who)
        desk.dashboards.save(DashboardChange(layout=layout, version=desk.dashboards.mine().version))

    return arrange


@pytest.fixture
def window_of(seated, qtbot):
    """Return a function that opens somebody's main window at the dashboard."""

    def opened(who: str, width: int = 1400, height: int = 900) -> Any:
        seat = seated(who)
        window = MainWindow(seat.desktop)
        seat.show(window, width, height)
        window.open_tab("dashboard")
        wait_for_figures(qtbot, page_of(window))
        seat.settle()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        window.seat = seat  # type: ignore[attr-defined]
        return window

    return opened


def page_of(window: MainWindow) -> Any:
    tab = window.open_tab("dashboard")
    assert isinstance(tab, DashboardTab)
    return tab.page


def wait_for_figures(qtbot, page) -> None:
    qtbot.waitUntil(
        lambda: (
            page.is_loaded
            and bool(page.grid.cards)
            and all(card.figures is not None for card in page.grid.cards)
        ),
        timeout=LONGEST_MS,
    )


def card_of(page: Any, card: Card) -> Any:
    return next(each for each in page.grid.cards if each.card == card)


def value_of(page: Any, card: Card) -> float | None:
    value: float | None = card_of(page, card).figures.value
    return value


def titles(grid: DashboardGrid) -> list[str]:
    return [card.title for card in grid.cards]


DRAGGING = (
    (QEvent.MouseButtonPress, 0.0),
    (QEvent.MouseMove, 0.5),
    (QEvent.MouseMove, 1.0),
    (QEvent.MouseButtonRelease, 1.0),
)


def drag(widget: QWidget, start: QPoint, by: QPoint, *, lets_go: bool = True) -> None:
    """Hold a widget and let it go elsewhere; it may move along meanwhile."""
    origin = widget.mapToGlobal(start)
    for kind, far in DRAGGING if lets_go else DRAGGING[:-1]:
        at = origin + by * far
        button_ = Qt.NoButton if kind == QEvent.MouseMove else Qt.LeftButton
        held = Qt.NoButton if kind == QEvent.MouseButtonRelease else Qt.LeftButton
        place = QPointF(widget.mapFromGlobal(at))
        event = QMouseEvent(kind, place, QPointF(at), button_, held, Qt.NoModifier)
        QApplication.sendEvent(widget, event)


def rest(qtbot, page) -> None:
    """Wait until no card slides any more."""
    qtbot.waitUntil(lambda: page.grid._slide.state() == 0)  # noqa: SLF001 - what is waited for


def test_every_kind_of_card_shows_its_figures(window_of, arranged, tickets):
    cards = (OPEN, FLOW, PRIORITIES, RING, ATTENTION, PEOPLE, OUTLOOK)
    layout = Layout(cards=tuple(placed(card, 0, at * 6, 6, 6) for at, card in enumerate(cards)))
    arranged("charlie", layout)
    page = page_of(window_of("charlie"))
    assert value_of(page, OPEN) == 3
    assert card_of(page, OPEN).body.text == "3"
    bars = {part.words for part in card_of(page, PRIORITIES).body.parts()}
    assert "Urgent: 2" in bars
    assert {part.words for part in card_of(page, RING).body.parts()} >= {"Urgent: 2, 66.7 %"}
    today = card_of(page, FLOW).body.parts()[-1].words
    assert today == "23 Nov: Created 4, Resolved 1"
    people = card_of(page, PEOPLE).body.numbers_model.numbers
    assert ["Bob Technician"[:3], "1"] in [[row[0].text[:3], row[2].text] for row in people.rows]
    assert [card.figures.problem for card in page.grid.cards] == [None] * len(cards)
    assert page.head.live.text() == "● Live"


def test_the_tickets_behind_a_bar_open_with_a_way_back(window_of, arranged, tickets, qtbot):
    arranged("charlie")
    window = window_of("charlie")
    page = page_of(window)
    bars = card_of(page, PRIORITIES).body
    at = [part.words for part in bars.parts()].index("Urgent: 2")
    qtbot.mouseClick(bars, Qt.LeftButton, pos=bars.part_area(at).center().toPoint())
    tab = window.current_tab()
    assert window.tab_keys[window.navigation.currentIndex()] == "manage"
    urgent = {tickets[0].number, tickets[1].number}
    qtbot.waitUntil(lambda: set(numbers(tab.list)) == urgent, timeout=LONGEST_MS)
    chip = next(b for b in tab.findChildren(QAbstractButton) if b.text().startswith("Dashboard:"))
    assert chip.isVisible()
    assert "Open, Urgent" in chip.text()
    tab.list.go_back()
    assert window.current_tab() is window.open_tab("dashboard")
    qtbot.waitUntil(lambda: page.isVisible())
    assert QApplication.focusWidget() is bars
    page_of(window)
    window.open_tab("manage")
    assert not chip.isVisible()


def test_a_removed_chip_shows_all_tickets_again(window_of, arranged, tickets, qtbot):
    arranged("charlie")
    window = window_of("charlie")
    number = card_of(page_of(window), OPEN).body
    qtbot.keyClick(number, Qt.Key_Return)
    tab = window.current_tab()
    qtbot.waitUntil(lambda: len(numbers(tab.list)) == 3, timeout=LONGEST_MS)
    chip = next(b for b in tab.findChildren(QAbstractButton) if b.text().startswith("Dashboard:"))
    qtbot.keyClick(chip, Qt.Key_Delete)
    qtbot.waitUntil(lambda: len(numbers(tab.list)) == 4, timeout=LONGEST_MS)


def test_figures_follow_a_change_of_another_window(window_of, arranged, tickets, sign_in, qtbot):
    arranged("charlie")
    window = window_of("charlie")
    page = page_of(window)
    body = card_of(page, PRIORITIES).body
    chart = body.chart
    sign_in("alice").tickets.open(NewTicket(subject="One more"))
    qtbot.waitUntil(lambda: value_of(page, OPEN) == 4, timeout=LONGEST_MS)
    assert body.chart is chart
    assert card_of(page, PRIORITIES).body is body


def test_many_changes_are_few_questions(window_of, arranged, sign_in, qtbot):
    arranged("charlie")
    window = window_of("charlie")
    page, transport = page_of(window), window.seat.transport
    before = transport.count("cards")
    with transport.held("cards"):
        page.live.want_now()
        for _ in range(20):
            page.refresh()
        qtbot.waitUntil(lambda: transport.count("cards") > before)
        assert transport.count("cards") == before + 1
    qtbot.waitUntil(lambda: transport.count("cards") == before + 2, timeout=LONGEST_MS)


def test_nothing_is_asked_while_nobody_looks(window_of, arranged, sign_in, qtbot):
    arranged("charlie")
    window = window_of("charlie")
    page, transport = page_of(window), window.seat.transport
    window.open_tab("settings")
    window.seat.settle()
    before = transport.count("cards")
    page.refresh()
    window.seat.settle()
    assert transport.count("cards") == before
    window.open_tab("dashboard")
    qtbot.waitUntil(lambda: transport.count("cards") > before, timeout=LONGEST_MS)


def test_what_cannot_be_read_again_stays_and_is_marked(window_of, arranged, tickets, qtbot):
    arranged("charlie")
    window = window_of("charlie")
    page, transport = page_of(window), window.seat.transport
    with transport.failing(Busy("The desk is busy; try again."), "cards"):
        page.live.want_now()
        qtbot.waitUntil(lambda: page.banner.text == "The desk is busy; try again.")
    assert page.head.live.text().startswith("as of")
    assert card_of(page, OPEN).body.text == "3"
    click(qtbot, button(page.banner, "Retry"))
    qtbot.waitUntil(lambda: page.head.live.text() == "● Live", timeout=LONGEST_MS)
    assert page.banner.text == ""


def test_a_dashboard_that_cannot_be_read_says_so(seated, qtbot):
    seat = seated("charlie")
    with seat.transport.failing(Busy("The desk is busy; try again."), "mine"):
        tab = DashboardTab(seat.desktop)
        seat.show(tab, 1200, 800)
        assert tab.page.states.state == "failed"
    click(qtbot, button(tab.page, "Retry"))
    wait_for_figures(qtbot, tab.page)
    assert tab.page.states.state == "content"


def test_a_new_desk_says_what_will_be_seen(window_of, arranged):
    arranged("charlie")
    page = page_of(window_of("charlie"))
    assert page.news.text.startswith("There is nothing to count yet.")


def test_a_technician_sees_their_own_and_chooses_nobody(window_of, tickets, qtbot):
    page = page_of(window_of("bob"))
    assert not page.may_see_all
    assert page.head.whose.menu() is None
    assert page.view.scope_name == page.head.whose.text()


def test_the_table_has_the_same_numbers_and_can_be_copied(window_of, arranged, tickets, qtbot):
    arranged("charlie")
    card = card_of(page_of(window_of("charlie")), PRIORITIES)
    card.body.setFocus()
    qtbot.keyClick(card.body, Qt.Key_T)
    assert card.table.isVisible()
    rows = [[cell.text for cell in row] for row in card.table.numbers_model.numbers.rows]
    assert ["Urgent", "2"] in rows
    qtbot.keyClick(card.table, Qt.Key_C, Qt.ControlModifier)
    assert "Urgent\t2" in QApplication.clipboard().text().splitlines()
    qtbot.keyClick(card.table, Qt.Key_T)
    assert card.body.isVisible()
    assert QApplication.focusWidget() is card.body


def test_the_cards_are_written_into_files(window_of, arranged, tickets, tmp_path, qtbot):
    arranged("charlie", Layout(cards=(*SMALL.cards, placed(PEOPLE, 0, 8, 6, 5))))
    window = window_of("charlie")
    tab = window.open_tab("dashboard")
    for kind in FileFormat:
        tab.export.save(kind, tmp_path / f"cards.{kind.value}")
        qtbot.waitUntil(tab.page.head.pdf_button.isEnabled, timeout=LONGEST_MS)
    assert (tmp_path / "cards.pdf").read_bytes().startswith(b"%PDF")
    lines = (tmp_path / "cards.csv").read_text(encoding="utf-8-sig").splitlines()
    assert any(line.startswith("Open,tickets,3,") for line in lines)
    nowhere = tmp_path / "no folder" / "cards.csv"
    tab.export.save(FileFormat.CSV, nowhere)
    qtbot.waitUntil(lambda: "cannot be written" in tab.export.saving.words, timeout=LONGEST_MS)


def test_charts_are_loaded_when_the_dashboard_is_first_opened():
    code = "import sys, helpdesk.ui.main_window; print('PyQt5.QtChart' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"


def test_the_keyboard_goes_through_parts_and_cards(window_of, arranged, tickets, qtbot):
    arranged("charlie")
    page = page_of(window_of("charlie"))
    first, second = card_of(page, OPEN), card_of(page, CREATED)
    flow: Any = card_of(page, FLOW).body
    first.focus_target.setFocus()
    qtbot.keyClick(first.focus_target, Qt.Key_Right)
    assert QApplication.focusWidget() is second.focus_target
    qtbot.keyClick(second.focus_target, Qt.Key_Left)
    qtbot.keyClick(first.focus_target, Qt.Key_Down)
    assert QApplication.focusWidget() is card_of(page, FLOW).body
    qtbot.keyClick(flow, Qt.Key_Right)
    assert flow.current == 1
    assert "2 of 30" in flow.accessibleName()


def test_charts_take_the_colours_of_the_theme(window_of, arranged, tickets):
    arranged("charlie", Layout(cards=(*SMALL.cards, placed(RING, 0, 8, 4, 5))))
    page = page_of(window_of("charlie"))
    bars = card_of(page, PRIORITIES).body.sets[0]
    line = card_of(page, FLOW).body.lines[0]
    ring = card_of(page, RING).body.ring.slices()[0]
    light = [bars.color(), line.pen().color(), ring.brush().color()]
    theme.current().set_mode("dark")
    dark = [bars.color(), line.pen().color(), ring.brush().color()]
    assert all(one != other for one, other in zip(light, dark, strict=True))
    assert bars.color() == theme.current().colour("accent")


def test_a_period_is_chosen_and_remembered(window_of, arranged, tickets, clock, qtbot):
    arranged("charlie")
    window = window_of("charlie")
    page = page_of(window)
    page.head.span_chosen.emit(Span(period=Period.LAST_7_DAYS))
    qtbot.waitUntil(lambda: page.view.first == "2026-11-17", timeout=LONGEST_MS)
    assert page.head.period.text() == "Last 7 days"
    assert len(card_of(page, FLOW).body.points) == 7
    again = page_of(window_of("charlie"))
    assert again.span.period is Period.LAST_7_DAYS


def test_days_in_the_wrong_order_are_said_in_place(window_of, arranged, qtbot):
    arranged("charlie")
    page = page_of(window_of("charlie"))
    page.head.period.choose(Period.CUSTOM)
    dialog = page.findChild(PeriodDialog)
    last = dialog.fields.first.date()
    dialog.fields.first.setDate(dialog.fields.last.date().addDays(1))
    assert not dialog.save_button.isEnabled()
    assert dialog.fields.problem
    dialog.fields.first.setDate(last)
    click(qtbot, dialog.save_button)
    qtbot.waitUntil(lambda: page.span.period is Period.CUSTOM)


def test_a_dragged_card_makes_others_give_way_and_is_kept(window_of, arranged, sign_in, qtbot):
    arranged("charlie")
    page = page_of(window_of("charlie"))
    click(qtbot, page.head.customise_button)
    grid = page.grid
    which = titles(grid).index("Created and resolved per day")
    cover, card = grid.covers[which], grid.cards[which]
    drag(cover, QPoint(40, 60), QPoint(grid.cards[3].x() - card.x(), 0))
    rest(qtbot, page)
    assert grid.areas[which].column == 6
    click(qtbot, page.head.done_button)
    qtbot.waitUntil(lambda: not page.arranging.is_active, timeout=LONGEST_MS)
    kept = sign_in("charlie").dashboards.mine()
    assert next(each.place.column for each in kept.layout.cards if each.card == FLOW) == 6


def test_a_card_is_resized_by_its_corner_and_by_keys(window_of, arranged, qtbot):
    arranged("charlie")
    page = page_of(window_of("charlie"))
    click(qtbot, page.head.customise_button)
    grid, which = page.grid, 2
    cover = grid.covers[which]
    drag(cover, cover.corner.center(), QPoint(-200, 120))
    rest(qtbot, page)
    assert (grid.areas[which].columns, grid.areas[which].rows) == (4, 7)
    qtbot.keyClick(grid.covers[which], Qt.Key_Right, Qt.ShiftModifier)
    qtbot.keyClick(grid.covers[which], Qt.Key_Up, Qt.ShiftModifier)
    assert (grid.areas[which].columns, grid.areas[which].rows) == (5, 6)
    qtbot.keyClick(grid.covers[0], Qt.Key_Right)
    assert grid.areas[0].column == 1
    rest(qtbot, page)
    click(qtbot, page.head.discard_button)
    assert [each.place for each in page.layout_now.cards] == [each.place for each in SMALL.cards]


def test_a_removed_card_comes_back_by_the_toast(window_of, arranged, qtbot):
    arranged("charlie")
    window = window_of("charlie")
    page = page_of(window)
    click(qtbot, page.head.customise_button)
    before = page.layout_now
    qtbot.keyClick(page.grid.covers[3], Qt.Key_Delete)
    assert len(page.grid.cards) == 3
    toast = toasts_of(window)[-1]
    click(qtbot, button(toast, "Undo"))
    assert page.layout_now == before


def test_a_card_is_chosen_configured_and_added(window_of, arranged, tickets, sign_in, qtbot):
    arranged("charlie")
    window = window_of("charlie")
    page = page_of(window)
    click(qtbot, page.head.customise_button)
    click(qtbot, page.head.add_button)
    gallery = page.findChild(Gallery)
    gallery.tiles[CardStyle.BARS].click()
    dialog = page.findChild(CardDialog)
    window.seat.settle()
    dialog.form.measure.set_key(Measure.CREATED)
    dialog.form.split.set_key(Split.PRIORITY)
    dialog.form.title.setText("By urgency")
    qtbot.waitUntil(
        lambda: dialog.preview.figures is not None and dialog.preview.title == "By urgency",
        timeout=LONGEST_MS,
    )
    click(qtbot, dialog.save_button)
    added = page.grid.cards[-1]
    assert (added.card.measure, added.card.split) == (Measure.CREATED, Split.PRIORITY)
    wait_for_figures(qtbot, page)
    click(qtbot, page.head.done_button)
    qtbot.waitUntil(lambda: not page.arranging.is_active, timeout=LONGEST_MS)
    assert sign_in("charlie").dashboards.mine().layout.cards[-1].card.title == "By urgency"


def test_a_card_without_somebody_chosen_cannot_be_kept(window_of, arranged, qtbot):
    arranged("charlie")
    page = page_of(window_of("charlie"))
    page.arranging.configure(0)
    dialog = page.findChild(CardDialog)
    whose = dialog.form.whose
    whose.setCurrentIndex(whose.count() - 1)
    assert not dialog.save_button.isEnabled()
    assert dialog.form.problem == "Choose a team or a technician."
    dialog.form.who.setCurrentIndex(dialog.form.who.count() - 1)
    assert dialog.save_button.isEnabled()
    click(qtbot, dialog.save_button)
    assert page.grid.cards[0].card.scope.technician_id is not None


def test_another_window_s_arrangement_is_not_overwritten_unasked(
    window_of, arranged, sign_in, qtbot
):
    arranged("charlie")
    page = page_of(window_of("charlie"))
    click(qtbot, page.head.customise_button)
    qtbot.keyClick(page.grid.covers[0], Qt.Key_Delete)
    arranged("charlie", Layout(cards=SMALL.cards[:2]))
    click(qtbot, page.head.done_button)
    qtbot.waitUntil(lambda: page.banner.text != "", timeout=LONGEST_MS)
    assert page.arranging.is_active
    assert len(sign_in("charlie").dashboards.mine().layout.cards) == 2
    click(qtbot, button(page.banner, "Keep this one"))
    qtbot.waitUntil(lambda: not page.arranging.is_active, timeout=LONGEST_MS)
    assert len(sign_in("charlie").dashboards.mine().layout.cards) == 3


def test_resetting_can_be_undone(window_of, arranged, sign_in, qtbot):
    arranged("charlie")
    window = window_of("charlie")
    page = page_of(window)
    click(qtbot, page.head.customise_button)
    click(qtbot, page.head.reset_button)
    qtbot.waitUntil(lambda: page.version == 0, timeout=LONGEST_MS)
    assert len(page.grid.cards) > len(SMALL.cards)
    click(qtbot, button(toasts_of(window)[-1], "Undo"))
    qtbot.waitUntil(lambda: page.version > 0, timeout=LONGEST_MS)
    assert sign_in("charlie").dashboards.mine().layout.cards == SMALL.cards


def test_fewer_columns_leave_the_kept_layout_alone(window_of, arranged, tickets):
    arranged("charlie")
    window = window_of("charlie")
    page = page_of(window)
    before = page.layout_now
    assert page.grid.columns == 12
    window.resize(900, 700)
    window.seat.settle()
    assert page.grid.columns == 6
    assert page.layout_now == before
    rooms = [card.geometry() for card in page.grid.cards]
    assert all(room.right() <= page.grid.width() for room in rooms)


def test_everything_is_mirrored_for_those_who_read_from_the_right(window_of, arranged, tickets):
    arranged("charlie")
    QApplication.setLayoutDirection(Qt.RightToLeft)
    try:
        page = page_of(window_of("charlie"))
        first, second = (page.grid.cards[at].geometry() for at in (0, 1))
        assert first.left() > second.right()
        line = card_of(page, FLOW).body
        assert line.point_place(0, 0).x() > line.point_place(29, 0).x()
        assert not page.grab().isNull()
    finally:
        QApplication.setLayoutDirection(Qt.LeftToRight)


def test_a_share_opens_what_it_is_about(window_of, arranged, sign_in, tickets, qtbot):
    bob = sign_in("bob")
    reopened = bob.tickets.change(
        tickets[3].id, TicketChange(status=Status.OPEN, version=tickets[3].version)
    )
    done = TicketChange(status=Status.RESOLVED, version=reopened.version)
    again = bob.tickets.change(reopened.id, done)
    other = bob.tickets.take(tickets[2].id, tickets[2].version)
    bob.tickets.change(other.id, TicketChange(status=Status.RESOLVED, version=other.version))
    share = Card(style=CardStyle.NUMBER, measure=Measure.REOPENED_SHARE)
    arranged("charlie", Layout(cards=(placed(share, 0, 0, 6, 2),)))
    window = window_of("charlie")
    card = card_of(page_of(window), share)
    assert card.figures.value == 0.5
    assert card.body.parts()[0].told.endswith("; opens 'Reopened'")
    actions = [action.text() for action in card.menu().actions()]
    assert actions[:3] == [
        "Show 'Reopened'",
        "Show 'Not reopened'",
        "Show all that were measured",
    ]
    qtbot.mouseClick(card.body, Qt.LeftButton)
    tab = window.current_tab()
    qtbot.waitUntil(lambda: numbers(tab.list) == [again.number], timeout=LONGEST_MS)
    chip = next(b for b in tab.findChildren(QAbstractButton) if b.text().startswith("Dashboard:"))
    assert chip.text().startswith("Dashboard: Reopened ")
    page_of(window)
    card.menu().actions()[2].trigger()
    qtbot.waitUntil(lambda: len(numbers(tab.list)) == 2, timeout=LONGEST_MS)


def test_nothing_can_be_done_with_old_rows_while_others_are_read(
    window_of, arranged, tickets, qtbot
):
    arranged("charlie")
    window = window_of("charlie")
    tab = window.open_tab("manage")
    qtbot.waitUntil(lambda: tab.pane.allows("resolve"), timeout=LONGEST_MS)
    body = card_of(page_of(window), OPEN).body
    with window.seat.transport.held("search"):
        qtbot.keyClick(body, Qt.Key_Return)
        assert tab.list._states.state == "loading"  # noqa: SLF001 - what is seen
        assert not tab.pane.allows("resolve")
        tab.list.step(1)
        assert not tab.pane.allows("resolve")
    qtbot.waitUntil(lambda: len(numbers(tab.list)) == 3, timeout=LONGEST_MS)
    qtbot.waitUntil(lambda: tab.pane.allows("resolve"), timeout=LONGEST_MS)
    assert QApplication.focusWidget() is tab.list._rows  # noqa: SLF001 - where one goes on


def test_what_opens_nothing_is_no_button(window_of, arranged, qtbot):
    avoided = Card(style=CardStyle.NUMBER, measure=Measure.AVOIDED)
    arranged("charlie", Layout(cards=(placed(avoided, 0, 0, 3, 2), placed(OPEN, 3, 0, 3, 2))))
    page = page_of(window_of("charlie"))
    page.head.period.setFocus()
    body = card_of(page, avoided).body
    qtbot.mouseClick(body, Qt.LeftButton)
    assert QApplication.focusWidget() is page.head.period
    assert "there is no list to open" in body.parts()[0].told
    qtbot.mouseMove(body)
    assert body.cursor().shape() == Qt.ArrowCursor


def test_escape_leaves_arranging_or_asks(window_of, arranged, qtbot):
    arranged("charlie")
    page = page_of(window_of("charlie"))
    click(qtbot, page.head.customise_button)
    qtbot.keyClick(page.grid.covers[0], Qt.Key_Escape)
    assert not page.arranging.is_active
    click(qtbot, page.head.customise_button)
    qtbot.keyClick(page.grid.covers[0], Qt.Key_Delete)
    qtbot.keyClick(page.grid.covers[0], Qt.Key_Escape)
    assert page.arranging.is_active
    assert page.banner.text == "Keep the dashboard as it is now?"
    click(qtbot, button(page.banner, "Discard"))
    assert not page.arranging.is_active
    assert [each.place for each in page.layout_now.cards] == [each.place for each in SMALL.cards]


def test_escape_puts_a_dragged_card_back(window_of, arranged, qtbot):
    arranged("charlie")
    page = page_of(window_of("charlie"))
    click(qtbot, page.head.customise_button)
    cover, before = page.grid.covers[2], page.grid.areas
    drag(cover, QPoint(40, 60), QPoint(500, 0), lets_go=False)
    assert page.grid.areas != before
    qtbot.keyClick(cover, Qt.Key_Escape)
    rest(qtbot, page)
    qtbot.mouseRelease(cover, Qt.LeftButton)
    assert page.grid.areas == before
    assert page.arranging.is_active


def test_the_second_click_on_save_reaches_no_card(window_of, arranged, tmp_path, qtbot):
    arranged("charlie")
    window = window_of("charlie")
    page, export = page_of(window), window.open_tab("dashboard").export
    opened: list[object] = []
    page.tickets_behind_wanted.connect(lambda *_: opened.append(1))
    click(qtbot, page.head.csv_button)
    dialog = page.findChild(QFileDialog)
    dialog.setDirectory(str(tmp_path))
    dialog.accept()
    body = card_of(page, OPEN).body
    qtbot.mouseClick(body, Qt.LeftButton)
    assert opened == []
    qtbot.waitUntil(lambda: not export.second_click.is_guarding)
    qtbot.mouseClick(body, Qt.LeftButton)
    assert opened == [1]


def test_an_export_is_told_wherever_one_is(window_of, arranged, tmp_path, qtbot):
    arranged("charlie")
    window = window_of("charlie")
    export = window.open_tab("dashboard").export
    export.save(FileFormat.CSV, tmp_path / "cards.csv")
    window.open_tab("manage")
    qtbot.waitUntil(lambda: len(toasts_of(window)) > 0, timeout=LONGEST_MS)
    assert toasts_of(window)[-1].accessibleName() == "cards.csv was written."
    assert button(toasts_of(window)[-1], "Open").isVisible()


def test_the_buttons_of_a_small_card_leave_its_title_legible(window_of, arranged, qtbot):
    soon = Card(style=CardStyle.NUMBER, measure=Measure.DUE_SOON)
    arranged("charlie", Layout(cards=(placed(soon, 0, 0, 2, 2), placed(OPEN, 2, 0, 2, 2))))
    page = page_of(window_of("charlie", 1024, 700))
    click(qtbot, page.head.customise_button)
    card, cover = page.grid.cards[0], page.grid.covers[0]
    heading = card.heading
    qtbot.waitUntil(lambda: heading.fontMetrics().horizontalAdvance(card.title) <= heading.width())
    below = heading.mapTo(card, heading.rect().bottomLeft()).y()
    assert cover.configure_button.geometry().top() >= below
    body = card.body
    assert isinstance(body, NumberBody)
    body.text = "4.5 of 5"
    place = body.number_area.translated(body.mapTo(card, QPoint()))
    assert not place.intersects(cover.configure_button.geometry())
    click(qtbot, page.head.discard_button)
    assert body.number_area.width() > place.width()
