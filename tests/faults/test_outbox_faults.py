# SPDX-License-Identifier: GPL-3.0-or-later
"""J01 and E07: killed at any point between a change and its delivery, each message arrives."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdesk.core.schemas.notifications import DeliveryState
from helpdesk.database.db_manager import DbManager, database_at
from tests.faults.invariants import broken
from tests.faults.outbox_child import AFTER_ANSWER, AFTER_COMMIT, BEFORE_ANSWER, NOWHERE, OPEN
from tests.outboxes import put, rows, use_mail
from tests.places import KINDS, postgres_copy
from tests.smtp_server import MailServer, mail_server

ROOT = Path(__file__).parents[2]
BEGUN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MOST_POINTS = 20
EVERY = {
    "sqlite": {AFTER_COMMIT: 1, BEFORE_ANSWER: 3, AFTER_ANSWER: 3},
    "postgresql": {AFTER_COMMIT: 3, AFTER_ANSWER: 6},
}
"""Every so many points a process is killed; what is the same on both is looked at once."""


class Rounds:
    """A process whose children see to an outbox, each ten minutes after the one before."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.now = BEGUN
        assert self._said() == "ready"

    def run(self, url: str, place: str = NOWHERE, number: int = 0) -> str:
        self.now += timedelta(minutes=10)
        assert self._process.stdin is not None
        self._process.stdin.write(f"{url} {self.now.isoformat()} {place} {number}\n")
        self._process.stdin.flush()
        return self._said()

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@pytest.fixture(scope="module")
def rounds() -> Iterator[Rounds]:
    command = [sys.executable, "-m", "tests.faults.outbox_child"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield Rounds(process)
        finally:
            process.kill()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(kind: str, folder, template: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder.database}"
        return
    with postgres_copy(template) as url:
        yield url


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture
def database(url: str, server: MailServer) -> Iterator[DbManager]:
    opened = database_at(url, busy_timeout_seconds=30)
    use_mail(opened, server.port)
    yield opened
    opened.dispose()


def test_killed_at_any_point_each_message_arrives(
    rounds: Rounds, url: str, kind: str, database: DbManager, server: MailServer
):
    killed = 0
    for place, step in EVERY[kind].items():
        for number in range(step, MOST_POINTS, step):
            put(database, (f"{place}-{number}-1", f"{place}-{number}-2"), rounds.now)
            outcome = rounds.run(url, place, number)
            assert rounds.run(url) == "ended 0"
            if outcome == "ended 0":
                break
            assert outcome == "killed"
            killed += 1
        assert outcome == "ended 0", "there are more points than were tried"
    found = rows(database)
    assert {row.state for row in found.values()} == {DeliveryState.SENT}
    # The same Message-ID, twice at most, and mostly once.
    assert set(server.ids) == {f"<{key}@corp.example>" for key in found}
    assert set(server.ids.values()) == {1, 2}
    assert list(server.ids.values()).count(2) < killed


@pytest.mark.parametrize("kind", ["sqlite"])
def test_killed_right_after_the_change_its_message_is_sent(
    rounds: Rounds, url: str, database: DbManager, server: MailServer
):
    assert rounds.run(url, OPEN) == "killed"
    assert [row.state for row in rows(database).values()] == [DeliveryState.WAITING]
    assert rounds.run(url) == "ended 0"
    (mail,) = server.received
    assert mail.to == ("alice@corp.example",)
    assert mail.message["Subject"] == "[HD-1] Printer jams"
    assert broken(database) == []


@pytest.mark.parametrize("kind", ["sqlite"])
def test_killed_twice_while_it_is_handed_over_it_is_parked_and_not_sent_thrice(
    rounds: Rounds, url: str, database: DbManager, server: MailServer
):
    put(database, ("k1",), rounds.now)
    # The connection, EHLO, MAIL, RCPT, DATA, and then the answer to the message.
    assert rounds.run(url, AFTER_ANSWER, 6) == "killed"
    assert rounds.run(url, AFTER_ANSWER, 6) == "killed"
    assert rounds.run(url) == "ended 0"
    assert server.ids == {"<k1@corp.example>": 2}
    (row,) = rows(database).values()
    assert row.state is DeliveryState.PARKED
    assert row.problem.startswith("It was handed over twice")
