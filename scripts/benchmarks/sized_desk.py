# SPDX-License-Identifier: GPL-3.0-or-later
"""Demo desks of any size: made once, kept, and copied for each run, since runs write."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from helpdesk.client.embedded import EmbeddedDesk, database_of
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.clock import system_clock
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.users import NewSession
from helpdesk.database.schema import MIGRATIONS
from helpdesk.services.demo_desk import Scale, fill_demo_desk
from helpdesk.services.new_desk import make_desk

PASSWORD = "measured with care"  # noqa: S105 - of demo people in a file of this machine alone
COMMENTS = 5
"""How many comments a ticket has on the average."""
MANAGER, ADMIN, TECHNICIAN, REQUESTER = "charlie", "dana", "bob", "alice"
PRAGMAS = (
    "foreign_keys=ON",
    "cache_size=-8000",
    "temp_store=MEMORY",
    "journal_mode=WAL",
    "synchronous=FULL",
)
"""What the program sets on its own connections."""
Maker = Callable[[DataFolder, int], None]
"""Makes a desk with so many rows in an empty folder."""


@dataclass(frozen=True, slots=True)
class SizedDesk:
    """A copy of a demo desk, to measure on."""

    rows: int
    folder: DataFolder

    @contextmanager
    def opened(self) -> Iterator[EmbeddedDesk]:
        """Open the desk in this process."""
        desk = EmbeddedDesk.open(self.folder, settings_module.load(self.folder))
        try:
            yield desk
        finally:
            desk.close()

    def bare(self) -> sqlite3.Connection:
        """Open the file without the program, with the pragmas that the program sets."""
        connection = sqlite3.connect(self.folder.database, isolation_level=None)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection


def sign_in(desk: EmbeddedDesk, username: str) -> HelpDesk:
    """Return the facade of a demo person."""
    facade = desk.facade()
    facade.sessions.sign_in(NewSession(username=username, password=PASSWORD))
    return facade


def sized_desk(keep: Path, rows: int) -> AbstractContextManager[SizedDesk]:
    """Yield a copy of the kept desk of this size, which is made where there is none yet."""
    return kept_desk(keep, f"desk-{rows}", rows, _make)


@contextmanager
def kept_desk(keep: Path, name: str, rows: int, make: Maker) -> Iterator[SizedDesk]:
    """Yield a copy of the desk that is kept under a name, which is made where there is none."""
    kept = _kept(keep, name, rows, make)
    copy = keep / f"copy-{name}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(kept, copy)
    try:
        yield SizedDesk(rows, DataFolder(copy))
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def _kept(keep: Path, name: str, rows: int, make: Maker) -> Path:
    folder = keep / f"{name}-{schema_digest()}"
    if not DataFolder(folder).database.exists():
        for outdated in keep.glob(f"{name}-*"):
            shutil.rmtree(outdated)
        _make_timed(DataFolder(folder).ensure(), name, rows, make)
    return folder


def _make_timed(folder: DataFolder, name: str, rows: int, make: Maker) -> None:
    print(f"Making {name} in {folder.path} ...")
    started = perf_counter()
    make(folder, rows)
    megabytes = folder.database.stat().st_size / 1e6
    print(f"Made in {perf_counter() - started:.1f} s: {megabytes:,.0f} MB.")


def _make(folder: DataFolder, rows: int) -> None:
    now, settings = system_clock(), settings_module.load(folder)
    scale = Scale.of(rows)._replace(comments=COMMENTS)
    make_desk(
        database_of(folder, settings),
        settings,
        now,
        lambda made: fill_demo_desk(made, settings, scale, now=now, password=PASSWORD) and None,
    )


def schema_digest() -> str:
    """Tell one schema from another, so that no desk of an older one is measured."""
    digest = hashlib.sha256()
    for script in sorted((MIGRATIONS / "versions").glob("*.py")):
        digest.update(script.read_bytes())
    return digest.hexdigest()[:12]


def one(connection: sqlite3.Connection, statement: str, *values: object) -> int:
    """Return the first value of the first row."""
    with closing(connection.execute(statement, values)) as cursor:
        return int(cursor.fetchone()[0])
