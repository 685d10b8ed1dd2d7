# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever people do on a desk of some size, the window answers them."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from time import thread_time
from typing import Any

import pytest
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtGui import QWheelEvent
from PyQt5.QtWidgets import QApplication, QLineEdit, QListView

from helpdesk.app import App
from helpdesk.core import settings as settings_module
from helpdesk.core.clock import system_clock
from helpdesk.core.paths import DataFolder
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.services.demo_desk import Scale, fill_demo_desk
from helpdesk.services.new_desk import make_desk
from tests.conftest import PASSWORD
from tests.ui.seats import LONGEST_MS, calm, enter, numbers, open_view, rows_of
from tests.ui.stalls import Stalls

TICKETS = 2_000
NOTCH = 120


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a demo desk with many tickets."""
    folder = DataFolder(tmp_path_factory.mktemp("large")).ensure()
    settings = settings_module.load(folder)
    now, scale = system_clock(), Scale.of(TICKETS)
    fill = partial(fill_demo_desk, settings=settings, scale=scale, now=now, password=PASSWORD)
    make_desk(SqliteManager(folder.database), settings, now, fill)
    return folder.database


@pytest.fixture
def app(large: Path, tmp_path: Path, start_app) -> App:
    folder = DataFolder(tmp_path / "large").ensure()
    shutil.copy(large, folder.database)
    started: App = start_app(folder)
    return started


def wheel(rows: QListView, notches: int) -> None:
    """Turn the wheel over the rows, towards the end of the list."""
    middle = rows.viewport().rect().center()
    QApplication.sendEvent(
        rows.viewport(),
        QWheelEvent(
            middle, rows.viewport().mapToGlobal(middle), QPoint(), QPoint(0, -NOTCH * notches),
            Qt.NoButton, Qt.NoModifier, Qt.NoScrollPhase, False,
        ),
    )  # fmt: skip


def test_nothing_freezes_while_somebody_scrolls_searches_and_reads(app: App, stalls: Stalls, qtbot):
    window = enter(qtbot, app, "charlie", PASSWORD)
    tab: Any = window.open_tab("manage")
    calm(qtbot, app)
    stalls.start()
    open_view(qtbot, tab, "open")
    calm(qtbot, app)
    rows, begun = rows_of(tab.list), len(numbers(tab.list))
    for _ in range(40):
        wheel(rows, 5)
        calm(qtbot, app)
    assert rows.verticalScrollBar().value() > 0
    assert len(numbers(tab.list)) > begun, "further pages came"
    tab.list.focus_search()
    search = tab.list.findChild(QLineEdit)
    for text in ("printer", "vpn"):
        before = numbers(tab.list)
        qtbot.keyClicks(search, text)
        qtbot.waitUntil(lambda before=before: numbers(tab.list) not in ([], before))
        found = numbers(tab.list)
        qtbot.keyClick(search, Qt.Key_Escape)
        qtbot.waitUntil(lambda found=found: numbers(tab.list) not in ([], found))
        calm(qtbot, app)
    rows.setFocus()
    read = set()
    for _ in range(15):
        qtbot.keyClick(rows, Qt.Key_J)
        wanted = rows.currentIndex().data(Qt.UserRole).number
        qtbot.waitUntil(lambda wanted=wanted: is_shown(tab, wanted), timeout=LONGEST_MS)
        read.add(wanted)
    assert len(read) > 10


def is_shown(tab: Any, number: str) -> bool:
    return tab.pane.ticket is not None and tab.pane.ticket.number == number


def test_a_freeze_is_found(stalls: Stalls, qtbot):
    stalls.start()

    def found() -> bool:
        end = thread_time() + 0.8
        while thread_time() < end:
            pass
        QApplication.processEvents()
        return bool(stalls.found)

    qtbot.waitUntil(found, timeout=LONGEST_MS)
    assert "thread_time" in stalls.found[0]
    stalls.found.clear()
