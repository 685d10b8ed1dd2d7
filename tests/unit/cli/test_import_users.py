# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk import users``: files of other programs, tried first, then done."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.user_imports import guessed, read_people
from helpdesk.core.errors import Invalid, NewPasswordDue
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.users import NewSession, Role
from helpdesk.services.user_import_file import MOST_ROWS, PeopleColumns
from tests.unit.cli.conftest import Run


def written(folder: Path, text: str, encoding: str = "utf-8") -> str:
    path = folder / "people.csv"
    path.write_bytes(text.encode(encoding))
    return str(path)


def test_people_of_a_file_are_tried_and_then_brought_in(
    run: Run, embedded: EmbeddedDesk, tmp_path: Path
):
    embedded.as_system().teams.add(TeamSettings(name="Network"))
    file = written(
        tmp_path,
        "Login;First Name;Last Name;E-Mail;Role;Team\n"
        "gina;Gina;Kim;gina@corp.example;Technician;Network\n"
        "zoe;Zoe;Quist;;;\n",
    )
    before = run("user", "list").out
    tried = run("import", "users", file, "--dry-run")
    assert (tried.code, tried.lines[-1]) == (
        0, "2 would be added, 0 would be changed, 0 would be unchanged, 0 would be refused.",
    )  # fmt: skip
    assert run("user", "list").out == before
    done = run("import", "users", file)
    assert done.lines[-1] == "2 added, 0 changed, 0 unchanged, 0 refused."
    username, password = done.lines[0].split("  ")
    gina = embedded.as_system().users.named("gina")
    assert (username, gina.full_name, gina.role, [team.name for team in gina.teams]) == (
        "gina", "Gina Kim", Role.TECHNICIAN, ["Network"],
    )  # fmt: skip
    with pytest.raises(NewPasswordDue):
        embedded.facade().sessions.sign_in(NewSession(username="gina", password=password))
    assert run("import", "users", file).lines == ["0 added, 0 changed, 2 unchanged, 0 refused."]


def test_a_bad_line_keeps_the_others_out_until_one_says_otherwise(
    run: Run, embedded: EmbeddedDesk, tmp_path: Path
):
    file = written(tmp_path, "username,name,role\ngina,Gina Kim,\neve,Eve Roy,admin\n")
    before = run("user", "list").out
    refused = run("import", "users", file)
    assert refused.code == 1
    assert "line 3: This would make an admin" in refused.err
    assert run("user", "list").out == before
    target = tmp_path / "passwords.csv"
    assert run("import", "users", file, "--skip-bad", "--passwords", str(target)).code == 0
    rows = list(csv.reader(target.read_text(encoding="utf-8-sig").splitlines()))
    assert [(row[1], row[2], bool(row[3])) for row in rows[1:]] == [
        ("gina", "Added", True), ("eve", "Refused", False),
    ]  # fmt: skip
    assert target.stat().st_mode & 0o077 == 0, "it holds passwords"
    assert run("import", "users", file, "--admins", "--skip-bad").code == 0
    assert embedded.as_system().users.named("eve").role is Role.ADMIN


def test_updates_and_columns_are_as_one_says(run: Run, embedded: EmbeddedDesk, tmp_path: Path):
    file = written(tmp_path, "who,called,also\nbob,Robert,Keller\n")
    for arguments, said in (
        ([], "Say which column has the user name; the file has who, called, also."),
        (["--map", "username=nobody"], "There is no column “nobody”"),
    ):
        outcome = run("import", "users", file, *arguments)
        assert (outcome.code, said in outcome.err) == (1, True)
    mapped = ["--map", "username=WHO", "--map", "full_name={called} {also}", "--update"]
    assert run("import", "users", file, *mapped).lines[-1].startswith("0 added, 1 changed")
    assert embedded.as_system().users.named("bob").full_name == "Robert Keller"


def test_who_leaves_can_give_their_tickets_to_somebody(run: Run, embedded: EmbeddedDesk):
    outcome = run("user", "deactivate", "frank", "--tickets-to", "bob")
    assert outcome.lines == ["frank cannot sign in any more; open tickets are with Bob Keller."]
    assert not embedded.as_system().users.named("frank").active


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("sAMAccountName,displayName,mail", {"username", "full_name", "email"}),
        ("User Name,Given-Name,sn,Department", {"username", "full_name", "teams"}),
        ("a,b", set()),
    ],
)
def test_columns_are_guessed(header: str, fields: set[str]):
    assert guessed(header.split(",")).keys() == fields


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_of_any_usual_encoding_are_read(tmp_path: Path, encoding: str):
    path = Path(written(tmp_path, "username;name\nzoe;Zoë Öberg\n", encoding))
    file = read_people(path)
    [row] = file.rows
    assert PeopleColumns(file.header, guessed(file.header)).person(row).full_name == "Zoë Öberg"


def test_a_file_too_long_or_empty_is_refused(tmp_path: Path):
    with pytest.raises(Invalid, match="make several"):
        read_people(Path(written(tmp_path, "username,name\n" + "a,b\n" * (MOST_ROWS + 1))))
    with pytest.raises(Invalid, match="is empty"):
        read_people(Path(written(tmp_path, "")))
