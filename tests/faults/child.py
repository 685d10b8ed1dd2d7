# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of faults do in a process of its own: one that is killed, has no rights or no room.

Run as ``python -m tests.faults.child COMMAND FOLDER …``; prints what happened as one line of JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.errors import DeskError
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Status, TicketQuery
from helpdesk.core.schemas.users import NewSession
from helpdesk.core.settings import Settings
from tests.conftest import PASSWORD
from tests.faults.invariants import broken

NOBODY = 65534
KILLS = 10


def _person(desk: EmbeddedDesk, username: str) -> HelpDesk:
    facade = desk.facade()
    facade.sessions.sign_in(NewSession(username=username, password=PASSWORD))
    return facade


def _open(folder: DataFolder) -> EmbeddedDesk:
    return EmbeddedDesk.open(folder, settings_module.load(folder))


def _outcome(call: Callable[[], object]) -> str:
    """Return 'done', or the kind of error and its sentence."""
    try:
        call()
    except DeskError as error:
        return f"{type(error).__name__}: {error}"
    return "done"


# --- no room ----------------------------------------------------------------------------------


def full_disk(folder: DataFolder) -> dict[str, object]:
    """Fill a small disk in the middle of work, make room again and go on."""
    ballast = folder.path / "ballast"
    ballast.write_bytes(bytes(1024 * 1024))
    desk = _open(folder)
    alice, bob = _person(desk, "alice"), _person(desk, "bob")
    first = alice.tickets.open(NewTicket(subject="First", description="x" * 1000)).id
    opened, refused = 1, ""
    while not refused:
        # What was written of the last ticket is room for others; a comment must not fit in there.
        text = " ".join(str(random.random()) for _ in range(100))  # noqa: S311
        answer = _outcome(partial(alice.tickets.open, NewTicket(description=text)))
        opened, refused = (opened + 1, "") if answer == "done" else (opened, answer)
    filler = folder.path / "filler"
    _write_all_there_is(filler)
    comment = NewComment(body="y" * 50_000, status=Status.RESOLVED)
    report = {
        "open": refused,
        "comment": _outcome(lambda: bob.tickets.comment(first, comment)),
        "seen": len(alice.tickets.search(TicketQuery(limit=200)).items) == min(opened, 200),
        "untouched": alice.tickets.view(first).comments == (),
        "version": alice.tickets.view(first).version,
    }
    filler.unlink()
    ballast.unlink()
    report["after"] = _outcome(lambda: bob.tickets.comment(first, comment))
    report["broken"] = broken(desk.database)
    desk.close()
    return report


def _write_all_there_is(file: Path) -> None:
    for size in (65536, 4096, 1):
        try:
            while True:
                with file.open("ab") as opened:
                    opened.write(bytes(size))
        except OSError:
            continue


def limited_file(folder: DataFolder) -> dict[str, object]:
    """Work under a limit on the size of files, as a quota or an old file system sets one."""
    import resource

    desk = _open(folder)
    alice = _person(desk, "alice")
    limit = folder.database.stat().st_size + 300_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    refused = ""
    while not refused or refused == "done":
        text = " ".join(str(random.random()) for _ in range(1000))  # noqa: S311
        refused = _outcome(partial(alice.tickets.open, NewTicket(description=text)))
    seen = len(alice.tickets.search(TicketQuery(limit=200)).items)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    after = _outcome(lambda: alice.tickets.open(NewTicket(subject="Room again")))
    report = {"open": refused, "seen": seen > 0, "after": after, "broken": broken(desk.database)}
    desk.close()
    return report


# --- no rights --------------------------------------------------------------------------------


def read_only(*folders: DataFolder) -> dict[str, object]:
    """Open desks whose file or folder this person may not write."""
    settings = settings_module.load(folders[0])
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    return {str(folder.path): _read(folder, settings) for folder in folders}


def _read(folder: DataFolder, settings: Settings) -> dict[str, object]:
    try:
        desk = EmbeddedDesk.open(folder, settings)
    except DeskError as error:
        return {"opened": f"{type(error).__name__}: {error}"}
    alice = _person(desk, "alice")
    (row,) = alice.tickets.search(TicketQuery(text="first")).items
    report: dict[str, object] = {
        "opened": "done",
        "description": alice.tickets.view(row.id).description,
        "read_only": alice.desks.info().read_only,
        "allowed": sorted(alice.tickets.view(row.id).allowed),
        "open": _outcome(lambda: alice.tickets.open(NewTicket(subject="x"))),
        "wrong password": _outcome(
            lambda: desk.facade().sessions.sign_in(NewSession(username="alice", password="no"))
        ),
    }
    desk.close()
    return report


# --- no warning -------------------------------------------------------------------------------


def killed(folder: DataFolder) -> dict[str, object]:
    """Kill a writer without warning, again and again, and look at what it leaves each time."""
    dice = random.Random(str(folder.path))  # noqa: S311
    acknowledged: set[int] = set()
    found: list[str] = []
    for _ in range(KILLS):
        reading, writing = os.pipe()
        worker = os.fork()
        if worker == 0:
            os.close(reading)
            _write_for_ever(folder, writing)
        os.close(writing)
        with os.fdopen(reading) as answers:
            for _ in range(dice.randint(1, 25)):
                acknowledged.add(int(answers.readline()))
            # A little work of its own, so that the blow falls at any moment of a write.
            sum(range(dice.randint(0, 400_000)))
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)
            # What is not read yet was acknowledged as well; half a line was not.
            rest = answers.read()
            acknowledged.update(
                int(line) for line in rest.splitlines(keepends=True) if "\n" in line
            )
        desk = _open(folder)
        found += broken(desk.database)
        bob = _person(desk, "bob")
        for ticket in sorted(acknowledged):
            view = bob.tickets.view(ticket)
            if len(view.comments) != 2 or view.status is not Status.IN_PROGRESS:
                found.append(f"{view.number} is not as it was acknowledged")
        desk.close()
    return {"acknowledged": len(acknowledged), "found": found}


def _write_for_ever(folder: DataFolder, answers: int) -> None:
    desk = _open(folder)
    alice, bob = _person(desk, "alice"), _person(desk, "bob")
    while True:
        ticket = alice.tickets.open(NewTicket(subject="Killed", description="text " * 50)).id
        bob.tickets.comment(ticket, NewComment(body="A note.", internal=True))
        bob.tickets.comment(ticket, NewComment(body="A reply."))
        os.write(answers, f"{ticket}\n".encode())


COMMANDS: dict[str, Callable[..., dict[str, object]]] = {
    "full-disk": full_disk,
    "limited-file": limited_file,
    "read-only": read_only,
    "killed": killed,
}


if __name__ == "__main__":
    _, command, *places = sys.argv
    report = COMMANDS[command](*(DataFolder(Path(place)) for place in places))
    print(json.dumps(report))  # noqa: T201 - read by the test
