# SPDX-License-Identifier: GPL-3.0-or-later
"""What was typed and not yet sent is on disk in time, and gone from there when it was sent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from helpdesk.ui.drafts import Drafts

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "drafts"


@pytest.fixture
def drafts(place, background) -> Drafts:
    return Drafts(place, "alice", background)


def again(place, background, username: str = "alice") -> Drafts:
    """Return the drafts as a program started later sees them."""
    return Drafts(place, username, background)


def test_a_draft_comes_back_after_a_pause(drafts, place, background, qtbot):
    with qtbot.waitSignal(drafts.saved) as saved:
        drafts.keep("submit", {"subject": "Hal"})
        drafts.keep("submit", {"subject": "Half a sentence"})
    assert saved.args == ["submit"]
    assert again(place, background).load("submit") == {"subject": "Half a sentence"}


def test_before_the_pause_it_is_known_already(drafts):
    drafts.keep("submit", {"subject": "x"})
    assert drafts.load("submit") == {"subject": "x"}


def test_flushing_writes_at_once(drafts, place, background):
    drafts.keep("reply-3", {"text": "x"})
    drafts.flush()
    assert again(place, background).load("reply-3") == {"text": "x"}


def test_people_have_drafts_of_their_own(drafts, place, background):
    drafts.keep("submit", {"subject": "mine"})
    drafts.flush()
    assert again(place, background, "erin").load("submit") == {}
    assert again(place, background, "ALICE").load("submit") == {"subject": "mine"}


@pytest.mark.parametrize("empty", [{}, {"text": ""}, {"text": " \n "}])
def test_nothing_typed_leaves_no_file(drafts, place, empty):
    drafts.keep("submit", {"text": "x"})
    drafts.flush()
    drafts.keep("submit", empty)
    drafts.flush()
    assert [p for p in place.rglob("*") if p.is_file()] == []


def test_a_removed_draft_is_gone(drafts, place, background):
    drafts.keep("submit", {"text": "x"})
    drafts.flush()
    drafts.remove("submit")
    assert drafts.load("submit") == {}
    drafts.flush()
    assert again(place, background).load("submit") == {}


@pytest.mark.parametrize("odd", ["a\x00b", "lone \ud83d", "\u202eturned", "𝔘 emoji 🖨"])
def test_odd_characters_come_back_as_they_were(drafts, place, background, odd):
    drafts.keep("submit", {"text": odd})
    drafts.flush()
    assert again(place, background).load("submit") == {"text": odd}


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"\xff\xfe", b"3"])
def test_a_damaged_draft_is_passed_over(drafts, place, background, content):
    drafts.keep("submit", {"text": "x"})
    drafts.flush()
    [file] = place.rglob("*.json")
    file.write_bytes(content)
    assert again(place, background).load("submit") == {}


def test_only_the_owner_reads_drafts(drafts, place):
    drafts.keep("submit", {"text": "x"})
    drafts.flush()
    [file] = place.rglob("*.json")
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


class SlowDisk(Drafts):
    """Drafts on a disk that takes its time."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.gate = threading.Event()
        self.entered = threading.Event()

    def _write_one(self, place: str, draft: dict[str, str]) -> None:
        self.entered.set()
        assert self.gate.wait(10)
        super()._write_one(place, draft)


def test_a_draft_on_its_way_to_a_slow_disk_is_known(place, background, qtbot):
    drafts = SlowDisk(place, "alice", background)
    drafts.keep("reply-1", {"text": "slow"})
    qtbot.waitUntil(drafts.entered.is_set)
    assert drafts.load("reply-1") == {"text": "slow"}
    drafts.gate.set()
    qtbot.waitUntil(lambda: not background.busy)


def test_a_sent_draft_does_not_rise_again_from_a_slow_disk(place, background, qtbot):
    drafts = SlowDisk(place, "alice", background)
    drafts.keep("reply-1", {"text": "sent meanwhile"})
    qtbot.waitUntil(drafts.entered.is_set)
    drafts.remove("reply-1")
    drafts.gate.set()
    drafts.flush()
    qtbot.waitUntil(lambda: not background.busy)
    assert again(place, background).load("reply-1") == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_folder_without_the_right_to_write_is_told_and_the_text_kept(
    drafts, place, qtbot
):  # pragma: no cover
    place.mkdir(mode=0o500)
    with qtbot.waitSignal(drafts.not_saved):
        drafts.keep("submit", {"text": "x"})


def test_a_disk_that_refuses_is_told_and_the_text_kept(drafts, place, background, qtbot):
    place.write_text("a file stands where the folder should be")
    with qtbot.waitSignal(drafts.not_saved) as told:
        drafts.keep("submit", {"text": "precious"})
    assert "could not be saved" in told.args[0]
    assert drafts.load("submit") == {"text": "precious"}
    place.unlink()
    drafts.flush()
    assert again(place, background).load("submit") == {"text": "precious"}


KILLED = """
import os, signal, sys
from pathlib import Path
from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtTest import QTest
from helpdesk import app as desktop
from helpdesk.core.paths import DataFolder

application = desktop.make_application([])
app = desktop.App(DataFolder(Path(sys.argv[1])))
app.start()

def until(condition):
    while not condition():
        application.processEvents()

window = app.sign_in_window
until(lambda: window.username.isVisible())
QTest.keyClicks(window.username, "alice")
QTest.keyClicks(window.password, sys.argv[2])
QTest.keyClick(window.password, Qt.Key_Return)
until(lambda: app.main_window is not None)
tab = app.main_window.open_tab("submit")
saved = []
app.main_window.desktop.drafts.saved.connect(saved.append)
QTest.keyClicks(tab.subject, "Typed before the crash")
until(lambda: saved)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_draft_survives_a_killed_program(folder, background):
    from tests.conftest import PASSWORD

    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder.path), PASSWORD],
        cwd=ROOT,
        timeout=120,
        check=False,
        capture_output=True,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    kept = Drafts(folder.drafts, "alice", background).load("submit")
    assert kept["subject"] == "Typed before the crash"
