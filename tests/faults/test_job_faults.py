# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs and copies with several processes at once, and with one that is killed in the middle."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from helpdesk.core import settings as settings_module
from helpdesk.core.paths import DataFolder
from helpdesk.database.copying import copy_desk
from helpdesk.database.db_manager import database_at
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.jobs.schedule import LEASE
from helpdesk.services.demo_desk import Scale, fill_demo_desk
from helpdesk.services.new_desk import make_desk
from tests.faults.job_child import JOBS
from tests.places import KINDS, postgres_copy
from tests.postgres import drop_database, fresh_database

ROOT = Path(__file__).parents[2]
PATIENCE = 60
HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAMES = sorted(f"job {number}" for number in range(JOBS))


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, folder, template: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{folder.database}"
        return
    with postgres_copy(template) as url:
        yield url


@contextmanager
def child(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Yield a process that stands at the start line."""
    command = [sys.executable, "-m", "tests.faults.job_child", *map(str, arguments)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def go(process: subprocess.Popen[str], round_: object = "") -> None:
    assert process.stdin is not None
    process.stdin.write(f"{round_}\n")
    process.stdin.flush()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


class Four:
    """Four processes that look for due jobs at the same moments."""

    def __init__(self, url: str, ran: Path, stack: ExitStack) -> None:
        self._ran = ran
        self._processes = [stack.enter_context(child("run", url, ran)) for _ in range(4)]
        self._expect("ready")

    def run(self, later: timedelta = timedelta(0)) -> list[str]:
        """Let all run what is due some time from now, and return what was run."""
        self._ran.write_text("")
        for process in self._processes:
            go(process, later.total_seconds())
        self._expect("done")
        return sorted(self._ran.read_text().splitlines())

    def _expect(self, answer: str) -> None:
        assert [said(process) for process in self._processes] == [answer] * 4


@pytest.fixture
def four(url: str, tmp_path: Path) -> Iterator[Four]:
    with ExitStack() as stack:
        yield Four(url, tmp_path / "ran", stack)


def test_four_processes_run_each_job_once(four: Four):
    assert four.run() == NAMES
    assert four.run(HOUR / 2) == []
    assert four.run(HOUR * 2) == NAMES
    assert four.run(HOUR * 4) == NAMES
    assert four.run(HOUR * 4) == []


def test_the_job_of_a_killed_process_is_taken_over_once(url: str, four: Four):
    with child("hang", url) as process:
        assert said(process) == "ready"
        go(process)
        assert said(process) == "begun"
        process.send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE) != 0
    # All but the one that somebody may still be at work on.
    assert four.run() == NAMES[1:]
    assert four.run(LEASE / 2) == []
    assert four.run(LEASE + HOUR / 60) == NAMES[:1]
    assert four.run(LEASE + HOUR / 60) == []


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> SqliteManager:
    folder = DataFolder(tmp_path_factory.mktemp("demo"))
    database, settings = SqliteManager(folder.database), settings_module.load(folder)
    fill = partial(fill_demo_desk, settings=settings, scale=Scale.of(300), now=NOW)
    make_desk(database, settings, NOW, fill)
    return database


@pytest.mark.parametrize("rows", [0, 2_000, 6_000], ids=["begun", "written", "compared"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_that_is_killed_leaves_an_empty_target(demo, tmp_path: Path, kind, rows):
    """A file that was being made is beside its place, and is swept some day."""
    file = tmp_path / "target.db"
    url = fresh_database() if kind == "postgresql" else f"sqlite:///{file}"
    with child("copy", f"sqlite:///{demo.path}", url, rows) as process:
        assert said(process) == "ready"
        go(process)
        assert process.wait(PATIENCE) == -signal.SIGKILL
    target = database_at(url, busy_timeout_seconds=PATIENCE)
    if kind == "postgresql":
        with target.reading() as session:
            found = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            assert session.scalar(text(found)) == 0
    assert not file.exists()
    assert dict(copy_desk(demo, target))["ticket"] == 300
    target.dispose()
    if kind == "postgresql":
        drop_database(url)
