# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command over a file that is cut, spoilt or newer: told in a line, bytes untouched."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from helpdesk.cli import main
from helpdesk.core.paths import DataFolder

COMMANDS = (
    ["check-db"],
    ["check-db", "--repair"],
    ["backup", "{elsewhere}/copy.db"],
    ["upgrade-db"],
    ["user", "list"],
    ["user", "add", "zoe", "--name", "Zoe Quist"],
    ["import", "tickets", "{elsewhere}/tickets.csv"],
)


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def cut_in_a_page(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def replace(path: Path) -> None:
    path.write_bytes(b"Dear diary, today the printer jammed again.\n" * 500)


def spoil_header(path: Path) -> None:
    path.write_bytes(b"X" + path.read_bytes()[1:])


def spoil_pages(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[200:] = b"\xa5" * (len(data) - 200)
    path.write_bytes(data)


def make_newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9042'")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (cut, 3),
        (cut_in_a_page, 3),
        (replace, 3),
        (spoil_header, 3),
        (spoil_pages, 3),
        (make_newer, 1),
    ],
)
def test_a_file_that_cannot_be_used_stays_as_it_is(
    folder: DataFolder, tmp_path, capsys, spoil: Callable[[Path], None], code, command
):
    spoil(folder.database)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "tickets.csv").write_text("subject\nPrinter jams\n")
    before = hashlib.sha256(folder.database.read_bytes()).hexdigest()
    arguments = [word.format(elsewhere=elsewhere) for word in command]
    assert main(["--data-dir", str(folder.path), *arguments]) == code
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert ("9042" in told) == (spoil is make_newer)
    assert hashlib.sha256(folder.database.read_bytes()).hexdigest() == before
    assert not (elsewhere / "copy.db").exists()
    assert not folder.backups.exists()


def test_a_newer_desk_is_not_restored(folder: DataFolder, tmp_path, capsys):
    copy = tmp_path / "copy.db"
    copy.write_bytes(folder.database.read_bytes())
    make_newer(copy)
    before = folder.database.read_bytes()
    assert main(["--data-dir", str(folder.path), "restore", str(copy), "--yes"]) == 1
    assert "9042" in capsys.readouterr().err
    assert folder.database.read_bytes() == before
