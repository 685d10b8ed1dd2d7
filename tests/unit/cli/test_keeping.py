# SPDX-License-Identifier: GPL-3.0-or-later
"""``check-db``, ``backup``, ``restore`` and ``upgrade-db`` as their user sees them."""

from __future__ import annotations

import io
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from helpdesk.core.paths import DataFolder
from helpdesk.database import SCHEMA_VERSION
from tests.unit.cli.conftest import Run


class _Person(io.StringIO):
    def isatty(self) -> bool:
        return True


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def fact(path: Path) -> str | None:
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT value FROM desk_fact WHERE name = 'a'").fetchone()
    return row[0] if row else None


def test_a_sound_desk_is_called_sound(run_in: Run, tmp_path):
    run_in(tmp_path, "init-db", "--tickets", "60")
    outcome = run_in(tmp_path, "check-db")
    assert outcome.code == 0
    assert outcome.out.startswith("Sound: 60 tickets, ")
    assert outcome.lines[0].endswith(f" comments, schema {SCHEMA_VERSION}.")
    assert re.fullmatch(r"Audit log: \d+ entries, up to \d+:[0-9a-f]{64}", outcome.lines[1])
    assert outcome.lines[2].endswith("it was compared with none.")


def test_an_end_of_the_audit_log_that_was_kept_is_asked_for_again(run_in: Run, tmp_path):
    run_in(tmp_path, "init-db", "--tickets", "60")
    kept = run_in(tmp_path, "check-db").lines[1].split()[-1]
    assert run_in(tmp_path, "check-db", "--audit-head", kept).code == 0
    number, digest = kept.split(":")
    other = run_in(tmp_path, "check-db", "--audit-head", f"{number}:{digest[::-1]}")
    assert other.code == 3
    assert f"holds no entry {number} with the digest that you keep" in other.out
    assert run_in(tmp_path, "check-db", "--audit-head", digest).code not in (0, 3)


def test_damage_is_told_with_exit_code_3_and_repaired(run_in: Run, tmp_path):
    run_in(tmp_path, "init-db", "--tickets", "60")
    database = tmp_path / "helpdesk.db"
    change(database, "UPDATE ticket SET replies = 99 WHERE id = 3", "DELETE FROM ticket_search")
    outcome = run_in(tmp_path, "check-db")
    assert outcome.code == 3
    *found, _head_of_the_audit_log, _noted = outcome.lines
    assert len(found) == 2
    assert all("helpdesk check-db --repair" in line for line in found)
    repaired = run_in(tmp_path, "check-db", "--repair")
    assert repaired.code == 0
    assert repaired.lines[-3].startswith("Sound: 60 tickets")
    (kept,) = (tmp_path / "backups").iterdir()
    assert str(kept) in repaired.out
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT replies FROM ticket WHERE id = 3").fetchone() == (99,)
    assert run_in(tmp_path, "check-db").code == 0


def test_a_repair_leaves_a_sound_desk_alone(run: Run, folder: DataFolder):
    before = folder.database.read_bytes()
    assert run("check-db", "--repair").code == 0
    assert folder.database.read_bytes() == before
    assert not folder.backups.exists()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE user SET role = 'king' WHERE username = 'bob'", "DROP TABLE ticket_search"],
)
def test_what_cannot_be_mended_is_left_as_it_is(run: Run, folder: DataFolder, statement):
    change(folder.database, statement)
    before = folder.database.read_bytes()
    outcome = run("check-db", "--repair")
    assert outcome.code == 3
    assert "helpdesk restore FILE" in outcome.lines[-1]
    assert folder.database.read_bytes() == before
    assert not folder.backups.exists()


def test_a_backup_comes_back(run: Run, folder: DataFolder, tmp_path):
    change(folder.database, "INSERT INTO desk_fact VALUES ('a', 'then')")
    copy = tmp_path / "away" / "copy.db"
    copy.parent.mkdir()
    outcome = run("backup", copy)
    assert (outcome.code, outcome.out) == (0, f"The desk is copied to {copy}.\n")
    change(folder.database, "UPDATE desk_fact SET value = 'now' WHERE name = 'a'")
    restored = run("restore", copy, "--yes")
    assert restored.code == 0
    assert fact(folder.database) == "then"
    (kept,) = folder.backups.iterdir()
    assert str(kept) in restored.out
    assert fact(kept) == "now"
    assert run("check-db").code == 0


def test_a_backup_makes_no_folder_but_the_desks_own(run: Run, folder: DataFolder, tmp_path):
    outcome = run("backup", tmp_path / "mistyped" / "copy.db")
    assert outcome.code == 1
    assert (
        outcome.err
        == f"There is no folder {tmp_path / 'mistyped'}; make it, or name another one.\n"
    )
    assert not (tmp_path / "mistyped").exists()
    assert run("backup", folder.backups / "copy.db").code == 0
    assert (folder.backups / "copy.db").is_file()


def test_what_is_damaged_is_told(run: Run, folder: DataFolder):
    with folder.database.open("r+b") as file:
        file.truncate(folder.database.stat().st_size - 3 * 4096)
    outcome = run("check-db")
    assert outcome.code == 3
    assert f"{folder.database}: " in outcome.lines[0]
    assert f"{folder.database} is not a sound database" in outcome.err
    assert "helpdesk restore FILE" in outcome.err


def test_a_backup_never_overwrites(run: Run, tmp_path):
    copy = tmp_path / "copy.db"
    copy.write_text("mine")
    assert run("backup", copy).code == 1
    assert copy.read_text() == "mine"


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("\n", 1), ("no\n", 1)])
def test_a_person_is_asked_before_a_restore(run: Run, folder, tmp_path, monkeypatch, answer, code):
    change(folder.database, "INSERT INTO desk_fact VALUES ('a', 'then')")
    run("backup", tmp_path / "copy.db")
    change(folder.database, "UPDATE desk_fact SET value = 'now' WHERE name = 'a'")
    monkeypatch.setattr("sys.stdin", _Person(answer))
    outcome = run("restore", tmp_path / "copy.db")
    assert outcome.code == code
    assert "[y/N]" in outcome.err
    assert fact(folder.database) == ("then" if code == 0 else "now")


def test_nobody_there_to_ask_means_no(run: Run, folder: DataFolder, tmp_path, monkeypatch):
    run("backup", tmp_path / "copy.db")
    before = folder.database.read_bytes()
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    outcome = run("restore", tmp_path / "copy.db")
    assert outcome.code == 1
    assert "--yes" in outcome.err
    assert folder.database.read_bytes() == before


def test_what_is_no_desk_is_not_restored(run: Run, folder: DataFolder, tmp_path):
    other = tmp_path / "songs.db"
    change(other, "CREATE TABLE song (title)")
    before = folder.database.read_bytes()
    for source, sentence in (
        (other, "is not a copy of a desk"),
        (tmp_path / "nowhere.db", "There is no backup at"),
        (folder.database, "is the desk itself"),
    ):
        outcome = run("restore", source, "--yes")
        assert outcome.code == 1
        assert sentence in outcome.err
    assert folder.database.read_bytes() == before


def test_a_backup_is_restored_where_there_is_no_desk(run: Run, run_in: Run, tmp_path):
    run("backup", tmp_path / "copy.db")
    elsewhere = tmp_path / "elsewhere"
    assert run_in(elsewhere, "restore", tmp_path / "copy.db", "--yes").code == 0
    assert "alice" in run_in(elsewhere, "user", "list").out


def test_a_desk_that_is_up_to_date_is_not_upgraded(run: Run, folder: DataFolder):
    outcome = run("upgrade-db")
    assert outcome.code == 0
    assert "already" in outcome.out
    assert not folder.backups.exists()


def test_an_older_desk_is_not_checked_but_upgraded(run: Run, folder: DataFolder):
    change(folder.database, "UPDATE alembic_version SET version_num = '0000'")
    outcome = run("check-db")
    assert outcome.code == 1
    assert "helpdesk upgrade-db" in outcome.err


def test_an_older_desk_can_be_backed_up_and_restored(run: Run, folder: DataFolder, tmp_path):
    change(folder.database, "UPDATE alembic_version SET version_num = '0000'")
    assert run("backup", tmp_path / "copy.db").code == 0
    assert run("restore", tmp_path / "copy.db", "--yes").code == 0


# --- a desk on PostgreSQL ---------------------------------------------------------------------


@pytest.fixture
def on_postgres(empty_database: str, run_in: Run, tmp_path: Path, monkeypatch) -> Run:
    """Return a function that runs a command on a desk of 60 tickets on PostgreSQL."""
    monkeypatch.setenv("HELPDESK_DATABASE__URL", empty_database)
    assert run_in(tmp_path, "init-db", "--tickets", "60").code == 0
    return lambda *arguments: run_in(tmp_path, *arguments)


def test_a_desk_on_postgres_is_checked_and_repaired(on_postgres: Run, empty_database, tmp_path):
    assert on_postgres("check-db").out.startswith("Sound: 60 tickets, ")
    with psycopg.connect(empty_database) as connection:
        connection.execute("UPDATE ticket SET replies = 99 WHERE id = 3")
        connection.execute("DELETE FROM ticket_search")
    outcome = on_postgres("check-db")
    assert outcome.code == 3
    assert len(outcome.lines) == 4
    repaired = on_postgres("check-db", "--repair")
    assert repaired.code == 0
    assert repaired.lines[-3].startswith("Sound: 60 tickets")
    assert not (tmp_path / "backups").exists()


@pytest.mark.parametrize(("command", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_postgres_has_its_own_backups(on_postgres: Run, tmp_path, command, tool):
    outcome = on_postgres(command, tmp_path / "copy.db")
    assert outcome.code == 1
    assert tool in outcome.err
    assert not (tmp_path / "copy.db").exists()


def test_upgrading_on_postgres_needs_no_backup_folder(
    on_postgres: Run, empty_database, tmp_path, monkeypatch
):
    assert "already" in on_postgres("upgrade-db").out
    with psycopg.connect(empty_database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    outcome = on_postgres("check-db")
    assert outcome.code == 1
    assert "pg_dump" in outcome.err
    monkeypatch.setattr("helpdesk.database.schema.migrate", lambda _: None)
    upgraded = on_postgres("upgrade-db")
    assert upgraded.out == f"The desk has schema {SCHEMA_VERSION} now.\n"
    assert not (tmp_path / "backups").exists()


def test_a_password_is_never_printed(run_in: Run, empty_database, tmp_path, monkeypatch):
    wrong = empty_database.replace("p%40ss", "tell-nobody")
    monkeypatch.setenv("HELPDESK_DATABASE__URL", wrong)
    for command in ("init-db", "check-db", "upgrade-db"):
        outcome = run_in(tmp_path, command)
        assert outcome.code == 1
        assert "password is refused" in outcome.err
        assert "nobody" not in outcome.out + outcome.err
