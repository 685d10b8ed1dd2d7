# SPDX-License-Identifier: GPL-3.0-or-later
"""Importing tickets: what is understood, what is refused in which words, and what comes of it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import Conflict, Invalid, ReadOnly
from helpdesk.core.schemas.tickets import Priority, Status, TicketQuery, TicketView
from helpdesk.core.schemas.users import Leaving, Role, UserQuery, UserView
from helpdesk.core.text import BODY_LIMIT
from helpdesk.database.bulk import bulk_reading
from helpdesk.database.checks import examine
from helpdesk.jobs.sla import keep_clocks
from helpdesk.services import import_people, import_rows, imports
from helpdesk.services.import_columns import FIELDS, Mapping
from helpdesk.services.import_values import PRIORITY_WORDS, STATUS_WORDS
from helpdesk.services.imports import Survey, TicketImport, survey, write
from tests.conftest import SettableClock, SignIn
from tests.matrix import LOCAL

# Who imports has the database at hand: no server has an operation for it.
pytestmark = pytest.mark.desk_kinds(*LOCAL)

ROOT = Path(__file__).parents[3]
REAL = ROOT.parent / "shared" / "data" / "dev"


class Importer:
    """Imports files that a test writes into a desk, and looks at what came of it."""

    def __init__(self, desk: EmbeddedDesk, settings, clock: SettableClock, folder: Path) -> None:
        self.desk = desk
        self.settings = settings
        self.clock = clock
        self.folder = folder
        self.mapped: tuple[str, ...] = ()
        self.options: dict[str, object] = {}

    def wanted(self, content: str | bytes | Path) -> TicketImport:
        file = content if isinstance(content, Path) else self.folder / "tickets.csv"
        if isinstance(content, str):
            content = content.encode()
        if isinstance(content, bytes):
            file.write_bytes(content)
        mappings = tuple(map(Mapping.parse, self.mapped))
        return TicketImport(file, mappings, **self.options)  # type: ignore[arg-type]

    def survey(self, content: str | bytes | Path) -> Survey:
        return survey(self.desk.database, self.wanted(content), now=self.clock())

    def run(self, content: str | bytes | Path) -> list[TicketView]:
        """Import a file and return the tickets that were not there before, oldest row first."""
        before = self.newest()
        wanted = self.wanted(content)
        found = survey(self.desk.database, wanted, now=self.clock())
        count = write(self.desk.database, self.settings, wanted, found, now=self.clock())
        tickets = self.desk.as_system().tickets
        views = [tickets.view(id_) for id_ in range(before + 1, self.newest() + 1)]
        assert len(views) == count
        return views

    def newest(self) -> int:
        """Return the largest id; none has ever been given away."""
        return self.desk.as_system().tickets.count(TicketQuery()).count

    def account(self, username: str) -> UserView:
        return self.desk.as_system().users.named(username)

    def accounts(self) -> set[str]:
        page = self.desk.as_system().users.search(UserQuery(limit=200))
        return {user.username for user in page.items}

    def complaint(self, content: str | bytes) -> str:
        """Return the one bad row of a file, and see that nothing is imported for it."""
        found = self.survey(content)
        assert found.bad_rows == 1
        with pytest.raises(Invalid, match=r"so nothing was|No row of"):
            self.run(content)
        assert self.newest() == 0
        return found.complaints[0]


@pytest.fixture
def importer(embedded, settings, clock, tmp_path) -> Importer:
    return Importer(embedded, settings, clock, tmp_path)


def table(*rows: Sequence[str], delimiter: str = ",") -> str:
    import io

    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def row_of(importer: Importer, **fields: str) -> TicketView:
    """Import one ticket with these fields."""
    fields = {"subject": "Printer jams", **fields}
    (view,) = importer.run(table(tuple(fields), tuple(fields.values())))
    return view


# --- a whole row ---


def test_a_whole_row_becomes_a_ticket(importer: Importer):
    view = row_of(
        importer,
        description="Every second page.",
        status="closed",
        priority="1 - Critical",
        category="printing",
        requester="Alice Moreau",
        assignee="BOB",
        created_at="2026-01-31 09:00",
        resolved_at="2026-01-31T12:00:00+01:00",
        closed_at="2026-02-01",
    )
    assert (view.subject, view.description) == ("Printer jams", "Every second page.")
    assert (view.status, view.priority) == (Status.CLOSED, Priority.URGENT)
    assert view.category is not None
    assert view.category.name == "Printing"
    assert view.requester.full_name == "Alice Moreau"
    assert view.assignee is not None
    assert view.assignee.full_name == "Bob Keller"
    assert view.created_at == datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
    assert view.resolved_at == datetime(2026, 1, 31, 11, 0, tzinfo=UTC)
    assert view.closed_at == view.updated_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert view.resolution_due == datetime(2026, 1, 31, 13, 0, tzinfo=UTC)
    assert view.first_responded_at is None
    assert view.source.value == "import"
    (event,) = view.events
    assert (event.kind, event.actor, event.at) == ("imported", None, importer.clock())


def test_imported_tickets_get_clocks_that_have_run_since_they_were_opened(importer: Importer):
    keep_clocks(importer.desk, importer.clock())
    view = row_of(importer, priority="high", created_at="2026-11-23 06:00")
    assert view.clock is None
    assert keep_clocks(importer.desk, importer.clock()) == 1
    view = importer.desk.as_system().tickets.view(view.id)
    assert view.clock is not None
    assert view.clock.due == view.first_response_due == view.created_at + timedelta(hours=4)
    assert keep_clocks(importer.desk, importer.clock()) == 0


def test_imported_tickets_can_be_worked(importer: Importer, sign_in: SignIn):
    from helpdesk.core.schemas.tickets import NewComment

    view = row_of(importer, requester="alice", description="Since the storm")
    alice, bob = sign_in("alice"), sign_in("bob")
    assert [row.id for row in alice.tickets.search(TicketQuery(text="storm")).items] == [view.id]
    answered = bob.tickets.comment(view.id, NewComment(body="Coming over."))
    assert answered.status is Status.IN_PROGRESS
    assert examine(importer.desk.database).findings == ()


def test_a_desk_stays_sound_whatever_the_order_of_imports(importer: Importer):
    importer.run(table(["subject"], *[[f"First {n}"] for n in range(30)]))
    importer.run(table(["subject"], *[[f"Second {n}"] for n in range(30)]))
    assert examine(importer.desk.database)[:2] == ((), 60)


# --- columns ---


def test_columns_are_found_in_any_case(importer: Importer):
    (view,) = importer.run("SUBJECT, Created At ,Colour\nPrinter jams,2026-01-31,green\n")
    assert view.created_at == datetime(2026, 1, 31, tzinfo=UTC)
    assert importer.survey(importer.folder / "tickets.csv").unused_columns == ("Colour",)


def test_a_mapping_wins_over_a_column_of_the_name(importer: Importer):
    importer.mapped = ("subject=title",)
    (view,) = importer.run("subject,title\nwrong,right\n")
    assert view.subject == "right"


def test_a_template_joins_columns(importer: Importer):
    importer.mapped = ("subject={number}: {symptom} ({place})",)
    views = importer.run("number,symptom,place\nINC1,Jam,Hall\nINC2,,\n,,\n,Jam,\n")
    assert [view.subject for view in views] == ["INC1: Jam (Hall", "INC2", "Jam"]


def test_a_value_can_be_the_same_in_every_row(importer: Importer):
    importer.mapped = ("priority==high", "requester==alice", "category==Robots")
    views = importer.run("subject\nOne\nTwo\n")
    assert {view.priority for view in views} == {Priority.HIGH}
    assert {view.requester.full_name for view in views} == {"Alice Moreau"}
    assert {view.category.name for view in views if view.category} == {"Robots"}


@pytest.mark.parametrize(
    ("mapped", "header", "sentence"),
    [
        (("subject=titel",), "title,text", "There is no column 'titel'. The file has the columns:"),
        (("subject={a}-{b}",), "a", "There is no column 'b'. The file has the columns: a."),
        ((), "title,text", "Neither a column 'subject' nor 'description' is there;"),
        ((), "title,text", "The file has the columns: title, text."),
        ((), "subject,Subject", "The column 'subject' is there 2 times"),
        (("subject=a", "subject=b"), "a,b", "The field subject is mapped twice"),
        (("subject=a", "subject=a"), "a,b", "The field subject is mapped twice"),
    ],
    ids=["name", "template", "neither", "found", "duplicate", "twice", "the same twice"],
)
def test_columns_that_do_not_fit_are_told(importer: Importer, mapped, header, sentence):
    importer.mapped = mapped
    content = f"{header}\n{'x,' * header.count(',')}x\n"
    if header == "subject,Subject":
        content = "SUBJECT,Subject\nx,y\n"
    with pytest.raises(Invalid) as told:
        importer.survey(content)
    assert sentence in str(told.value)


def test_a_duplicate_that_nobody_needs_is_no_matter(importer: Importer):
    (view,) = importer.run("subject,comment,comment\nPrinter jams,a,b\n")
    assert view.subject == "Printer jams"


@pytest.mark.parametrize("text", ["subject", "subject=", "colour=red", "=title"])
def test_what_is_no_mapping_is_refused(text):
    with pytest.raises(ValueError, match=r"is not FIELD=COLUMN|there is no field"):
        Mapping.parse(text)


# --- the file ---


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_found(importer: Importer, delimiter, line_end):
    content = table(
        ["subject", "description"],
        ["Jam, again; and \t again", "First line\nsecond; line, of\tit"],
        ["Second", "other"],
        delimiter=delimiter,
    )
    views = importer.run(content.replace("\n", line_end))
    assert [view.subject for view in views] == ["Jam, again; and   again", "Second"]
    assert views[0].description == "First line\nsecond; line, of\tit"


def test_a_delimiter_can_be_named(importer: Importer):
    importer.options = {"delimiter": "|"}
    (view,) = importer.run("subject|description\na,b|c;d\n")
    assert (view.subject, view.description) == ("a,b", "c;d")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marked_encodings_are_found(importer: Importer, encoding):
    (view,) = importer.run("subject\nDrucker für Žofie – 紙詰まり 🖨\n".encode(encoding))
    assert view.subject == "Drucker für Žofie – 紙詰まり 🖨"


@pytest.mark.parametrize(
    ("named", "actual"),
    [("cp1252", "cp1252"), ("utf-8", "utf-8-sig"), ("UTF8", "utf-8-sig"), ("utf-16-le", "utf-16")],
)
def test_an_encoding_can_be_named(importer: Importer, named, actual):
    importer.options = {"encoding": named}
    (view,) = importer.run("subject\nDrucker für Jürgen\n".encode(actual))
    assert view.subject == "Drucker für Jürgen"


def test_text_in_an_unknown_encoding_is_never_guessed(importer: Importer):
    with pytest.raises(
        Invalid, match=r"is not UTF-8 text \(line 3, byte 0xfc\).*--encoding cp1252"
    ):
        importer.survey("subject\nSlow\nDrucker für Jürgen\n".encode("cp1252"))


def test_the_wrong_encoding_named_is_told(importer: Importer):
    importer.options = {"encoding": "ascii"}
    with pytest.raises(Invalid, match=r"is not ASCII text .* name another one"):
        importer.survey("subject\nDrucker für Jürgen\n")


@pytest.mark.parametrize("name", ["utf-8", "UTF8", "utf-8-sig"])
def test_utf_8_named_for_what_is_none_is_answered_with_what_it_may_be(importer: Importer, name):
    importer.options = {"encoding": name}
    with pytest.raises(Invalid, match=r"line 2, byte 0xfc.*another one, such as --encoding cp1252"):
        importer.survey("subject\nDrucker für Jürgen\n".encode("cp1252"))


@pytest.mark.parametrize("name", ["klingon", "rot13", "base64", "a\0b", "", " "])
def test_an_encoding_that_is_none_is_told(importer: Importer, name):
    importer.options = {"encoding": name}
    with pytest.raises(Invalid, match="There is no encoding called"):
        importer.survey("subject\nx\n")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n\n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"subject,description\n", "has no rows below its header"),
        (b"subject,description\n,\n\n", "has no rows below its header"),
        ("subject\nx\n".encode("utf-16-le"), "--encoding utf-16-le"),
        (b"PK\x03\x04workbook", "save it as CSV"),
        (b"\xd0\xcf\x11\xe0workbook", "save it as CSV"),
        (b'"subject', "The header of"),
        (b"a," * 3_000, "more than 2,000 columns"),
        (b"a\x00b\nx\n", "is not UTF-8 text"),
    ],
    ids=[
        "empty",
        "blank",
        "mark",
        "header",
        "blanks",
        "utf-16",
        "xlsx",
        "xls",
        "quote",
        "wide",
        "nul",
    ],
)
def test_what_is_no_table_is_told(importer: Importer, content, sentence):
    with pytest.raises(Invalid) as told:
        importer.survey(content)
    assert sentence in str(told.value)


@pytest.mark.parametrize(
    ("name", "sentence"), [("nowhere.csv", "There is no file at"), ("", "is a folder; name a CSV")]
)
def test_a_file_that_is_not_there_is_told(importer: Importer, tmp_path, name, sentence):
    path = tmp_path / name
    with pytest.raises(Invalid, match=sentence):
        importer.survey(path)


def test_rows_are_numbered_as_a_spreadsheet_does(importer: Importer):
    content = 'subject,status\n"two\nlines",new\n\n,,\nbad,blue\n'
    assert importer.complaint(content) == "row 5, column status: 'blue' is not a status"


def test_short_rows_count_as_empty_at_the_end(importer: Importer):
    (view,) = importer.run("subject,description,priority\nPrinter jams\n")
    assert (view.subject, view.description) == ("Printer jams", "")


def test_rows_that_are_too_long_are_bad(importer: Importer):
    told = importer.complaint("subject,description\nprinter, again jams, badly\n")
    assert told.startswith("row 2: has 3 cells where the header has 2;")
    (view,) = importer.run("subject,description\na,b,,\n")
    assert view.description == "b"


# --- quotes and sizes ---


def test_a_quote_that_is_never_closed_is_told(importer: Importer):
    content = 'subject\nfine\n"never closed\nand so\non\n'
    assert importer.complaint(content) == (
        "row 3: a quotation mark opens a field and is never closed (lines 3 to 5 of the file)"
    )


def test_text_behind_a_closing_quote_is_told(importer: Importer):
    told = importer.complaint('subject,description\n"a" b,c\nfine,fine\n')
    assert told.startswith("row 2: text follows a closing quotation mark;")
    importer.options = {"skip_bad": True}
    (view,) = importer.run('subject,description\n"a" b,c\nfine,fine\n')
    assert view.subject == "fine"


def test_a_quotation_mark_inside_is_text(importer: Importer):
    (view,) = importer.run('subject,description\n5" disk,"He said ""no"""\n')
    assert (view.subject, view.description) == ('5" disk', 'He said "no"')


@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("size", [BODY_LIMIT + 1, 10_000_000])
def test_a_field_that_is_too_large_is_one_bad_row(importer: Importer, size, quoted):
    text = "x" * size
    text = f'"{text}"' if quoted else text
    content = f"subject,description\nbefore,a\nlarge,{text}\nafter,b\n"
    assert importer.complaint(content).startswith("row 3: a field has more than 1,000,000")
    importer.options = {"skip_bad": True}
    assert [view.subject for view in importer.run(content)] == ["before", "after"]


def test_a_field_as_large_as_it_may_be_is_kept(importer: Importer):
    text = "ab " * (BODY_LIMIT // 3)
    (view,) = importer.run(f'subject,description\nlarge,"{text}c"\n')
    assert len(view.description) == BODY_LIMIT


@pytest.mark.parametrize(
    ("field", "limit"),
    [("subject", 250), ("requester", 200), ("assignee", 200), ("category", 200)],
)
def test_names_and_subjects_have_limits(importer: Importer, field, limit):
    header = ["description", field]
    told = importer.complaint(table(header, ["x", "y" * (limit + 1)]))
    assert told.startswith(f"row 2, column {field}: '{'y' * 59}…'")
    assert f"{limit}" in told
    importer.run(table(header, ["x", "y" * limit]))


def test_what_cannot_be_stored_is_replaced(importer: Importer):
    (view,) = importer.run(b'subject,description\na\x00b,"c\x00d\r\ne\x02"\n')
    assert view.subject == "a\ufffdb"
    assert view.description == "c\ufffdd\ne\ufffd"


def test_half_a_surrogate_pair_is_replaced(importer: Importer):
    importer.options = {"encoding": "raw_unicode_escape"}
    (view,) = importer.run(rb"subject" + b"\n" + rb"a\ud800b" + b"\n")
    assert view.subject == "a\ufffdb"


def test_control_characters_do_not_get_into_subjects(importer: Importer):
    (view,) = importer.run('subject\n"Printer\r\n\x1b[31mjams"\n')
    assert view.subject == "Printer [31mjams"


def test_a_subject_is_made_of_the_first_line(importer: Importer):
    (view,) = importer.run('description\n"\n  The printer jams.\nAgain."\n')
    assert view.subject == "The printer jams."


def test_a_row_without_any_text_of_its_own_is_bad(importer: Importer):
    told = importer.complaint("subject,description,status\n, ,new\n")
    assert told == "row 2: has neither a subject nor a description"


# --- values ---


@pytest.mark.parametrize("status", Status)
def test_statuses_are_understood(importer: Importer, status: Status):
    words = [*STATUS_WORDS[status], status.value, status.label, status.value.upper()]
    views = importer.run(table(["subject", "status"], *[[word, word] for word in words]))
    assert {view.status for view in views} == {status}


@pytest.mark.parametrize("priority", Priority)
def test_priorities_are_understood(importer: Importer, priority: Priority):
    words = [*PRIORITY_WORDS[priority], priority.value, priority.label]
    words += [f"2 - {word.title()}" for word in words] + [f"3 {word}" for word in words]
    views = importer.run(table(["subject", "priority"], *[[word, word] for word in words]))
    assert {view.priority for view in views} == {priority}


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31 14:30",
        "2026-01-31T14:30:00Z",
        "2026-01-31T15:30:00+01:00",
        "2026-01-31 15:30:00 +0100",
        "2026-01-31 14:30:00.000000",
        "2026/01/31 14:30",
        "2026.1.31 14:30 UTC",
        "20260131T143000",
        " 2026-01-31T14:30 GMT ",
    ],
)
def test_dates_are_understood(importer: Importer, text):
    assert row_of(importer, created_at=text).created_at == datetime(2026, 1, 31, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("created_at", "31/31/2026", "'31/31/2026' is not a date; write it like"),
        ("created_at", "03/04/2026", "'03/04/2026' is not a date"),
        ("created_at", "yesterday", "'yesterday' is not a date"),
        ("created_at", "2026-02-30", "'2026-02-30' is not a date"),
        ("created_at", "9999-12-31T23:59:59-14:00", "is not a date"),
        ("created_at", "46053", "'46053' is not a date"),
        ("created_at", "1899-12-30", "'1899-12-30' is too long ago"),
        ("created_at", "2027-01-01", "'2027-01-01' lies in the future"),
        ("closed_at", "2027-01-01", "'2027-01-01' lies in the future"),
        ("status", "blue", "'blue' is not a status"),
        ("status", "-100", "'-100' is not a status"),
        ("priority", "blue", "'blue' is not a priority"),
        ("priority", "1", "'1' is not a priority"),
        ("priority", "x" * 100, "'" + "x" * 59 + "…' is not a priority"),
        ("assignee", "alice", "'alice' is not staff; make that account a technician first"),
    ],
)
def test_what_is_not_understood_is_told(importer: Importer, field, value, problem):
    told = importer.complaint(table(["subject", field], ["Printer jams", value]))
    assert told.startswith(f"row 2, column {field}: ")
    assert problem in told


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"resolved_at": "2026-01-30"}, "column resolved_at: '2026-01-30 00:00' lies before the c"),
        ({"closed_at": "2026-01-30"}, "column closed_at: '2026-01-30 00:00' lies before the crea"),
        (
            {"resolved_at": "2026-02-03", "closed_at": "2026-02-02"},
            "column closed_at: '2026-02-02 00:00' lies before the resolution",
        ),
    ],
)
def test_times_do_not_run_backwards(importer: Importer, fields, problem):
    fields = {"subject": "x", "created_at": "2026-01-31", **fields}
    assert problem in importer.complaint(table(tuple(fields), tuple(fields.values())))


CREATED, RESOLVED, CLOSED = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (Status.NEW, None, None)),
        ({"assignee": "bob"}, (Status.OPEN, None, None)),
        ({"status": "new", "assignee": "bob"}, (Status.OPEN, None, None)),
        ({"resolved_at": "2026-01-02"}, (Status.RESOLVED, RESOLVED, None)),
        ({"closed_at": "2026-01-03"}, (Status.CLOSED, CLOSED, CLOSED)),
        (
            {"resolved_at": "2026-01-02", "closed_at": "2026-01-03"},
            (Status.CLOSED, RESOLVED, CLOSED),
        ),
        ({"status": "open", "resolved_at": "2026-01-02"}, (Status.OPEN, None, None)),
        ({"status": "resolved"}, (Status.RESOLVED, CREATED, None)),
        ({"status": "resolved", "closed_at": "2026-01-03"}, (Status.RESOLVED, CLOSED, None)),
        ({"status": "closed", "resolved_at": "2026-01-02"}, (Status.CLOSED, RESOLVED, RESOLVED)),
        ({"status": "closed"}, (Status.CLOSED, CREATED, CREATED)),
    ],
)
def test_status_and_times_agree(importer: Importer, fields, expected):
    view = row_of(importer, created_at="2026-01-01", **fields)
    assert (view.status, view.resolved_at, view.closed_at) == expected
    assert examine(importer.desk.database).findings == ()


def test_a_time_of_creation_is_found_where_there_is_none(importer: Importer):
    assert row_of(importer).created_at == importer.clock()
    assert row_of(importer, resolved_at="2026-01-02").created_at == RESOLVED


# --- people and categories ---


@pytest.mark.parametrize(
    "text",
    [
        "alice",
        "ALICE",
        "Alice Moreau",
        " alice moreau ",
        "alice@corp.example",
        "A <Alice@corp.example>",
    ],
)
def test_people_are_found_by_any_name(importer: Importer, text):
    before = importer.accounts()
    assert row_of(importer, requester=text).requester.full_name == "Alice Moreau"
    assert importer.accounts() == before


@pytest.mark.parametrize(
    ("text", "username", "full_name", "email"),
    [
        ("Jane Doe", "jane.doe", "Jane Doe", None),
        ("Jörg Müller-Lüdenscheidt", "jörg.müller-lüdenscheidt", "Jörg Müller-Lüdenscheidt", None),
        ("jane.doe@corp.example", "jane.doe", "Jane Doe", "jane.doe@corp.example"),
        ("Doe, Jane <jd@corp.example>", "jd", "Doe, Jane", "jd@corp.example"),
        ("Caller 2403", "caller.2403", "Caller 2403", None),
        ("???", "person", "???", None),
        ("佐藤", "佐藤", "佐藤", None),
        ("Alice", None, None, None),
    ],
)
def test_who_is_unknown_gets_an_account(importer: Importer, text, username, full_name, email):
    view = row_of(importer, requester=text)
    if username is None:
        assert view.requester.full_name == "Alice Moreau"
        return
    user = importer.account(username)
    assert (user.full_name, user.email, user.role) == (full_name, email, Role.USER)
    assert view.requester == type(view.requester)(id=user.id, full_name=user.full_name)
    assert not user.password_set


def test_a_taken_user_name_gets_a_number(importer: Importer):
    importer.run("subject,requester\na,bob@elsewhere.example\nb,bob@third.example\n")
    assert importer.account("bob2").email == "bob@elsewhere.example"
    assert importer.account("bob3").email == "bob@third.example"


def test_the_same_person_gets_one_account(importer: Importer):
    before = importer.accounts()
    views = importer.run("subject,requester\na,Jane Doe\nb,JANE DOE\nc,jane.doe\n")
    assert len({view.requester.id for view in views}) == 1
    assert importer.accounts() - before == {"jane.doe"}


def test_whoever_is_assigned_becomes_a_technician(importer: Importer):
    importer.run("subject,requester,assignee\na,Jane Doe,\nb,alice,Jane Doe\n")
    assert importer.account("jane.doe").role is Role.TECHNICIAN


def test_a_shared_name_is_not_guessed(importer: Importer):
    importer.run("subject,requester\na,Jo Fox <a@x.example>\nb,Jo Fox <b@x.example>\n")
    found = importer.survey("subject,requester\na,Jo Fox\nb,a@x.example\n")
    assert found.complaints == [
        "row 2, column requester: 'Jo Fox' is the name of several accounts; write the user name"
    ]


def test_somebody_deactivated_keeps_only_what_is_done(importer: Importer, sign_in: SignIn):
    users = importer.desk.as_system().users
    bob = users.named("bob")
    users.deactivate(bob.id, Leaving(version=bob.version))
    told = importer.survey("subject,assignee\nx,bob\n").complaints
    assert told == ["row 2, column assignee: 'bob' is deactivated and cannot have an open ticket"]
    view = row_of(importer, assignee="bob", status="closed")
    assert view.assignee is not None
    assert view.assignee.id == bob.id


def test_without_a_requester_somebody_stands_in(importer: Importer):
    views = importer.run("subject,requester\na,\nb,\n")
    assert {view.requester.full_name for view in views} == {"Unknown requester"}
    assert row_of(importer).requester == views[0].requester


def test_categories_are_found_and_made(importer: Importer):
    views = importer.run("subject,category\na,NETWORK\nb,Robots\nc,robots\nd,\n")
    names = [view.category.name if view.category else None for view in views]
    assert names == ["Network", "Robots", "Robots", None]
    chosen = [category.name for category in importer.desk.as_system().tickets.categories()]
    assert chosen[-1] == "Robots"
    assert chosen.count("Robots") == 1


def test_bad_rows_make_no_people_and_categories(importer: Importer):
    importer.options = {"skip_bad": True}
    before = importer.accounts()
    found = importer.survey(
        "subject,requester,category,assignee\nbad,Jane Doe,Robots,alice\ngood,erin,Lifts,\n"
    )
    assert (found.bad_rows, found.new_people, found.new_categories) == (1, [], ["Lifts"])
    importer.run(importer.folder / "tickets.csv")
    assert importer.accounts() == before


@pytest.mark.parametrize(
    ("module", "name", "header", "sentence"),
    [
        (import_rows, "MOST_NEW_CATEGORIES", "category", "more than 3 categories"),
        (import_people, "MOST_NEW_PEOPLE", "requester", "more than 3 accounts"),
    ],
)
def test_the_wrong_column_is_noticed(
    importer: Importer, monkeypatch, module, name, header, sentence
):
    monkeypatch.setattr(module, name, 3)
    content = table(["subject", header], *[["x", f"all different {n}"] for n in range(5)])
    with pytest.raises(Invalid, match=sentence):
        importer.survey(content)


# --- bad rows, repetition, reports ---


def test_one_bad_row_keeps_all_rows_out(importer: Importer):
    content = "subject,created_at\na,2026-01-01\nb,31/31/2026\nc,2026-01-01\n"
    told = importer.complaint(content)
    assert told.startswith("row 3, column created_at: '31/31/2026' is not a date")
    assert importer.accounts() == {"alice", "bob", "charlie", "dana", "erin", "frank"}


def test_bad_rows_can_be_skipped(importer: Importer):
    importer.options = {"skip_bad": True}
    views = importer.run("subject,status\na,new\nb,blue\nc,new\n")
    assert [view.subject for view in views] == ["a", "c"]


def test_only_bad_rows_are_nothing_to_import(importer: Importer):
    importer.options = {"skip_bad": True}
    with pytest.raises(Invalid, match="No row of"):
        importer.run("subject,status\na,blue\n")


def test_the_first_hundred_bad_rows_are_kept_and_all_counted(importer: Importer):
    found = importer.survey("subject,status\n" + "a,blue\n" * 250 + "a,new\n")
    assert (found.rows, found.bad_rows, found.good_rows) == (251, 250, 1)
    assert len(found.complaints) == 100
    assert found.complaints[-1].startswith("row 101,")


def rows(importer: Importer) -> dict[str, list[tuple[object, ...]]]:
    tables = ("desk_fact", "user", "category", "ticket", "event")
    with bulk_reading(importer.desk.database) as view:
        desk = view.connection
        return {table: sorted(desk.rows(table, desk.columns(table))) for table in tables}


def test_a_survey_tells_what_would_happen_and_changes_nothing(importer: Importer):
    before = rows(importer)
    found = importer.survey(
        "subject,status,requester,assignee,category,colour\n"
        "a,new,Jane Doe,,Robots,red\nb,closed,alice,Jim Beam,Network,red\n"
    )
    assert found.by_status == {Status.NEW: 1, Status.CLOSED: 1}
    people = [(person.full_name, person.role) for person in found.new_people]
    assert people == [("Jane Doe", Role.USER), ("Jim Beam", Role.TECHNICIAN)]
    assert found.new_categories == ["Robots"]
    assert found.unused_columns == ("colour",)
    assert found.imported_before is None
    assert rows(importer) == before


def test_the_same_file_is_imported_once(importer: Importer):
    content = "subject\nPrinter jams\n"
    importer.run(content)
    assert "on 2026-11-23 already" in str(importer.survey(content).imported_before)
    with pytest.raises(Conflict, match="add --again"):
        importer.run(content)
    importer.options = {"again": True}
    assert len(importer.run(content)) == 1
    assert importer.newest() == 2


def changed_between(importer: Importer, content: str, change: Callable[[], object]) -> None:
    wanted = importer.wanted(content)
    found = survey(importer.desk.database, wanted, now=importer.clock())
    change()
    with pytest.raises(Conflict, match=r"nothing was imported|was imported on"):
        write(importer.desk.database, importer.settings, wanted, found, now=importer.clock())


@pytest.mark.parametrize("other", ["subject\nb\n", "subject\na\nb\n", "subject,status\na,blue\n"])
def test_a_file_that_changes_in_between_is_not_imported(importer: Importer, other):
    file = importer.folder / "tickets.csv"
    changed_between(importer, "subject\na\n", lambda: file.write_text(other))
    assert importer.newest() == 0


def test_the_same_file_twice_at_once_is_imported_once(importer: Importer):
    content = "subject\na\n"
    changed_between(importer, content, lambda: importer.run(importer.folder / "tickets.csv"))
    assert importer.newest() == 1


def test_an_assignee_who_leaves_in_between_stops_the_import(importer: Importer):
    users = importer.desk.as_system().users
    bob = users.named("bob")
    changed_between(
        importer,
        "subject,assignee\na,bob\n",
        lambda: users.deactivate(bob.id, Leaving(version=bob.version)),
    )
    assert importer.newest() == 0


def test_an_account_made_in_between_is_used(importer: Importer):
    from helpdesk.core.schemas.users import NewUser

    wanted = importer.wanted("subject,requester\na,Jane Doe\n")
    found = survey(importer.desk.database, wanted, now=importer.clock())
    jane = importer.desk.as_system().users.add(NewUser(username="jd", full_name="Jane Doe")).user
    write(importer.desk.database, importer.settings, wanted, found, now=importer.clock())
    assert importer.desk.as_system().tickets.view(1).requester.id == jane.id
    assert "jane.doe" not in importer.accounts()


def test_progress_is_told(importer: Importer, monkeypatch):
    monkeypatch.setattr(imports, "_TELL_EVERY", 2)
    wanted = importer.wanted(table(["subject"], *[[f"a{n}"] for n in range(5)]))
    steps: list[tuple[int, int]] = []
    now, database = importer.clock(), importer.desk.database
    found = survey(database, wanted, now=now, progress=lambda *step: steps.append(step))
    assert {total for _, total in steps} == {wanted.file.stat().st_size}
    steps.clear()
    write(database, importer.settings, wanted, found, now=now, progress=lambda *s: steps.append(s))
    assert steps == [(2, 5), (4, 5)]


def test_a_desk_for_reading_is_only_surveyed(importer: Importer, monkeypatch):
    wanted = importer.wanted("subject\na\n")
    database = importer.desk.database
    monkeypatch.setattr(database, "read_only", True)
    found = survey(database, wanted, now=importer.clock())
    with pytest.raises(ReadOnly):
        write(database, importer.settings, wanted, found, now=importer.clock())
    assert importer.newest() == 0


# --- documentation and real data ---


def test_the_guide_lists_every_field_and_word():
    guide = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    assert all(f"| `{field}` |" in guide for field in FIELDS)
    for words in (STATUS_WORDS, PRIORITY_WORDS):
        for member, understood in words.items():
            assert f"| {member.label} | {', '.join(understood)} |" in guide


@pytest.mark.parametrize(
    ("file", "mapped", "rows"),
    [
        ("it_tickets_category.csv", ("description=text",), 38_280),
        (
            "eclipse_assignee.csv",
            (
                "subject=title",
                "created_at=opened_at",
                "category=team",
                "priority=severity",
                "requester=reporter",
            ),
            17_685,
        ),
        (
            "uci_incidents.csv",
            (
                "subject={number}: {symptom}",
                "description={category} / {subcategory}, {location}, by {contact_type}",
                "created_at=opened_at",
                "requester=caller",
                "status=final_state",
            ),
            19_934,
        ),
    ],
)
def test_real_files_are_understood(importer: Importer, file, mapped, rows):
    if not (REAL / file).exists():
        pytest.skip(f"the data set {file} is not here")
    importer.mapped = mapped
    found = importer.survey(REAL / file)
    assert (found.rows, found.complaints) == (rows, [])
