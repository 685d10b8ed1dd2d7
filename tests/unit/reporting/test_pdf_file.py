# SPDX-License-Identifier: GPL-3.0-or-later
"""A PDF says literally what a report says, in every script, and reaches for nothing."""

from __future__ import annotations

import io
import socket
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from helpdesk.core.paths import resource
from helpdesk.core.schemas.figures import Card, CardFigures, CardStyle, Measure, Unit
from helpdesk.core.schemas.reports import Column, ReportKind, ReportTable
from helpdesk.reporting.letters import REGULAR, drawn
from helpdesk.reporting.pdf_file import report_as_pdf
from helpdesk.reporting.pdf_text import BODY, fitted, wrapped
from helpdesk.reporting.values import difference, said
from helpdesk.ui.dashboard import words
from tests.unit.reporting.reports import of_today, report

PAYLOADS = (
    "<img src=/etc/passwd>", '<img src="http://10.0.0.1/x"/>', "<b", "</para>", "&", "&amp;&#x41;",
    '<a href="javascript:alert(1)">x</a>', "javascript:alert(1)", "<font color=#zz>x</font>",
    "<font color='__import__(\"os\").system(\"id\")'>", "[[[__import__('os')]]]",
    "<onDraw name=x/>",
    "file:///etc/passwd", "(unbalanced \\", ")Tj ET /JS", "%PDF-1.4", "\x01\x7f tabs\there",
)  # fmt: skip


def read(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


def text_of(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.fixture
def opened_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note every file that is opened beside the fonts, and refuse the network."""
    opened: list[str] = []
    fonts = str(resource("fonts"))
    is_on = True

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if is_on and event == "open" and isinstance(arguments[0], str):
            path = arguments[0]
            if not path.startswith((fonts, sys.prefix, sys.base_prefix, str(Path.cwd()))):
                opened.append(path)

    def refuse(*_arguments: Any) -> None:
        raise AssertionError("the network was used")

    sys.addaudithook(note)
    monkeypatch.setattr(socket, "socket", refuse)
    yield opened
    is_on = False


@pytest.mark.parametrize("payload", PAYLOADS[:5])
def test_payloads_in_every_field_are_literal_and_reach_nothing(
    payload: str, opened_files: list[str]
):
    data = report_as_pdf(report(payload), desk_name=payload)
    assert opened_files == []
    reader = read(data)
    for page in reader.pages:
        assert squeezed(payload) in squeezed(page.extract_text())
        assert "/Annots" not in page
    catalogue = str(reader.trailer["/Root"].get_object())
    assert not [name for name in ("/OpenAction", "/AA", "/Names") if f"'{name}'" in catalogue]


def test_each_payload_is_literal_text(opened_files: list[str]):
    bare = report("x")
    table = bare.tables[0].model_copy(update={"rows": tuple((each, 1, 1, 1) for each in PAYLOADS)})
    notes = (*PAYLOADS, "\n".join(PAYLOADS))
    data = report_as_pdf(bare.model_copy(update={"tables": (table,), "notes": notes}))
    assert opened_files == []
    found = squeezed(text_of(read(data)))
    for payload in PAYLOADS:
        shown = "".join(each if each.isprintable() else " " for each in payload)
        assert found.count(squeezed(shown)) >= 3, payload


def test_pages_are_numbered_and_a_long_table_repeats_its_head():
    pages = read(report_as_pdf(report("Access", rows=200))).pages
    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page.extract_text()
    with_rows = [page for page in pages if page.extract_text().count("Access") > 20]
    assert len(with_rows) > 3
    assert all("Toresolve" in squeezed(page.extract_text()) for page in with_rows)


def test_a_long_text_leaves_short_ones_in_one_line():
    titles = ("Ticket", "Subject", "Priority", "Assignee")
    row = (
        "HD-1184",
        "The phone in the long corridor crackles " * 3,
        "Medium",
        "Bea Almeida",
    )
    table = ReportTable(
        title="Open", columns=tuple(Column(title=each, unit=None) for each in titles), rows=(row,)
    )
    told = report("Access").model_copy(update={"tables": (table,)})
    text = "\n".join(page.extract_text() for page in read(report_as_pdf(told)).pages)
    for short in ("HD-1184", "Medium", "Bea Almeida"):
        assert short in text


def test_the_file_says_whose_it_is():
    reader = read(report_as_pdf(report("Ünïcode – 打印机")))
    assert reader.metadata is not None
    assert reader.metadata.title == reader.metadata.author == "Ünïcode – 打印机"


def test_scripts_from_the_left_are_all_there():
    texts = "Zażółć", "Принтер №5", "Εκτυπωτής", "打印机", "プリンター", "프린터 고장", "Տպիչ"
    bare = report("x").model_copy(update={"notes": texts})
    found = text_of(read(report_as_pdf(bare)))
    assert [text for text in texts if squeezed(text) not in squeezed(found)] == []
    assert "\ufffd" not in found


def test_text_from_the_right_is_in_order_and_joined():
    hebrew = drawn("שלום (abc) [1]", REGULAR, 10)
    assert hebrew.from_right
    assert "".join(run.text for run in hebrew.runs) == "[1] (abc) םולש"
    arabic = drawn("مُحَمَّد سلام", REGULAR, 10)
    shown = "".join(run.text for run in arabic.runs)
    assert "\ufefc" in shown, "lam and alef are one letter"
    letters = unicodedata.normalize("NFKC", shown[::-1])
    assert letters.replace("ا", "").replace("ل", "") == "مُحَمَّد سلام".replace("لا", "")
    # It stands in a sentence from the left as a whole.
    mixed = drawn("Printer (בית) 2", REGULAR, 10)
    assert "".join(run.text for run in mixed.runs) == "Printer (תיב) 2"


def test_what_no_font_has_leaves_a_sign():
    assert "".join(run.text for run in drawn("a\U000e0fff\U0001fae0", REGULAR, 10).runs)[0] == "a"
    report_as_pdf(report("\U0001fae0\u0301\u202e\ud7ff\ue000"))


@pytest.mark.parametrize("text", ["half \ud83d of one", "שלום \udc00 [a]", "\ud800"])
def test_half_a_letter_leaves_a_sign(text: str):
    shown = "".join(run.text for run in drawn(text, REGULAR, 10).runs)
    assert shown.count("\ufffd") == 1
    assert read(report_as_pdf(report(text), desk_name=text)).pages


def test_text_is_broken_into_lines_that_fit():
    long = "x" * 500
    for text in (long, "word " * 100, "打印" * 100, "سلام " * 80):
        lines = wrapped(text, BODY, 200)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(drawn(line, BODY.font, BODY.size).width <= 201 for line in lines)
    assert wrapped("one two three", BODY, 40, 1) == ["one tw…"]
    assert fitted(long, BODY, 50).endswith("…")
    assert wrapped("", BODY, 100) == [""]


def test_an_empty_report_is_a_report():
    bare = report("x").model_copy(update={"figures": (), "charts": (), "tables": (), "notes": ()})
    assert len(read(report_as_pdf(bare)).pages) == 1


def test_no_page_holds_notes_alone():
    told = report("Access", rows=1).model_copy(update={"notes": ("What it counts.",) * 20})
    for rows in range(1, 40, 3):
        table = told.tables[0].model_copy(update={"rows": (("Printing", 1, 1, 1),) * rows})
        whole = told.model_copy(update={"tables": (table,)})
        for page in read(report_as_pdf(whole)).pages[1:]:
            text = page.extract_text()
            assert "What it counts" not in text or "Printing" in text or "Resolved" in text, rows


def test_lines_are_told_apart_without_colour_and_break_where_nothing_was_measured():
    chart = report("Access").charts[0]
    points = [
        point.model_copy(update={"value": None}) if at in (2, 4) else point
        for at, point in enumerate(chart.points)
    ]
    told = report("Access").model_copy(
        update={"charts": (chart.model_copy(update={"points": tuple(points)}),)}
    )
    contents = read(report_as_pdf(told)).pages[-1].get_contents()
    assert contents is not None
    drawn_ = contents.get_data().decode("latin-1")
    assert "[4.5 3] 0 d" in drawn_
    # The lone day between two gaps is a dot, and nothing else is round there.
    assert drawn_.count(" c\n") + drawn_.count(" c ") >= 4


def test_ageing_has_no_days_but_a_moment():
    told = report("Access").model_copy(update={"kind": ReportKind.AGEING})
    text = text_of(read(report_as_pdf(told)))
    assert "As of" in text
    assert "2026-11-10" not in text
    assert "2026-11-10" in text_of(read(report_as_pdf(report("Access"))))


def test_numbers_are_said_as_in_the_window():
    assert said(90_000, Unit.SECONDS) == "1 d 1 h"
    for seconds in (42, 3883.5, 38_921.5, 64_980, 86_399):
        assert said(seconds, Unit.SECONDS) == words.number(seconds, Unit.SECONDS), seconds
    card = Card(style=CardStyle.NUMBER, measure=Measure.OPEN)
    for unit, value, before in (
        (Unit.TICKETS, 60, 5),
        (Unit.TICKETS, 5, 60),
        (Unit.TICKETS, 5, 5),
        (Unit.TICKETS, 5, 0),
        (Unit.SHARE, 0.9, 0.95),
        (Unit.SCORE, 4.0, 3.5),
        (Unit.SECONDS, 3600, 7200),
        (Unit.SECONDS, 3600, 0),
    ):
        shown = words.compare(card, CardFigures(unit=unit, value=value, before=before))
        assert shown is not None
        assert difference(value, before, unit) in shown.text.replace("= as before", "unchanged")


def test_what_was_opened_today_is_under_a_day_old():
    said = squeezed(text_of(read(report_as_pdf(of_today()))))
    assert said.count(squeezed("under a day")) >= 3
    assert squeezed("0 s") not in said
