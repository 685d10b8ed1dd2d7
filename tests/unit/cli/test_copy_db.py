# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk copy-db``: what is printed, what is refused in which words, and the exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import NewTicket
from tests.conftest import SignIn
from tests.postgres import PASSWORD, fresh_database, server
from tests.unit.cli.conftest import Run

SECRETS = (PASSWORD, "p%40ss", "swordfish")


@pytest.fixture
def with_ticket(sign_in: SignIn) -> None:
    sign_in("alice").tickets.open(NewTicket(subject="Printer jams"))


def test_a_copy_tells_what_it_has_copied(
    run: Run, run_in: Run, with_ticket, folder: DataFolder, empty_database, tmp_path
):
    there = run("copy-db", folder.path, empty_database)
    assert (there.code, there.err) == (0, "")
    assert there.lines == [
        "accounts               6",
        "categories             8",
        "tickets                1",
        "comments               0",
        "history                1",
        "API keys               0",
        "The desk is copied to PostgreSQL desk on 127.0.0.1, and every table was compared.",
        "People sign in again there; the desk that was copied is as it was.",
        "To work with it, set HELPDESK_DATABASE_URL to the URL named here, or database.url in the"
        " settings.",
    ]
    back = run("copy-db", empty_database, tmp_path / "back" / "helpdesk.db")
    assert back.lines[:6] == there.lines[:6]
    assert back.lines[-1] == f"To work with it: helpdesk --data-dir {tmp_path / 'back'}"
    checked = run_in(tmp_path / "back", "check-db")
    assert checked.out.startswith("Sound: 1 tickets, 0 comments")


def test_a_url_of_a_file_is_understood(run: Run, folder: DataFolder, tmp_path: Path):
    outcome = run("copy-db", f"sqlite:///{folder.database}", f"sqlite:///{tmp_path / 'b.db'}")
    assert outcome.code == 0
    assert "HELPDESK_DATABASE_URL" in outcome.lines[-1]
    assert (tmp_path / "b.db").exists()


def test_a_desk_is_not_overwritten(run: Run, folder: DataFolder, tmp_path: Path):
    run("copy-db", folder.database, tmp_path / "b.db")
    before = (tmp_path / "b.db").read_bytes()
    outcome = run("copy-db", folder.database, tmp_path / "b.db")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == (
        f"There is already a desk at {tmp_path / 'b.db'}; nothing was changed. Name an empty"
        " database.\n"
    )
    assert (tmp_path / "b.db").read_bytes() == before
    same = run("copy-db", folder.database, folder.path)
    assert (same.code, "There is already a desk" in same.err) == (1, True)


def test_both_ends_are_required(run: Run, capsys):
    with pytest.raises(SystemExit) as ended:
        run("copy-db", "a.db")
    assert ended.value.code == 2
    assert "TO" in capsys.readouterr().err


def wrong(url: str, kind: str) -> str:
    """Return the URL with something wrong in it."""
    account, _, where = url.partition("@")
    if kind == "password":
        return f"{account.rpartition(':')[0]}:swordfish@{where}"
    if kind == "database":
        return url.rpartition("/")[0] + "/nowhere"
    if kind == "port":
        return url.replace(f":{server().port}/", ":1/")
    return url.replace("postgresql://", "mysql://")


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("password", "password"),
        ("database", "nowhere"),
        ("port", "cannot be reached"),
        ("scheme", "The database URL is not understood"),
    ],
)
@pytest.mark.parametrize("is_source", [True, False], ids=["from", "to"])
def test_a_wrong_url_is_told_without_the_password(
    run: Run, folder: DataFolder, tmp_path, kind, sentence, is_source
):
    url = wrong(fresh_database(), kind)
    ends = (url, tmp_path / "b.db") if is_source else (folder.database, url)
    outcome = run("copy-db", *ends)
    assert (outcome.code, outcome.out) == (1, "")
    assert sentence in outcome.err
    assert outcome.err.count("\n") == 1
    assert not any(secret in outcome.err for secret in SECRETS)
    assert not (tmp_path / "b.db").exists()


def test_where_there_is_no_desk_to_copy_it_is_told(run: Run, empty_database, tmp_path: Path):
    for source in (tmp_path / "nowhere.db", empty_database):
        outcome = run("copy-db", source, tmp_path / "b.db")
        assert (outcome.code, outcome.out) == (1, "")
        assert "There is no desk" in outcome.err
    assert not (tmp_path / "b.db").exists()


def test_a_damaged_source_ends_with_3(run: Run, folder: DataFolder, tmp_path: Path):
    folder.database.write_bytes(b"SQLite format 3\x00" + b"x" * 5_000)
    outcome = run("copy-db", folder.database, tmp_path / "b.db")
    assert outcome.code == 3
