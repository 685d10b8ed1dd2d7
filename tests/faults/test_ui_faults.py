# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever goes wrong in a window, the program lives, says so, and ends cleanly."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from helpdesk.core.paths import DataFolder
from tests.conftest import PASSWORD

ROOT = Path(__file__).resolve().parents[2]

OPENING = """
import sys
from pathlib import Path
from PyQt5.QtCore import QTimer, Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QMessageBox
from helpdesk import app as desktop
from helpdesk.core.paths import DataFolder

application = desktop.make_application([])
app = desktop.App(DataFolder(Path(sys.argv[1])))
app.start()

def until(condition):
    while not condition():
        application.processEvents()

def sign_in(name="bob"):
    window = app.sign_in_window
    until(lambda: window.username.isVisible())
    window.username.setText(name)
    window.password.setText(sys.argv[2])
    QTest.keyClick(window.password, Qt.Key_Return)
    until(lambda: app.main_window is not None)
    return app.main_window

def calm():
    until(lambda: not app.background.busy)

def leave():
    QTimer.singleShot(0, application.quit)
    code = application.exec_()
    app.stop()
    print("left")
    sys.exit(code)
"""

STORIES = {
    "an exception in a slot": """
window = sign_in()
calm()
def stumble():
    raise ZeroDivisionError("a bug in a slot")
QTimer.singleShot(0, stumble)
until(lambda: window.findChildren(QMessageBox))
[box] = window.findChildren(QMessageBox)
print("box:", box.text())
box.accept()
window.open_tab("view")
calm()
leave()
""",
    "an exception in a job": """
window = sign_in()
calm()
def stumble():
    raise ZeroDivisionError("a bug in a job")
app.background.run(window, stumble)
until(lambda: window.findChildren(QMessageBox))
[box] = window.findChildren(QMessageBox)
print("box:", box.text())
box.accept()
leave()
""",
    "closing while jobs run": """
import time
window = sign_in()
for key in window.tab_keys:
    window.open_tab(key)
for _ in range(20):
    app.background.run(window, time.sleep, 0.05).then(lambda _: print("answered"))
window.close()
leave()
""",
    "the last window closes": """
window = sign_in()
calm()
QTimer.singleShot(0, window.close)
code = application.exec_()
app.stop()
print("left")
sys.exit(code)
""",
    "stopping twice": """
sign_in()
calm()
app.stop()
app.stop()
print("left")
""",
    "stopping before the desk is open": """
app.stop()
print("left")
""",
    "signing out while a write is under way": """
from helpdesk.core.schemas.tickets import NewTicket, TicketQuery
window = sign_in("alice")
form = window.open_tab("submit")
QTest.keyClicks(form.subject, "Written while leaving")
QTest.mouseClick(form.submit_button, Qt.LeftButton)
window.sign_out()
calm()
window = sign_in("alice")
tab = window.open_tab("view")
calm()
found = []
desk = window.desktop.desk
app.background.run(window, desk.tickets.search, TicketQuery(text="leaving")).then(found.append)
until(lambda: found)
print("tickets:", len(found[0].items))
leave()
""",
    "signing in and out again and again": """
for name in ("alice", "bob", "charlie", "dana") * 2:
    window = sign_in(name)
    for key in window.tab_keys:
        window.open_tab(key)
    window.sign_out()
calm()
windows = [w for w in application.topLevelWidgets() if type(w).__name__ == "MainWindow"]
print("windows:", sum(w.isVisible() for w in windows))
leave()
""",
    "leaving without having signed in": """
until(lambda: app.sign_in_window.username.isVisible())
leave()
""",
}


def run(folder: DataFolder, story: str) -> subprocess.CompletedProcess[str]:
    """Run a story in a program of its own."""
    return subprocess.run(
        [
            sys.executable,
            "-X",
            "faulthandler",
            "-c",
            OPENING + STORIES[story],
            str(folder.path),
            PASSWORD,
        ],
        cwd=ROOT,
        timeout=120,
        check=False,
        capture_output=True,
        text=True,
    )


def complaints(stderr: str) -> list[str]:
    """Return what was printed that is not the platform's own chatter."""
    chatter = ("propagateSizeHints", "QStandardPaths")
    return [line for line in stderr.splitlines() if not any(word in line for word in chatter)]


@pytest.mark.parametrize("story", [name for name in STORIES if "exception" not in name])
def test_the_program_ends_cleanly(folder, story):
    ended = run(folder, story)
    assert ended.returncode == 0, ended.stderr
    assert "left" in ended.stdout
    assert complaints(ended.stderr) == []
    if story == "signing out while a write is under way":
        assert "tickets: 1" in ended.stdout, "an acknowledged or unacknowledged write is whole"
    if story == "signing in and out again and again":
        assert "windows: 0" in ended.stdout


@pytest.mark.parametrize("story", [name for name in STORIES if "exception" in name])
def test_a_bug_is_told_with_an_id_and_the_program_lives(folder, story):
    ended = run(folder, story)
    assert ended.returncode == 0, ended.stderr
    assert "left" in ended.stdout
    told = re.search(r"box: .*\(fault ([0-9a-f]{8})\)", ended.stdout)
    assert told, ended.stdout
    log = folder.log.read_text(encoding="utf-8")
    assert told[1] in log
    assert "ZeroDivisionError" in log
    assert log.count("ZeroDivisionError: a bug") == 1
    assert folder.log.stat().st_mode & 0o777 == 0o600
