# SPDX-License-Identifier: GPL-3.0-or-later
"""Admins read the audit log: what is new, what is old, what they look for, and a file of it."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from PyQt5.QtCore import Qt

from helpdesk.core.errors import Busy
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.teams import TeamChange, TeamSettings
from helpdesk.ui.audit.table_model import ABOUT, PAGE, WHAT, WHO
from helpdesk.ui.audit.words import GROUPS
from helpdesk.ui.audit_log_tab import AuditLogTab
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.state_view import StateView
from tests.taking_out import take_out


@pytest.fixture
def dana(seated):
    return seated("dana")


@pytest.fixture
def tab(dana) -> AuditLogTab:
    tab = AuditLogTab(dana.desktop)
    dana.show(tab)
    return tab


def column(tab: AuditLogTab, which: int) -> list[str]:
    model = tab.table.model()
    return [model.index(row, which).data() for row in range(model.rowCount())]


def note(desk, count: int = 1, detail: str = "x") -> None:
    for _ in range(count):
        take_out(desk, detail)


def look(dana, tab: AuditLogTab) -> None:
    """Let what was entered arrive, without the wait that keeps a busy desk calm."""
    tab._news.timeout.emit()  # noqa: SLF001
    dana.settle()


def searched(dana, tab: AuditLogTab, text: str) -> None:
    tab.filters.search.setText(text)
    tab.filters.changed.emit()
    dana.settle()


def state(tab: AuditLogTab) -> str:
    found = tab.findChild(StateView)
    assert found is not None
    return found.state


def test_every_action_is_in_one_group():
    grouped = Counter(action for group in GROUPS.values() for action in group.actions)
    assert grouped == Counter(AuditAction)


def test_an_entry_is_read_in_full_by_the_keyboard(dana, qtbot, sign_in):
    desk = sign_in("dana")
    team = desk.teams.add(TeamSettings(name="Net <b>work</b>", member_ids=(3,)))
    desk.teams.change(team.id, TeamChange(name="Networks", member_ids=(3,), version=team.version))
    tab = AuditLogTab(dana.desktop)
    dana.show(tab)
    assert column(tab, ABOUT)[:2] == [
        "Team Networks · Name: Net <b>work</b> → Networks",
        "Team Net <b>work</b> · added",
    ]
    assert column(tab, WHAT)[0] == "Settings changed"
    told = tab.pane.text
    for words in ("Dana Whitfield", "this machine", "Before\nNet <b>work</b>", "After\nNetworks"):
        assert words in told
    link = tab.pane.findChild(LinkButton)
    below = next(x for x in tab.pane.findChildren(PlainLabel) if x.text() == "Digest")
    assert link is not None
    # A link has a ring of two and two pixels of room around its words.
    assert link.x() + 4 == below.x(), "the words begin where the others do"
    tab.table.setFocus()
    qtbot.keyClick(tab.table, Qt.Key_Down)
    assert "Added" in tab.pane.text
    assert "Bob Keller" in tab.pane.text


def test_older_ones_come_by_scrolling(dana, sign_in):
    note(sign_in("dana"), PAGE + 5)
    tab = AuditLogTab(dana.desktop)
    dana.show(tab)
    assert tab.table.model().rowCount() == PAGE
    tab.table.scrollToBottom()
    dana.settle()
    assert tab.table.model().rowCount() >= PAGE + 5


def test_new_ones_stand_on_top_and_leave_the_reader_alone(dana, sign_in):
    desk = sign_in("dana")
    note(desk, 60, "old")
    tab = AuditLogTab(dana.desktop)
    dana.show(tab)
    note(desk, 1, "first")
    look(dana, tab)
    assert column(tab, ABOUT)[0] == "Tickets · Part: text: first"
    tab.table.selectRow(30)
    tab.table.scrollTo(tab.table.currentIndex(), tab.table.PositionAtTop)
    top, chosen = tab.table.rowAt(1), tab.pane.entry
    note(desk, 2, "second")
    look(dana, tab)
    assert tab.table.rowAt(1) == top + 2
    assert tab.pane.entry == chosen
    assert tab._banner.text == "2 new entries."  # noqa: SLF001
    tab.table.scrollToTop()
    assert not tab._banner.isVisible()  # noqa: SLF001


def test_the_log_is_narrowed_and_shown_whole_again(dana, sign_in, qtbot):
    note(sign_in("bob"), 1, "by Bob")
    sign_in("dana").teams.add(TeamSettings(name="Žluté tiskárny"))
    tab = AuditLogTab(dana.desktop)
    dana.show(tab)
    searched(dana, tab, "zlute")
    assert state(tab) == "empty"
    searched(dana, tab, "žluté")
    assert column(tab, ABOUT) == ["Team Žluté tiskárny · added"]
    tab.filters.clear()
    tab.filters.groups.set_chosen(["data"])
    tab.filters.changed.emit()
    dana.settle()
    assert set(column(tab, WHAT)) == {"Exported"}
    assert tab.pane.entry is not None
    tab.filters.clear()
    dana.settle()
    tab.filters.person.edit.setText("bob")
    tab.filters.person.typed.emit("bob")
    dana.settle()
    qtbot.keyClick(tab.filters.person.edit, Qt.Key_Return)
    dana.settle()
    assert set(column(tab, WHO)) == {"Bob Keller"}


def test_everything_by_one_person_is_one_click_away(dana, sign_in):
    note(sign_in("bob"))
    tab = AuditLogTab(dana.desktop)
    dana.show(tab)
    row = column(tab, WHO).index("Bob Keller")
    tab.table.selectRow(row)
    assert tab.pane.entry is not None
    assert tab.pane.entry.actor is not None
    tab.pane.person_wanted.emit(tab.pane.entry.actor.id, "Bob Keller")
    dana.settle()
    assert set(column(tab, WHO)) == {"Bob Keller"}


def test_what_is_filtered_becomes_a_file_without_formulas(dana, sign_in, tmp_path: Path):
    desk = sign_in("dana")
    desk.teams.add(TeamSettings(name="=HYPERLINK(1)"))
    desk.teams.add(TeamSettings(name="Other"))
    tab = AuditLogTab(dana.desktop)
    dana.show(tab)
    searched(dana, tab, "=hyper")
    target = tmp_path / "audit.csv"
    tab.save(target)
    dana.settle()
    with target.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert head[:4] == ["Number", "When (UTC)", "What", "Who"]
    assert [row[7] for row in rows] == ["'=HYPERLINK(1)"]
    # That it was taken out is entered itself.
    tab.filters.clear()
    look(dana, tab)
    assert column(tab, ABOUT)[0] == "Audit · Part: text: =hyper"


def test_a_failure_is_told_and_tried_again(dana, monkeypatch):
    def busy(*_args: object) -> None:
        raise Busy("The desk is busy; try again.")

    search = dana.desktop.desk.audit.search
    monkeypatch.setattr(dana.desktop.desk.audit, "search", busy)
    tab = AuditLogTab(dana.desktop)
    dana.show(tab)
    assert state(tab) == "failed"
    monkeypatch.setattr(dana.desktop.desk.audit, "search", search)
    tab.filters.changed.emit()
    dana.settle()
    assert state(tab) == "content"
