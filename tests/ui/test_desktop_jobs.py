# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk on a workstation is kept in order by the window that has it open."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from helpdesk import app as desktop
from helpdesk.core.paths import DataFolder
from tests.ui.seats import LONGEST_MS


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(desktop, "_JOBS_AFTER_MS", 0)


def ran(folder: DataFolder) -> int:
    """Return how many jobs have run so far."""
    with closing(sqlite3.connect(folder.database)) as database:
        return int(database.execute("SELECT count(last_ran_at) FROM job").fetchone()[0])


def test_an_open_desk_is_kept_in_order(start_app, folder, qtbot):
    start_app()
    qtbot.waitUntil(lambda: ran(folder) > 0, timeout=LONGEST_MS)


def test_the_desk_of_a_server_is_kept_in_order_there(start_remote, folder, qtbot):
    app = start_remote()
    qtbot.waitUntil(lambda: not app.background.busy)
    assert ran(folder) == 0
