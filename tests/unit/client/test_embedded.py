# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening the desk on this workstation, whatever lies where it should be."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from helpdesk.client.embedded import EmbeddedDesk, database_of
from helpdesk.core.errors import Damaged, DeskError, Invalid, NewerSchema, NoDesk
from helpdesk.core.paths import DataFolder
from helpdesk.core.settings import Settings
from helpdesk.database import SCHEMA_VERSION


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def spoil_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"SQLite format 4\x00")


def spoil_after_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(16)
        file.write(b"\xff" * 84)


def replace_by_text(path: Path) -> None:
    path.write_text("Dear help desk,\n" * 1000)


def replace_by_other_database(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name)")


def replace_by_empty_version(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.execute("PRAGMA journal_mode=DELETE")


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "error", "sentence"),
    [
        (Path.unlink, NoDesk, "helpdesk init-db"),
        (lambda path: path.write_bytes(b""), NoDesk, "helpdesk init-db"),
        (lambda path: path.write_bytes(b"SQLite"), Damaged, "helpdesk restore"),
        (truncate, Damaged, "helpdesk restore"),
        (spoil_header, Damaged, "helpdesk restore"),
        (spoil_after_header, DeskError, "restore|check"),
        (replace_by_text, Damaged, "helpdesk restore"),
        (replace_by_other_database, NoDesk, "helpdesk init-db"),
        (replace_by_empty_version, NoDesk, "helpdesk init-db"),
        (replace_by_folder, NoDesk, "cannot be read"),
    ],
    ids=[
        "missing", "empty", "six bytes", "truncated", "wrong header", "random header",
        "a text file",
        "another program's", "no version", "a folder",
    ],
)  # fmt: skip
def test_what_is_no_desk_is_refused_with_a_remedy_and_left_as_it_is(
    folder: DataFolder,
    settings: Settings,
    spoil: Callable[[Path], object],
    error: type[DeskError],
    sentence: str,
):
    spoil(folder.database)
    before = sha256(folder.database) if folder.database.is_file() else None
    with pytest.raises(error, match=sentence):
        EmbeddedDesk.open(folder, settings)
    assert (sha256(folder.database) if folder.database.is_file() else None) == before


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
@pytest.mark.parametrize("version", [f"{int(SCHEMA_VERSION) + 1:04}", "9999", "zzzz"])
def test_a_newer_desk_is_refused_by_the_name_of_its_version_and_untouched(
    folder: DataFolder, settings: Settings, journal: str, version: str
):
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
        connection.execute("UPDATE desk_fact SET value = '7.8.9' WHERE name = 'program_version'")
        connection.execute(f"PRAGMA journal_mode={journal}")
    before = sha256(folder.database)
    known = f"knows {SCHEMA_VERSION}.*install that version or a newer"
    told = f"by Help Desk 7.8.9 .schema {version}.*{known}"
    with pytest.raises(NewerSchema, match=told):
        EmbeddedDesk.open(folder, settings)
    assert sha256(folder.database) == before
    assert [path.name for path in folder.path.iterdir()] == ["helpdesk.db"]


@pytest.mark.parametrize(
    "spoil",
    ["DELETE FROM desk_fact WHERE name = 'program_version'", "DROP TABLE desk_fact"],
    ids=["not told", "no facts at all"],
)
def test_a_newer_desk_that_does_not_tell_its_maker_is_refused_too(
    folder: DataFolder, settings: Settings, spoil: str
):
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute(spoil)
    with pytest.raises(NewerSchema, match=r"by a newer Help Desk .*install the newer version"):
        EmbeddedDesk.open(folder, settings)


def test_closing_a_desk_whose_file_is_gone_is_no_error(folder: DataFolder, settings: Settings):
    desk = EmbeddedDesk.open(folder, settings)
    assert not desk.facade().desks.info().demo
    for file in folder.path.glob("helpdesk.db*"):
        file.unlink()
    desk.close()


def test_a_desk_that_is_open_already_opens_again(
    folder: DataFolder, settings: Settings, embedded: EmbeddedDesk
):
    other = EmbeddedDesk.open(folder, settings)
    assert other.facade().desks.info() == embedded.facade().desks.info()
    other.close()


def test_what_a_desk_tells_before_sign_in(embedded: EmbeddedDesk, folder: DataFolder):
    info = embedded.facade().desks.info()
    assert (info.schema_version, info.demo, info.demo_accounts) == (SCHEMA_VERSION, False, ())
    assert (info.read_only, info.place) == (False, str(folder.database))


def test_a_desk_is_read_only_when_asked(folder: DataFolder, settings: Settings):
    assert not database_of(folder, settings).read_only
    assert database_of(folder, settings, read_only=True).read_only


def test_a_url_of_another_kind_is_refused(
    folder: DataFolder, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HELPDESK_DATABASE_URL", "mysql://host/desk")
    with pytest.raises(Invalid, match="not understood"):
        EmbeddedDesk.open(DataFolder(folder.path, named=False), settings)
