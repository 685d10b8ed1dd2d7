# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports and demo desks that are killed, stopped, starved or locked out: all of it or nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from helpdesk.cli import main
from helpdesk.client.embedded import EmbeddedDesk, database_of
from helpdesk.core import settings as settings_module
from helpdesk.core.errors import Busy, DiskFull
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.core.schemas.users import UserQuery
from helpdesk.database.checks import examine
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.services.imports import TicketImport, survey, write
from tests.conftest import SettableClock

ROOT = Path(__file__).parents[2]
ROWS = 6_000
# An empty desk takes 1 MB, and repair keeps a copy of it beside what it writes.
SMALL_DISK = 3 * 1024 * 1024

# Runs an import in a process of its own that ends itself at a given row.
_KILLED_IMPORT = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from helpdesk.client.embedded import database_of
from helpdesk.core.paths import DataFolder
from helpdesk.core.settings import load
from helpdesk.services.imports import TicketImport, survey, write

folder, at = DataFolder(Path(sys.argv[1])), int(sys.argv[3])
settings = load(folder)
database = database_of(folder, settings)
wanted, now = TicketImport(Path(sys.argv[2])), datetime.now(UTC)

def progress(done, total):
    if done >= at:
        os.kill(os.getpid(), signal.SIGKILL)

found = survey(database, wanted, now=now)
write(database, settings, wanted, found, now=now, progress=progress)
print("survived")
"""

_KILLED_DEMO = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from helpdesk.client.embedded import database_of
from helpdesk.core.paths import DataFolder
from helpdesk.core.settings import load
from helpdesk.services.demo_desk import Scale, fill_demo_desk
from helpdesk.services.new_desk import make_desk

folder, now = DataFolder(Path(sys.argv[1])), datetime.now(UTC)
settings = load(folder)

def progress(done, total):
    if done >= 3_000:
        os.kill(os.getpid(), signal.SIGKILL)

def fill(made):
    fill_demo_desk(made, settings, Scale(5_000, 20, 4), now=now, progress=progress)

make_desk(database_of(folder, settings), settings, now, fill)
"""

# Prints how much memory the command took at most, in MB.
_MEASURED = """
import sys
from pathlib import Path
from helpdesk.cli import main
code = main(sys.argv[1:])
status = Path("/proc/self/status").read_text()
print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)
sys.exit(code)
"""
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is measured by /proc")


def python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a file of rows that name people and categories the desk does not know."""
    file = tmp_path / "tickets.csv"
    lines = (
        f"Ticket {n},{'Text with some words. ' * 10},Person {n % 300},Kind {n % 20}\n"
        for n in range(ROWS)
    )
    file.write_text("subject,description,requester,category\n" + "".join(lines))
    return file


def state(folder: DataFolder) -> tuple[int, int, int]:
    """Return how many tickets, accounts and categories a sound desk has."""
    desk = EmbeddedDesk.open(folder, settings_module.load(folder))
    try:
        assert examine(desk.database).findings == ()
        system = desk.as_system()
        people = len(system.users.search(UserQuery(limit=200)).items)
        return (
            system.tickets.count(TicketQuery()).count,
            people,
            len(system.tickets.categories()),
        )
    finally:
        desk.close()


@pytest.mark.parametrize("at", [500, 2_500, ROWS])
def test_a_killed_import_leaves_the_desk_as_it_was(folder: DataFolder, table, at):
    before = state(folder)
    killed = python(_KILLED_IMPORT, folder.path, table, at)
    assert (killed.returncode, killed.stdout, killed.stderr) == (-signal.SIGKILL, "", "")
    assert state(folder) == before
    assert main(["--data-dir", str(folder.path), "import", "tickets", str(table)]) == 0
    assert state(folder)[0] == ROWS


def test_a_killed_demo_is_no_desk(tmp_path, capsys):
    killed = python(_KILLED_DEMO, tmp_path)
    assert (killed.returncode, killed.stderr) == (-signal.SIGKILL, "")
    assert any(file.suffix == ".part" for file in tmp_path.iterdir())
    assert main(["--data-dir", str(tmp_path), "check-db"]) == 1
    assert main(["--data-dir", str(tmp_path), "init-db", "--tickets", "20"]) == 0
    assert state(DataFolder(tmp_path))[0] == 20


def test_a_stopped_import_leaves_the_desk_as_it_was(folder: DataFolder, table, settings, clock):
    before = state(folder)
    database = SqliteManager(folder.database)
    wanted = TicketImport(table)
    found = survey(database, wanted, now=clock())

    def stop(done: int, _total: int) -> None:
        if done >= 2_500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(database, settings, wanted, found, now=clock(), progress=stop)
    assert state(folder) == before


def test_others_see_nothing_of_an_import_until_it_is_done(folder, table, settings, clock):
    database = SqliteManager(folder.database)
    seen: list[int] = []
    with closing(database.connect()) as elsewhere:

        def look(_done: int, _total: int) -> None:
            seen.append(elsewhere.execute("SELECT count(*) FROM ticket").fetchone()[0])

        wanted = TicketImport(table)
        found = survey(database, wanted, now=clock())
        write(database, settings, wanted, found, now=clock(), progress=look)
        assert set(seen) == {0}
        assert elsewhere.execute("SELECT count(*) FROM ticket").fetchone() == (ROWS,)


def test_a_locked_desk_takes_no_import(folder: DataFolder, table, clock, capsys, monkeypatch):
    monkeypatch.setenv("HELPDESK_DATABASE__BUSY_TIMEOUT_SECONDS", "0.05")
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert main(["--data-dir", str(folder.path), "import", "tickets", str(table)]) == 1
    assert capsys.readouterr().err.startswith("Another program is writing to this desk")
    settings = settings_module.load(folder)
    database = database_of(folder, settings)
    wanted = TicketImport(table)
    found = survey(database, wanted, now=clock())
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy):
            write(database, settings, wanted, found, now=clock())
    assert state(folder)[0] == 0


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """Return a folder on a disk that is as small as ``SMALL_DISK``."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("a small disk can only be mounted by root on Linux")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def cramped(small_disk: Path, template: Path) -> DataFolder:
    """Return a desk that has little room to grow."""
    made = DataFolder(small_disk / "desk").ensure()
    made.database.write_bytes(template.read_bytes())
    return made


def fill(filler: Path) -> None:
    """Take all the room that is left."""
    descriptor = os.open(filler, os.O_CREAT | os.O_WRONLY)
    try:
        with suppress(OSError):
            while True:
                os.write(descriptor, b"x" * 4096)
    finally:
        os.close(descriptor)


def test_a_full_disk_takes_no_import(cramped: DataFolder, table, capsys):
    before = state(cramped)
    assert main(["--data-dir", str(cramped.path), "import", "tickets", str(table)]) == 1
    # A slow machine says before how far it is.
    told = capsys.readouterr().err.splitlines()
    assert told[-1].startswith("The disk is full, so nothing was saved;")
    assert state(cramped) == before


def test_room_made_later_is_enough(cramped: DataFolder, settings, clock: SettableClock):
    filler = cramped.path / "filler"
    database = SqliteManager(cramped.database)
    small = cramped.path / "small.csv"
    small.write_text("subject\nPrinter jams\n")
    wanted = TicketImport(small)
    found = survey(database, wanted, now=clock())
    fill(filler)
    with pytest.raises(DiskFull):
        write(database, settings, wanted, found, now=clock())
    filler.unlink()
    assert write(database, settings, wanted, found, now=clock()) == 1
    database.dispose()
    assert state(cramped)[0] == 1


@pytest.mark.parametrize("command", ["demo", "backup", "restore", "repair"])
def test_a_full_disk_leaves_no_half_of_anything(cramped: DataFolder, tmp_path, capsys, command):
    before = state(cramped)
    size = cramped.database.stat().st_size
    copy = tmp_path / "copy.db"
    assert main(["--data-dir", str(cramped.path), "backup", str(copy)]) == 0
    (cramped.path / "filler").write_bytes(b"x" * (SMALL_DISK - 2 * size))
    arguments = {
        "demo": ["--data-dir", str(cramped.path / "demo"), "init-db", "--tickets", "3000"],
        "backup": ["--data-dir", str(cramped.path), "backup", str(cramped.path / "second.db")],
        "restore": ["--data-dir", str(cramped.path), "restore", str(copy), "--yes"],
        "repair": ["--data-dir", str(cramped.path), "check-db", "--repair"],
    }[command]
    if command == "repair":
        with closing(sqlite3.connect(cramped.database)) as connection, connection:
            connection.execute("INSERT INTO ticket_search (rowid, subject) VALUES (9, 'ghost')")
    capsys.readouterr()
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "disk is full" in told or "No space left" in told
    left = [file.name for file in cramped.path.rglob("*") if file.is_file()]
    assert [name for name in left if name.endswith((".part", "second.db"))] == []
    assert not (cramped.path / "demo" / "helpdesk.db").exists()
    (cramped.path / "filler").unlink()
    if command == "repair":
        assert main(["--data-dir", str(cramped.path), "check-db", "--repair"]) == 0
    assert state(cramped) == before


@on_linux
def test_a_quote_that_is_never_closed_eats_no_memory(folder: DataFolder, tmp_path):
    file = tmp_path / "large.csv"
    line = "another ticket with some words of text,and a description of it\n"
    with file.open("w") as stream:
        stream.write('subject,description\n"never closed,text\n')
        for _ in range(40):
            stream.write(line * 20_000)
    done = python(_MEASURED, "--data-dir", folder.path, "import", "tickets", file, "--dry-run")
    assert done.returncode == 1
    assert "row 2: a field has more than 1,000,000 characters" in done.stderr
    assert "lines 2 to 800,002 of the file" in done.stderr
    assert int(done.stdout.split()[-1]) < 150


@on_linux
def test_a_line_without_end_eats_no_memory(folder: DataFolder, tmp_path):
    file = tmp_path / "large.csv"
    with file.open("w") as stream:
        stream.write("subject\n")
        for _ in range(60):
            stream.write("no line break," * 75_000)
    done = python(_MEASURED, "--data-dir", folder.path, "import", "tickets", file, "--dry-run")
    assert done.returncode == 1
    assert "row 2: a field has more than" in done.stderr
    assert int(done.stdout.split()[-1]) < 150
