# SPDX-License-Identifier: GPL-3.0-or-later
"""A file is there whole or not at all, whoever stops it and whatever the disk says."""

from __future__ import annotations

import csv
import errno
from pathlib import Path

import pytest

from helpdesk.client.exports import (
    PART,
    NotWritten,
    Stopped,
    export_tickets,
    growing,
    save_report,
)
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
    assert seen == [["tickets.csv", f"tickets.csv{PART}"]] * 2
    assert names_in(tmp_path) == ["tickets.csv"]
    assert target.read_text() == "before"


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
