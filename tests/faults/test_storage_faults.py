# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults below the program: no room, no rights, a lock, a kill, and any statement that fails."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Busy, DeskError, DiskFull, SignedOut
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.articles import (
    ArticleChange,
    ArticleMove,
    ArticleState,
    NewArticle,
    Rating,
)
from helpdesk.core.schemas.tickets import (
    Assignment,
    NewComment,
    NewTicket,
    Reopening,
    Status,
    TicketChange,
    TicketQuery,
)
from helpdesk.core.schemas.users import NewSession, UserChange
from helpdesk.core.settings import Settings
from helpdesk.database.backup import problems_of
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.repositories.desk_changes import NOTIFICATION
from helpdesk.services.work import Change
from tests.conftest import PASSWORD, SignIn
from tests.contract.desks import dump, opened, person, statements
from tests.faults.invariants import broken

ROOT = Path(__file__).parents[2]
posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows has no such faults to make")


def child(*words: str, before: tuple[str, ...] = ()) -> dict[str, Any]:
    """Run a command of ``tests.faults.child`` and return what it reports."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "tests.faults.child", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        # Killed writers wait for the disk several hundred times; on a slow one that takes a minute.
        timeout=140,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


# --- any statement fails ----------------------------------------------------------------------


class Failure:
    """Lets the n-th statement fail as if the disk were full: once, or from there on."""

    def __init__(self, at: int, *, lasting: bool) -> None:
        self._at = at
        self._lasting = lasting
        self.seen = 0

    def __call__(self, _connection, _cursor, statement: str, *_rest: object) -> None:
        if statement.startswith("BEGIN"):
            return
        self.seen += 1
        if self.seen == self._at or (self._lasting and self.seen > self._at):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error


@contextmanager
def failing(at: int, *, lasting: bool) -> Iterator[None]:
    failure = Failure(at, lasting=lasting)
    event.listen(Engine, "before_cursor_execute", failure)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", failure)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[EmbeddedDesk]:
    with opened(tmp_path_factory.mktemp("faults"), template) as embedded:
        yield embedded


@pytest.fixture(scope="module")
def people(desk: EmbeddedDesk) -> dict[str, HelpDesk]:
    return {name: person(desk, name) for name in ("alice", "bob", "charlie", "dana")}


def taken(people: dict[str, HelpDesk]) -> int:
    ticket = people["alice"].tickets.open(NewTicket(subject="x", description="y")).id
    people["bob"].tickets.take(ticket, 1)
    return ticket


def closed(people: dict[str, HelpDesk]) -> int:
    ticket = taken(people)
    people["alice"].tickets.close(ticket, 2)
    return ticket


def drafted(people: dict[str, HelpDesk]) -> int:
    return people["bob"].articles.create(NewArticle(title="x", body="y [z](KB-1)")).id


def published(people: dict[str, HelpDesk]) -> int:
    article = drafted(people)
    move = ArticleMove(state=ArticleState.PUBLISHED, version=1)
    return people["charlie"].articles.move(article, move).id


Writes = dict[
    str, tuple[Callable[[dict[str, HelpDesk]], int], Callable[[dict[str, HelpDesk], int], object]]
]
WRITES: Writes = {
    "open": (
        lambda people: 0,
        lambda people, _: people["alice"].tickets.open(NewTicket(subject="z", category_id=1)),
    ),
    "comment with status": (
        taken,
        lambda people, ticket: people["bob"].tickets.comment(
            ticket, NewComment(body="Done.", status=Status.RESOLVED)
        ),
    ),
    "note": (
        taken,
        lambda people, ticket: people["bob"].tickets.comment(
            ticket, NewComment(body="Hm.", internal=True)
        ),
    ),
    "change": (
        taken,
        lambda people, ticket: people["bob"].tickets.change(
            ticket, TicketChange(category_id=2, status=Status.AWAITING_CUSTOMER, version=2)
        ),
    ),
    "assign": (
        taken,
        lambda people, ticket: people["charlie"].tickets.assign(
            ticket, Assignment(assignee_id=4, version=2)
        ),
    ),
    "reopen": (
        closed,
        lambda people, ticket: people["alice"].tickets.reopen(ticket, Reopening(reason="Still.")),
    ),
    "rename": (
        lambda people: people["dana"].users.view(2).version,
        lambda people, version: people["dana"].users.change(
            2, UserChange(full_name=f"Erin {version}", version=version)
        ),
    ),
    "article": (
        lambda people: 0,
        lambda people, _: people["bob"].articles.create(NewArticle(title="x", body="[y](KB-1)")),
    ),
    "rewrite and publish": (
        published,
        lambda people, article: people["charlie"].articles.save(
            article, ArticleChange(title="z", body="[y](KB-2)", publish=True, version=2)
        ),
    ),
    "archive": (
        published,
        lambda people, article: people["charlie"].articles.move(
            article, ArticleMove(state=ArticleState.ARCHIVED, version=2)
        ),
    ),
    "rate": (
        published,
        lambda people, article: people["alice"].knowledge.rate(article, Rating(helpful=True)),
    ),
}


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from there on"])
@pytest.mark.parametrize("name", WRITES)
def test_whichever_statement_fails_nothing_half_is_left(
    desk: EmbeddedDesk, people: dict[str, HelpDesk], name: str, lasting: bool
):
    prepare, write = WRITES[name]
    with statements() as sent:
        write(people, prepare(people))
    told: list[Change] = []
    desk.executor.subscribe(told.append)
    subject = prepare(people)
    told.clear()
    before = dump(desk.database)
    failed = 0
    for number in range(1, len(sent) + 1):
        with failing(number, lasting=lasting):
            try:
                write(people, subject)
            except DiskFull:
                failed += 1
            else:
                break
        assert dump(desk.database) == before
        assert told == []
    assert failed >= 4
    if not told:
        write(people, subject)
    assert len([each for each in told if each.kind != NOTIFICATION]) == 1
    assert broken(desk.database) == []


@pytest.mark.parametrize("name", WRITES)
def test_a_commit_that_fails_leaves_nothing(
    desk: EmbeddedDesk, people: dict[str, HelpDesk], name: str
):
    prepare, write = WRITES[name]
    subject = prepare(people)
    before = dump(desk.database)

    def refuse(_connection: object) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        raise error

    event.listen(Engine, "commit", refuse)
    try:
        with pytest.raises(DeskError, match="disk reports an error"):
            write(people, subject)
    finally:
        event.remove(Engine, "commit", refuse)
    assert dump(desk.database) == before
    write(people, subject)
    assert broken(desk.database) == []


@pytest.mark.parametrize("at", range(1, 14))
def test_a_sign_in_that_fails_begins_no_session(desk: EmbeddedDesk, at: int):
    # The try itself stays counted, until one succeeds.
    before = dump(desk.database, without=("sign_in_failure",))
    facade = desk.facade()
    with failing(at, lasting=True), pytest.raises(DiskFull):
        facade.sessions.sign_in(NewSession(username="erin", password=PASSWORD))
    with pytest.raises(DeskError, match="Sign in first"):
        facade.sessions.current()
    assert dump(desk.database, without=("sign_in_failure",)) == before
    person(desk, "erin")


# --- locks ------------------------------------------------------------------------------------

LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
"""


@contextmanager
def locked_by_another_program(path: Path) -> Iterator[None]:
    command = [sys.executable, "-c", LOCKER, str(path)]
    with subprocess.Popen(
        command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            other.communicate("\n", timeout=60)


def test_while_another_program_writes_people_read_and_are_told_to_try_again(
    folder: DataFolder, settings: Settings
):
    database = settings.database.model_copy(update={"busy_timeout_seconds": 0.2})
    desk = EmbeddedDesk.open(folder, settings.model_copy(update={"database": database}))
    alice = person(desk, "alice")
    ticket = alice.tickets.open(NewTicket(subject="Before")).id
    before = dump(desk.database)
    with locked_by_another_program(folder.database):
        with pytest.raises(Busy, match="nothing was changed, try again"):
            alice.tickets.open(NewTicket(subject="During"))
        with pytest.raises(Busy):
            alice.tickets.close(ticket, 1)
        assert [row.id for row in alice.tickets.search(TicketQuery(text="before")).items] == [
            ticket
        ]
        assert alice.tickets.view(ticket).status is Status.NEW
        again = EmbeddedDesk.open(folder, settings)
        again.facade().desks.info()
        again.database.dispose()
    assert dump(desk.database) == before
    assert alice.tickets.close(ticket, 1).status is Status.CLOSED
    desk.close()


# --- damage -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, template: Path) -> bytes:
    """Return the bytes of a desk with some tickets, cleanly closed."""
    place = tmp_path_factory.mktemp("filled")
    with opened(place, template) as embedded:
        alice, bob = person(embedded, "alice"), person(embedded, "bob")
        for number in range(25):
            new = NewTicket(subject=f"Printer {number}", description="paper jam " * 40)
            bob.tickets.comment(alice.tickets.open(new).id, NewComment(body="Hello. " * 30))
    return (place / "desk" / "helpdesk.db").read_bytes()


def tour(desk: EmbeddedDesk) -> Iterator[Callable[[], object]]:
    facade = desk.facade()
    yield lambda: facade.sessions.sign_in(NewSession(username="bob", password=PASSWORD))
    yield lambda: facade.tickets.search(TicketQuery(limit=200))
    yield lambda: facade.tickets.search(TicketQuery(text="printer", limit=200))
    yield lambda: facade.tickets.count(TicketQuery(text="pap"))
    for number in range(1, 26):
        yield partial(facade.tickets.view, number)
    yield lambda: facade.tickets.open(NewTicket(subject="printer"))
    yield lambda: facade.tickets.comment(7, NewComment(body="paper"))
    yield desk.close


def refusals_of_a_tour(folder: DataFolder, settings: Settings) -> list[str]:
    """Return the sentences of all calls that were refused; whatever else is raised passes."""
    try:
        desk = EmbeddedDesk.open(folder, settings)
    except DeskError as error:
        return [str(error)]
    told = []
    for call in tour(desk):
        try:
            call()
        except SignedOut:
            continue
        except DeskError as error:
            told.append(str(error))
    desk.database.dispose()
    return told


PAGE = 4096


@pytest.mark.parametrize("part", range(4))
def test_over_a_spoilt_page_every_call_works_or_says_that_it_is_damaged(
    folder: DataFolder, settings: Settings, filled: bytes, part: int
):
    dice = random.Random(part)  # noqa: S311
    noticed = unnoticed = 0
    for page in range(part, len(filled) // PAGE, 4):
        spoilt = dice.randbytes(PAGE) if dice.random() < 0.5 else bytes(PAGE)
        if page == 0:
            spoilt = filled[:100] + spoilt[100:]
        folder.database.write_bytes(filled[: page * PAGE] + spoilt + filled[(page + 1) * PAGE :])
        with closing(SqliteManager(folder.database).inspect()) as connection:
            is_noticed = problems_of(connection) != []
        noticed, unnoticed = noticed + is_noticed, unnoticed + (not is_noticed)
        told = refusals_of_a_tour(folder, settings)
        assert all("restore the last backup" in sentence for sentence in told), told
        for companion in folder.path.glob("helpdesk.db-*"):
            companion.unlink()
    assert noticed > 2 * unnoticed


def test_a_byte_that_is_no_text_is_told_as_damage_and_not_repeated(
    folder: DataFolder, settings: Settings, filled: bytes
):
    spoilt = filled.replace(b"paper jam paper", b"paper \xff\xfe\xfd paper")
    assert spoilt != filled
    folder.database.write_bytes(spoilt)
    desk = EmbeddedDesk.open(folder, settings)
    bob = person(desk, "bob")
    with pytest.raises(DeskError, match="restore the last backup"):
        bob.tickets.view(1)
    assert len(bob.tickets.search(TicketQuery()).items) == 25
    desk.close()


# --- no room ----------------------------------------------------------------------------------


def in_a_namespace() -> tuple[str, ...] | None:
    """Return how to run a command where it may mount, or nothing where that is not allowed."""
    if shutil.which("unshare") is None:
        return None
    words = ("unshare", "--user", "--map-root-user", "--mount")
    tried = subprocess.run(
        [*words, "mount", "-t", "tmpfs", "x", "/mnt"], capture_output=True, check=False
    )
    return words if tried.returncode == 0 else None


@posix_only
def test_a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room(
    tmp_path: Path, template: Path
):
    words = in_a_namespace()
    if words is None:
        pytest.skip("no small file system can be mounted here")
    place = tmp_path / "small"
    place.mkdir()
    script = 'mount -t tmpfs -o size=3m x "$0" && cp "$1" "$0/helpdesk.db" && shift && exec "$@"'
    shell = (*words, "sh", "-c", script, str(place), str(template))
    report = child("full-disk", str(place), before=shell)
    full = "DiskFull: The disk is full, so nothing was saved; free some space and try again."
    assert report == {
        "open": full, "comment": full, "seen": True, "untouched": True, "version": 1,
        "after": "done", "broken": [],
    }  # fmt: skip


@posix_only
def test_a_limit_on_the_size_of_files_loses_nothing_either(folder: DataFolder):
    report = child("limited-file", str(folder.path))
    assert report["open"].startswith(("DiskFull: ", "Damaged: The disk reports an error"))
    assert (report["seen"], report["after"], report["broken"]) == (True, "done", [])


# --- no rights --------------------------------------------------------------------------------

RIGHTS = {
    "file and folder may be read": (0o444, 0o555, False),
    "only the file may be written": (0o666, 0o555, False),
    "only the folder may be written": (0o444, 0o777, False),
    "a crash left a log": (0o444, 0o555, True),
    "a crash left a log in a file to write": (0o666, 0o555, True),
    "a crash left a log in a folder to write": (0o444, 0o777, True),
    "nothing may be read": (0o600, 0o755, False),
}


@pytest.fixture(scope="module")
def as_nobody(template: Path) -> Iterator[dict[str, tuple[dict[str, Any], bool]]]:
    """Return what somebody without rights meets in each case, and whether the file was kept."""
    place = Path(tempfile.mkdtemp())
    folders = [
        _desk_with_modes(place / f"{n}", template, *case) for n, case in enumerate(RIGHTS.values())
    ]
    place.chmod(0o755)
    before = [folder.database.read_bytes() for folder in folders]
    reports = child("read-only", *(str(folder.path) for folder in folders))
    kept = [folder.database.read_bytes() for folder in folders]
    yield {
        name: (reports[str(folder.path)], was == is_now)
        for name, folder, was, is_now in zip(RIGHTS, folders, before, kept, strict=True)
    }
    for folder in folders:
        folder.path.chmod(0o700)
    shutil.rmtree(place)


def _desk_with_modes(
    place: Path, template: Path, file_mode: int, folder_mode: int, crashed: bool
) -> DataFolder:
    with opened(place, template) as embedded:
        person(embedded, "alice").tickets.open(NewTicket(subject="First"))
    folder = DataFolder(place / "desk")
    if crashed:
        _leave_a_log(folder)
    for path in folder.path.iterdir():
        path.chmod(file_mode)
    place.chmod(0o755)
    folder.path.chmod(folder_mode)
    return folder


def _leave_a_log(folder: DataFolder) -> None:
    """Leave the files as they lie when a writer was killed: the last writes in the log alone."""
    database = SqliteManager(folder.database)
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE ticket SET description = 'In the log.'")
    copies = {path.name: path.read_bytes() for path in folder.path.iterdir()}
    database.dispose()
    for name, content in copies.items():
        (folder.path / name).write_bytes(content)


@posix_only
@pytest.mark.parametrize("case", [name for name in RIGHTS if name != "nothing may be read"])
def test_where_nothing_may_be_written_people_read(
    as_nobody: dict[str, tuple[dict[str, Any], bool]], case: str
):
    report, is_kept = as_nobody[case]
    assert report["opened"] == "done", report
    assert report["read_only"]
    assert report["allowed"] == []
    assert report["description"] == ("In the log." if RIGHTS[case][2] else "")
    assert report["open"].startswith("ReadOnly: This desk is open for reading only")
    assert report["wrong password"].startswith("WrongPassword: ")
    assert is_kept


@posix_only
@pytest.mark.skipif(os.name == "posix" and os.getuid() != 0, reason="needs to become somebody else")
def test_a_desk_that_may_not_even_be_read_is_told(
    as_nobody: dict[str, tuple[dict[str, Any], bool]],
):
    report, _ = as_nobody["nothing may be read"]
    assert report["opened"].startswith("NoDesk: ")
    assert report["opened"].endswith("cannot be read: Permission denied.")


# --- no warning -------------------------------------------------------------------------------


@posix_only
def test_what_was_acknowledged_is_whole_after_a_kill_without_warning(folder: DataFolder):
    report = child("killed", str(folder.path))
    assert report["found"] == []
    assert report["acknowledged"] >= 20


def test_a_desk_that_is_open_twice_is_whole_whoever_writes(
    folder: DataFolder, settings: Settings, embedded: EmbeddedDesk, sign_in: SignIn
):
    other = EmbeddedDesk.open(folder, settings)
    alice, bob = sign_in("alice"), person(other, "bob")
    ticket = alice.tickets.open(NewTicket(subject="Shared")).id
    for number in range(5):
        bob.tickets.comment(ticket, NewComment(body=f"b{number}"))
        alice.tickets.comment(ticket, NewComment(body=f"a{number}"))
    assert len(alice.tickets.view(ticket).comments) == 10
    assert broken(embedded.database) == []
    other.close()
