# SPDX-License-Identifier: GPL-3.0-or-later
"""A network that fails and processes that are killed: nothing is lost, nothing is done twice."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.remote import Connection, RemoteDesk
from helpdesk.core.errors import Pending, Unanswered, Unreachable
from helpdesk.core.operation import Operation, operations_of
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import Changes, NewComment, NewTicket, TicketQuery
from helpdesk.core.schemas.users import NewSession
from helpdesk.core.settings import Settings
from helpdesk.services.tickets import Tickets
from tests.conftest import PASSWORD
from tests.faults.invariants import broken
from tests.servers import wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills processes as POSIX does")

ALICE = NewSession(username="alice", password=PASSWORD)


def child(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.network_child", *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )


def said(process: subprocess.Popen[str]) -> IO[str]:
    """Return what a child says."""
    assert process.stdout is not None
    return process.stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Machine:
    """The machine of the server, where its process comes and goes."""

    def __init__(self, folder: DataFolder) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self._process: subprocess.Popen[str] | None = None

    def start(self, fault: str = "") -> None:
        """Start the server and wait until it listens."""
        self._process = child("serve", self.folder.path, self.port, fault)
        assert said(self._process).readline().strip() == str(self.port)

    def kill(self) -> None:
        """Kill it with -9."""
        assert self._process is not None
        self._process.kill()
        self.wait()

    def wait(self) -> int:
        """Wait for its end."""
        assert self._process is not None
        code = self._process.wait(30)
        said(self._process).close()
        self._process = None
        return code

    def stop(self) -> None:
        """End it, if it is there."""
        if self._process is not None:
            self.kill()


@pytest.fixture
def machine(folder: DataFolder) -> Iterator[Machine]:
    made = Machine(folder)
    yield made
    made.stop()


@pytest.fixture
def seat(
    machine: Machine, settings: Settings, tmp_path: Path
) -> Iterator[Callable[[str], RemoteDesk]]:
    with ExitStack() as stack:

        def seated(name: str) -> RemoteDesk:
            own = DataFolder(tmp_path / name).ensure()
            desk = RemoteDesk.open(machine.url, settings, own)
            stack.callback(desk.close)
            return desk

        yield seated


def subjects(folder: DataFolder, settings: Settings) -> Counter[str]:
    """Return how often each subject stands in the desk, as its file has it."""
    desk = EmbeddedDesk.open(folder, settings)
    try:
        facade = desk.facade()
        facade.sessions.sign_in(NewSession(username="bob", password=PASSWORD))
        assert broken(desk.database) == []
        found: Counter[str] = Counter()
        query = TicketQuery(limit=200)
        while True:
            page = facade.tickets.search(query)
            found.update(row.subject for row in page.items)
            if page.next_cursor is None:
                return found
            query = query.model_copy(update={"cursor": page.next_cursor})
    finally:
        desk.close()


def done(desk: RemoteDesk) -> None:
    wait_until(lambda: desk.outbox.entries() == (), 60)


# --- the server is killed -----------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["before the call", "before the commit", "after the commit"])
def test_a_server_killed_in_a_call_has_done_it_once_in_the_end(
    machine: Machine,
    seat: Callable[[str], RemoteDesk],
    folder: DataFolder,
    settings: Settings,
    fault: str,
):
    machine.start(fault)
    desk = seat("one")
    desk.facade().sessions.sign_in(ALICE)
    with pytest.raises(Pending, match="kept on this workstation") as pending:
        desk.facade().tickets.open(NewTicket(subject="Printer jam"))
    assert isinstance(pending.value.__cause__, Unanswered)
    assert machine.wait() == -signal.SIGKILL
    assert desk.connection is Connection.AWAY
    assert len(desk.outbox.entries()) == 1
    machine.start()
    done(desk)
    desk.close()
    machine.kill()
    assert subjects(folder, settings) == Counter({"Printer jam": 1})


@pytest.mark.parametrize("fault", ["before the commit", "after the commit"])
def test_a_call_without_outbox_says_that_nobody_knows(
    machine: Machine, seat: Callable[[str], RemoteDesk], fault: str
):
    machine.start(fault)
    desk = seat("one")
    desk.facade().sessions.sign_in(ALICE)
    with pytest.raises(Unanswered, match="look whether it was done"):
        # Around the outbox, as an operation goes that is not kept.
        desk._http.call(*_opening("Printer jam"))  # noqa: SLF001
    machine.wait()
    with pytest.raises(Unreachable) as away:
        desk._http.call(*_opening("Printer jam"))  # noqa: SLF001
    assert not isinstance(away.value, Unanswered)


def _opening(subject: str) -> tuple[Operation, dict[str, Any]]:
    return operations_of(Tickets)["open"], {"new": NewTicket(subject=subject)}


def test_a_server_killed_at_any_moment_loses_nothing_and_doubles_nothing(
    machine: Machine, seat: Callable[[str], RemoteDesk], folder: DataFolder, settings: Settings
):
    machine.start()
    desk = seat("one")
    desk.facade().sessions.sign_in(ALICE)
    drawn = random.Random(7)  # noqa: S311 -- repeatable
    over = threading.Event()
    wanted: list[str] = []

    def many_wait() -> bool:
        # However long the server takes to start: what waits is read and sent one by one.
        return len(desk.outbox.entries()) >= 30

    def break_it_once() -> None:
        over.wait(drawn.uniform(0.05, 0.6))
        machine.kill()
        enough = len(wanted) + 8
        wait_until(lambda: len(wanted) >= enough or many_wait())
        machine.start()

    def break_it() -> None:
        try:
            for _ in range(3):
                break_it_once()
        finally:
            over.set()

    breaking = threading.Thread(target=break_it)
    breaking.start()
    while not over.is_set():
        if many_wait():
            desk.outbox.wake()
            over.wait(0.1)
            continue
        wanted.append(f"Ticket {len(wanted)}")
        try:
            desk.facade().tickets.open(NewTicket(subject=wanted[-1]))
        except Pending:
            over.wait(0.02)
    breaking.join(60)
    done(desk)
    desk.close()
    machine.kill()
    assert len(wanted) > 20
    assert subjects(folder, settings) == Counter(wanted)


# --- the server is off --------------------------------------------------------------------------


def test_everything_done_while_the_server_is_off_is_there_once_when_it_is_back(
    machine: Machine, seat: Callable[[str], RemoteDesk], folder: DataFolder, settings: Settings
):
    machine.start()
    desk, other = seat("one"), seat("one")
    desk.facade().sessions.sign_in(ALICE)
    other.facade().sessions.sign_in(ALICE)
    ticket = desk.facade().tickets.open(NewTicket(subject="First"))
    heard: list[Changes] = []
    connection: list[Connection] = []
    desk.on_connection(connection.append)
    desk.stream(heard.append)
    wait_until(lambda: len(heard) == 1)
    machine.kill()
    wait_until(lambda: Connection.AWAY in connection)
    for number in range(20):
        window = (desk, other)[number % 2]
        with pytest.raises(Pending):
            window.facade().tickets.comment(ticket.id, NewComment(body=f"{number}"))
        with pytest.raises(Pending):
            window.facade().tickets.open(NewTicket(subject=f"Ticket {number}"))
    assert len(desk.outbox.entries()) == 40
    assert desk.outbox.entries() == other.outbox.entries()
    machine.start()
    done(desk)
    done(other)
    wait_until(lambda: connection[-1] is Connection.CONNECTED)
    wait_until(lambda: len(heard) > 1)
    seen = desk.facade().tickets.view(ticket.id)
    assert [comment.body for comment in seen.comments] == [f"{number}" for number in range(20)]
    desk.close()
    other.close()
    machine.kill()
    expected = ["First", *(f"Ticket {number}" for number in range(20))]
    assert subjects(folder, settings) == Counter(expected)


def test_what_waits_at_the_end_of_the_program_is_sent_at_its_next_start(
    machine: Machine, seat: Callable[[str], RemoteDesk], folder: DataFolder, settings: Settings
):
    machine.start()
    desk = seat("one")
    desk.facade().sessions.sign_in(ALICE)
    machine.kill()
    with pytest.raises(Pending):
        desk.facade().tickets.open(NewTicket(subject="Printer jam"))
    desk.close()
    machine.start()
    bob = seat("one")
    bob.facade().sessions.sign_in(NewSession(username="bob", password=PASSWORD))
    assert bob.outbox.entries() == ()
    bob.close()
    later = seat("one")
    later.facade().sessions.sign_in(ALICE)
    done(later)
    later.close()
    machine.kill()
    assert subjects(folder, settings) == Counter(["Printer jam"])


# --- the workstation is killed ------------------------------------------------------------------


@pytest.mark.parametrize("away", ["", "away"], ids=["server there", "server away"])
def test_an_outbox_killed_at_any_step_keeps_its_promise(tmp_path: Path, away: str):
    process = child("crash_points", tmp_path, away)
    output, _ = process.communicate(timeout=120)
    reports = json.loads(output)
    assert not reports[-1]["died"]
    assert len(reports) > 8
    assert reports[-1]["promised"] == ("pending" if away else "done")
    for report in reports:
        assert report["left"] == []
        assert report["damaged"] == []
        assert report["effects"] <= 1
        if report["promised"]:
            assert report["effects"] == 1
    # Once on disk it is kept, also when nothing could be promised any more.
    assert sum(report["effects"] for report in reports) > len(reports) / 3


def test_windows_killed_at_any_moment_lose_nothing_they_promised(
    machine: Machine, seat: Callable[[str], RemoteDesk], folder: DataFolder, settings: Settings
):
    machine.start()
    place = machine.folder.path.parent / "one"
    place.mkdir(mode=0o700)
    drawn = random.Random(3)  # noqa: S311 -- repeatable
    promised: list[str] = []
    for _ in range(2):
        windows = [child("desktop", machine.url, place, 2000) for _ in range(2)]
        try:
            assert [said(window).readline() for window in windows] == ["signed in\n"] * 2
            for window in windows:
                promised += [said(window).readline() for _ in range(drawn.randint(4, 12))]
        finally:
            for window in windows:
                window.kill()
        for window in windows:
            # By the reader that has read ahead, or what it holds would be missing.
            rest = said(window).read().splitlines(keepends=True)
            promised += [line for line in rest if line[-1:] == "\n"]
            window.wait(30)
            said(window).close()
    desk = seat("one")
    desk.facade().sessions.sign_in(ALICE)
    done(desk)
    desk.close()
    machine.kill()
    found = subjects(folder, settings)
    assert len(promised) > 10
    assert all(line[-1:] == "\n" for line in promised)
    assert {line.strip() for line in promised} <= set(found)
    assert set(found.values()) == {1}
