# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk import tickets``: what is printed, and with which exit code it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.database import SCHEMA_VERSION
from tests.unit.cli.conftest import Run
from tests.unit.importing.exports import EXPORTS

GOOD = (
    "title,status,requester,assignee,kind,colour\n"
    "Printer jams,new,Jane Doe,,Robots,red\n"
    "Wi-Fi is slow,closed,alice,Jim Beam,Network,blue\n"
)
MAPPED = ("--map", "subject=title", "--map", "category=kind")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tickets.csv"
    path.write_text(GOOD)
    return path


def test_an_import_tells_what_it_has_made(run: Run, file):
    outcome = run("import", "tickets", file, *MAPPED)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (
        "2 tickets are imported, with 2 accounts without a password and 1 category.\n"
    )
    assert "jane.doe  user  active  Jane Doe  (cannot sign in: no password)" in (
        run("user", "list").lines
    )
    sound, log, *_ = run("check-db").lines
    assert sound == f"Sound: 2 tickets, 0 comments, schema {SCHEMA_VERSION}."
    assert log.startswith("Audit log: ")


def test_a_dry_run_tells_what_would_happen(run: Run, folder: DataFolder, file):
    before = folder.database.read_bytes()
    outcome = run("import", "tickets", file, *MAPPED, "--dry-run")
    assert outcome.code == 0
    assert outcome.lines == [
        "2 of 2 rows would be imported:",
        "  1 New",
        "  1 Closed",
        "New technicians: Jim Beam",
        "New users: Jane Doe",
        "New categories: Robots",
        "Columns that are not used: colour",
    ]
    assert folder.database.read_bytes() == before


def test_the_export_of_another_help_desk_arrives_once(run: Run, folder: DataFolder, tmp_path):
    export, problems = EXPORTS / "osticket", tmp_path / "problems.csv"
    before = folder.database.read_bytes()
    trial = run("import", "tickets", export, "--from", "osticket", "--dry-run")
    assert (trial.code, trial.lines[0]) == (0, "Would be imported: 4.")
    assert folder.database.read_bytes() == before
    outcome = run("import", "tickets", export, "--from", "osticket", "--problems", problems)
    assert (outcome.code, outcome.lines) == (
        0,
        ["Imported: 4.", "Here already: 0. Refused: 0.", "New accounts, all deactivated: 5."],
    )
    again = run("import", "tickets", export, "--from", "osticket")
    assert again.lines == [
        "Imported: 0.", "Here already: 4. Refused: 0.", "New accounts, all deactivated: 0.",
    ]  # fmt: skip
    assert run("check-db").lines[0].startswith("Sound: 4 tickets, ")


def test_many_names_are_counted(run: Run, tmp_path):
    file = tmp_path / "tickets.csv"
    file.write_text("subject,requester\n" + "".join(f"a,Person {n}\n" for n in range(20)))
    outcome = run("import", "tickets", file, "--dry-run")
    assert outcome.lines[-1].endswith("Person 7 and 12 more")


def test_a_folder_is_told_as_one(run: Run, tmp_path):
    outcome = run("import", "tickets", tmp_path)
    assert (outcome.code, outcome.err) == (1, f"{tmp_path} is a folder; name a CSV file in it.\n")


def test_bad_rows_are_told_and_nothing_is_imported(run: Run, file):
    file.write_text("subject,status\na,new\nb,blue\nc,green\n")
    outcome = run("import", "tickets", file)
    assert outcome.code == 1
    assert outcome.err.splitlines() == [
        "row 3, column status: 'blue' is not a status",
        "row 4, column status: 'green' is not a status",
        "2 of 3 rows cannot be imported, so nothing was; correct them, or add --skip-bad to"
        " import the others.",
    ]
    assert run("check-db").out.startswith("Sound: 0 tickets")


def test_bad_rows_can_be_left_out(run: Run, file):
    file.write_text("subject,status\na,new\nb,blue\n")
    outcome = run("import", "tickets", file, "--skip-bad")
    assert outcome.code == 0
    assert outcome.out == (
        "1 ticket is imported, with 1 account without a password; 1 bad row is left out.\n"
    )


@pytest.mark.parametrize(("option", "code"), [((), 1), (("--skip-bad",), 0)])
def test_a_dry_run_ends_as_the_import_would(run: Run, file, option, code):
    file.write_text("subject,status\na,new\nb,blue\n")
    outcome = run("import", "tickets", file, "--dry-run", *option)
    assert outcome.code == code
    assert outcome.lines[0] == "1 of 2 rows would be imported:"


def test_of_many_bad_rows_a_hundred_are_told(run: Run, file):
    file.write_text("subject,status\n" + "a,blue\n" * 250)
    told = run("import", "tickets", file).err.splitlines()
    assert len(told) == 102
    assert told[-2] == "and 150 more bad rows"


def test_the_same_file_needs_again(run: Run, file):
    run("import", "tickets", file, *MAPPED)
    for option in ([], ["--dry-run"]):
        outcome = run("import", "tickets", file, *MAPPED, *option)
        assert outcome.code == 1
        assert "add --again" in outcome.err
    assert run("import", "tickets", file, *MAPPED, "--again").code == 0
    assert run("check-db").out.startswith("Sound: 4 tickets")


def test_encoding_and_delimiter_can_be_named(run: Run, file):
    file.write_bytes("subject|requester\nDrucker|Jürgen\n".encode("cp1252"))
    assert "--encoding cp1252" in run("import", "tickets", file, "--delimiter", "|").err
    named = run("import", "tickets", file, "--delimiter", "|", "--encoding", "cp1252")
    assert named.code == 0
    assert "Jürgen" in run("user", "list").out


def test_a_tab_can_be_named(run: Run, file):
    file.write_text("subject\tdescription, with a comma\na, b\tc\n")
    assert run("import", "tickets", file, "--delimiter", "tab").code == 0


def test_columns_that_are_missing_are_told(run: Run, file):
    outcome = run("import", "tickets", file)
    assert outcome.code == 1
    assert outcome.err == (
        "Neither a column 'subject' nor 'description' is there; name one, such as"
        " --map subject=COLUMN. The file has the columns: title, status, requester, assignee,"
        " kind, colour.\n"
    )


def test_numbers_of_any_program_need_the_name_of_their_system(run: Run, file):
    refused = run("import", "tickets", "--from", "csv", file)
    assert refused.code == 1
    assert "--source tickets" in refused.err
    first = run("import", "tickets", "--from", "csv", "--source", "north", file)
    assert first.lines[0] == "Imported: 2."
    again = run("import", "tickets", "--from", "csv", "--source", "north", file)
    assert again.lines[:2] == ["Imported: 0.", "Here already: 2. Refused: 0."]
    # Another system begins with the same numbers.
    other = run("import", "tickets", "--from", "csv", "--source", "south", file)
    assert other.lines[0] == "Imported: 2."


@pytest.mark.parametrize(
    ("zone", "created"),
    [((), "09:30"), (("--zone", "Europe/Berlin"), "08:30")],
    ids=["utc", "zone"],
)
def test_times_without_an_offset_are_of_the_zone_that_is_named(
    run: Run, folder: DataFolder, zone: tuple[str, ...], created: str
):
    outcome = run("import", "tickets", EXPORTS / "osticket", "--from", "osticket", *zone)
    assert outcome.code == 0
    desk = EmbeddedDesk.open(folder, settings_module.load(folder))
    try:
        found = desk.as_system().tickets.search(TicketQuery(text="VPN drops"))
    finally:
        desk.close()
    assert [f"{row.created_at:%F %H:%M}" for row in found.items] == [f"2024-03-01 {created}"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--zone", "Europe/Berlin"), "--zone is for osTicket, Zammad and FreeScout"),
        (("--from", "csv", "--zone", "UTC"), "--zone is for osTicket, Zammad and FreeScout"),
        (("--from", "osticket", "--zone", "Nowhere"), "There is no time zone Nowhere"),
    ],
)
def test_a_zone_that_cannot_be_used_is_refused(run: Run, file, options, said):
    outcome = run("import", "tickets", file, *options)
    assert outcome.code == 1
    assert outcome.err.startswith(said)
