# SPDX-License-Identifier: GPL-3.0-or-later
"""A file is there whole or not at all, whoever stops it and whatever the disk says."""

from __future__ import annotations

import csv
import errno
import os
import re
import stat
from pathlib import Path

import pytest

from helpdesk.client.exports import (
    PART,
    NotWritten,
    Stopped,
    export_audit,
    export_tickets,
    growing,
    note_report,
    save_report,
)
from helpdesk.core.schemas.audit import AuditAction, AuditQuery
from helpdesk.core.schemas.figures import Period, Span
from helpdesk.core.schemas.reports import FileFormat, ReportKind, ReportRequest
from helpdesk.core.schemas.tickets import NewTicket, TicketQuery
from helpdesk.repositories import ticket_pages
from tests.conftest import SignIn
from tests.unit.reporting.reports import report

COUNT, AT_ONCE = 7, 3


@pytest.fixture(autouse=True)
def _few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket_pages, "LINES_AT_ONCE", AT_ONCE)


@pytest.fixture
def tickets(sign_in: SignIn) -> None:
    for number in range(COUNT):
        subject = f"=1+{number}, „Drucker“" if number % 2 else f"VPN {number}"
        sign_in("alice").tickets.open(NewTicket(subject=subject, category_id=1))


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if each.is_file())


@pytest.mark.usefixtures("tickets")
def test_all_that_matches_is_written_and_how_far_is_told(sign_in: SignIn, tmp_path: Path):
    target, told = tmp_path / "tickets.csv", []
    done = export_tickets(
        sign_in("bob"), TicketQuery(), target, progress=lambda *how_far: told.append(how_far)
    )
    assert done == COUNT
    assert told == [(3, 7), (6, 7), (7, 7)]
    with target.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert head[:2] == ["Number", "Subject"]
    assert [row[1] for row in rows][:2] == ["VPN 0", "'=1+1, „Drucker“"]
    assert export_tickets(sign_in("bob"), TicketQuery(text="vpn"), target, bom=False) == 4
    assert target.read_bytes().startswith(b"Number,")
    assert names_in(tmp_path) == ["tickets.csv"]


@pytest.mark.usefixtures("tickets")
def test_who_stops_it_keeps_what_was_there(sign_in: SignIn, tmp_path: Path):
    target = tmp_path / "tickets.csv"
    target.write_text("before")
    seen: list[list[str]] = []

    def stop_at_half() -> bool:
        seen.append(names_in(tmp_path))
        return len(seen) == 2

    with pytest.raises(Stopped):
        export_tickets(sign_in("bob"), TicketQuery(), target, is_stopped=stop_at_half)
    assert seen[0] == seen[1]
    own, part = seen[0]
    assert own == "tickets.csv"
    assert re.fullmatch(rf"tickets\.csv\.[0-9a-f]+{re.escape(PART)}", part)
    assert names_in(tmp_path) == ["tickets.csv"]
    assert target.read_text() == "before"


@pytest.mark.usefixtures("tickets")
def test_what_is_taken_out_is_entered_before_its_first_row_leaves(sign_in: SignIn, tmp_path: Path):
    query = TicketQuery(text="vpn", unassigned=True)
    with pytest.raises(Stopped):
        export_tickets(sign_in("bob"), query, tmp_path / "t.csv", is_stopped=lambda: True)
    dana = sign_in("dana")
    dana.reports.make(ReportRequest(kind=ReportKind.SUMMARY))
    note_report(dana, report("x"), FileFormat.PDF)
    log = tmp_path / "audit.csv"
    assert export_audit(dana, AuditQuery(actions=(AuditAction.EXPORTED,)), log) == 3
    with log.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Name"] for row in rows] == ["Report", "Report", "Tickets"]
    (newest,) = dana.audit.search(AuditQuery(limit=1)).items
    assert newest.about_name == "Audit"
    assert rows[2]["Who"] == "Bob Keller"
    assert rows[2]["Changes"] == "Part:  -> text: vpn; unassigned: True"


@pytest.mark.parametrize("told_before", [0, 1, 3, 4])
@pytest.mark.usefixtures("tickets")
def test_it_is_stopped_up_to_the_moment_in_which_it_gets_its_name(
    sign_in: SignIn, tmp_path: Path, told_before: int
):
    """After each page of three, and then once more: the last page is no exception."""
    target, asked = tmp_path / "tickets.csv", []
    target.write_text("before")

    def is_stopped() -> bool:
        asked.append(1)
        return len(asked) > told_before

    if told_before < 4:
        with pytest.raises(Stopped):
            export_tickets(sign_in("bob"), TicketQuery(), target, is_stopped=is_stopped)
        assert target.read_text() == "before"
    else:
        assert export_tickets(sign_in("bob"), TicketQuery(), target, is_stopped=is_stopped) == COUNT
    assert names_in(tmp_path) == ["tickets.csv"]


def test_a_report_is_stopped_up_to_that_moment_too(tmp_path: Path):
    target, answers = tmp_path / "r.csv", iter([False, True])
    target.write_text("before")
    with pytest.raises(Stopped):
        save_report(report("x"), target, FileFormat.CSV, is_stopped=lambda: next(answers))
    assert names_in(tmp_path) == ["r.csv"]
    assert target.read_text() == "before"


def test_two_into_one_place_mix_nothing_and_leave_what_is_not_theirs(tmp_path: Path):
    target, own = tmp_path / "a.csv", tmp_path / f"a.csv{PART}"
    own.write_text("mine")
    with growing(target) as first:
        first.write(b"A" * 10)
        first.flush()
        with growing(target) as second:
            second.write(b"BBB")
        assert target.read_bytes() == b"BBB"
        first.write(b"A" * 10)
    assert target.read_bytes() == b"A" * 20
    if os.name == "posix":
        # Nobody else on the machine reads what somebody took out of the desk.
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert own.read_text() == "mine"
    assert names_in(tmp_path) == ["a.csv", own.name]


def break_off(target: Path, error: BaseException) -> None:
    """Write half of a file, and raise something then."""
    with growing(target) as file:
        file.write(b"half")
        raise error


def test_whatever_is_raised_leaves_nothing(tmp_path: Path):
    for kind in (KeyboardInterrupt, ZeroDivisionError):
        with pytest.raises(kind):
            break_off(tmp_path / "a.csv", kind())
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "There is no room left for a.csv; free some, or choose another place."),
        (errno.EACCES, "a.csv cannot be written (Permission denied); choose another place."),
    ],
)
def test_what_the_disk_refuses_is_one_sentence(tmp_path: Path, number: int, sentence: str):
    with pytest.raises(NotWritten) as caught:
        break_off(tmp_path / "a.csv", OSError(number, "Permission denied"))
    assert str(caught.value) == sentence
    assert names_in(tmp_path) == []


def test_a_folder_that_is_missing_or_in_the_way_is_told_of(tmp_path: Path):
    (tmp_path / "there.pdf").mkdir()
    for target in (tmp_path / "none" / "a.pdf", tmp_path / "there.pdf"):
        with pytest.raises(NotWritten, match="choose another place"):
            save_report(report("x"), target, FileFormat.PDF)
    assert names_in(tmp_path) == []


def test_both_kinds_of_a_report_are_written(sign_in: SignIn, tmp_path: Path):
    made = sign_in("bob").reports.make(
        ReportRequest(kind=ReportKind.SUMMARY, span=Span(period=Period.TODAY))
    )
    for kind, begin in ((FileFormat.PDF, b"%PDF-"), (FileFormat.CSV, b"\xef\xbb\xbfReport,")):
        save_report(made, tmp_path / f"r.{kind}", kind)
        assert (tmp_path / f"r.{kind}").read_bytes().startswith(begin)
