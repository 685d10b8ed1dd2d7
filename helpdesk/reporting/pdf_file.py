# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a report as PDF: a cover, its figures, charts and tables, and what a reader must know.

Nothing in a report is read as markup, opened or fetched: every text is put on the page as it is.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    NextPageTemplate,
    PageTemplate,
    Spacer,
)

from helpdesk.core.schemas.reports import Report
from helpdesk.core.text import single_line
from helpdesk.core.tokens import LIGHT
from helpdesk.reporting.letters import REGULAR, loaded
from helpdesk.reporting.pdf_charts import chart_of
from helpdesk.reporting.pdf_tables import card_rows, table_of
from helpdesk.reporting.pdf_text import (
    BODY,
    HEADING,
    NOTE,
    SMALL,
    STRONG_BODY,
    TITLE,
    Words,
    fitted,
    put,
    put_right,
    wrapped,
)
from helpdesk.reporting.values import days_of

PROGRAM = "Help Desk"
_EDGE, _TOP, _BOTTOM = 48.0, 62.0, 54.0
_WIDE, _TALL = A4
_ROOM = _WIDE - 2 * _EDGE
_BAND, _FACT_LABEL = 96.0, 70.0
_COVER, _REST = "cover", "rest"


def report_as_pdf(report: Report, *, desk_name: str = PROGRAM) -> bytes:
    """Return a report as a file."""
    data, notes = _built(report, desk_name, notes_first=False)
    if notes.is_apart:
        data, _ = _built(report, desk_name, notes_first=True)
    return data


def _built(report: Report, desk_name: str, *, notes_first: bool) -> tuple[bytes, _NotesTitle]:
    """Return the file, and where in it the notes stand."""
    file = io.BytesIO()
    pages, notes = _Pages(report, desk_name), _NotesTitle()
    document = BaseDocTemplate(
        file,
        pagesize=A4,
        title=single_line(report.title),
        author=single_line(report.made_by),
        subject=single_line(f"{days_of(report)}, {report.scope_name}"),
        creator=PROGRAM,
        displayDocTitle=True,
        lang="en",
        # Else each page would name a font of the library's that the file does not carry.
        initialFontName=loaded(REGULAR),
    )
    document.addPageTemplates(
        [
            PageTemplate(_COVER, [_frame(pages.below_cover)], onPage=pages.cover),
            PageTemplate(_REST, [_frame(_TALL - _TOP)], onPage=pages.head),
        ]
    )
    document.build(_parts(report, notes, notes_first=notes_first), canvasmaker=_Numbered)
    return file.getvalue(), notes


def _frame(top: float) -> Frame:
    return Frame(
        _EDGE, _BOTTOM, _ROOM, top - _BOTTOM,
        leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip


def _parts(report: Report, title: _NotesTitle, *, notes_first: bool) -> list[Flowable]:
    parts: list[Flowable] = [NextPageTemplate(_REST), *card_rows(report.figures), Spacer(1, 10)]
    notes: list[Flowable] = []
    if report.notes:
        said = [Words(note, NOTE, after=4) for note in report.notes]
        notes = [CondPageBreak(80), title, *said, _End(title), Spacer(1, 14)]
    if notes_first:
        parts += notes
    parts += map(chart_of, report.charts)
    for table in report.tables:
        parts.append(CondPageBreak(110))
        parts += table_of(table, _ROOM)
    return parts if notes_first else [*parts, *notes]


class _NotesTitle(Words):
    """Stands above what the numbers mean, and notes whether that got pages of its own."""

    def __init__(self) -> None:
        super().__init__("What the numbers mean", HEADING, after=4)
        self.page = self.last_page = 0
        self.begins_page = False

    @property
    def is_apart(self) -> bool:
        """Whether a page holds nothing but notes; a reader would turn to it for little."""
        return self.page > 1 and (self.begins_page or self.last_page > self.page)

    def draw(self) -> None:
        """Draw the title, and note where."""
        _, bottom = self.canv.absolutePosition(0, 0)
        self.begins_page = bottom + self.height > _TALL - _TOP - 1
        self.page = self.canv.getPageNumber()
        super().draw()


class _End(Flowable):  # type: ignore[misc]
    """Where the notes end; nothing is seen of it."""

    def __init__(self, title: _NotesTitle) -> None:
        super().__init__()
        self._title = title

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        return width, 0

    def draw(self) -> None:
        self._title.last_page = self.canv.getPageNumber()


class _Pages:
    """What stands on every page besides the report itself."""

    def __init__(self, report: Report, desk_name: str) -> None:
        self._report, self._desk_name = report, desk_name
        self._title = wrapped(report.title, TITLE, _ROOM, 3)
        self._band = _BAND + len(self._title) * TITLE.leading
        self._told = [
            (label, wrapped(text, BODY, _ROOM - _FACT_LABEL, 4)) for label, text in self._facts()
        ]

    @property
    def below_cover(self) -> float:
        """Where the report itself begins on the first page."""
        lines = sum(len(lines) for _, lines in self._told)
        below: float = _TALL - self._band - 50 - lines * BODY.leading - len(self._told) * 4
        return below

    def cover(self, canvas: Any, _document: Any) -> None:
        """Draw the head of the first page."""
        canvas.saveState()
        canvas.setFillColor(HexColor(LIGHT.navigation))
        canvas.rect(0, _TALL - self._band, _WIDE, self._band, stroke=0, fill=1)
        canvas.setFillColor(HexColor(LIGHT.accent))
        canvas.rect(0, _TALL - self._band - 5, _WIDE, 5, stroke=0, fill=1)
        desk = STRONG_BODY.in_colour(LIGHT.navigation_text)
        put(canvas, fitted(self._desk_name, desk, _ROOM), desk, (_EDGE, _TALL - 48), _ROOM)
        title = TITLE.in_colour(LIGHT.navigation_strong)
        y = _TALL - 96
        for line in self._title:
            put(canvas, line, title, (_EDGE, y), _ROOM)
            y -= title.leading
        y = _TALL - self._band - 34
        for label, lines in self._told:
            y = _fact(canvas, label, lines, y)
        canvas.restoreState()

    def _facts(self) -> list[tuple[str, str]]:
        report = self._report
        made = f"{report.made_at:%Y-%m-%d %H:%M} UTC"
        facts = [("Tickets", report.scope_name), ("By", report.made_by)]
        if report.is_of_now:
            return [("As of", made), *facts]
        days = f"{days_of(report)}, as counted in {report.time_zone}"
        return [("Days", days), *facts, ("Made", made)]

    def head(self, canvas: Any, _document: Any) -> None:
        """Draw what stands above the text of the other pages."""
        canvas.saveState()
        y = _TALL - 36
        half = _ROOM / 2 - 10
        put(canvas, fitted(self._report.title, SMALL, half), SMALL, (_EDGE, y), half)
        about = fitted(f"{days_of(self._report)} · {self._report.scope_name}", SMALL, half)
        put_right(canvas, about, SMALL, (_WIDE - _EDGE, y))
        canvas.setStrokeColor(HexColor(LIGHT.line))
        canvas.setLineWidth(0.6)
        canvas.line(_EDGE, y - 8, _WIDE - _EDGE, y - 8)
        put(canvas, fitted(self._desk_name, SMALL, half), SMALL, (_EDGE, 28), half)
        canvas.restoreState()


def _fact(canvas: Any, label: str, lines: Sequence[str], y: float) -> float:
    """Draw a line of what the report is about, and return where the next one stands."""
    put(canvas, label, BODY.in_colour(LIGHT.muted), (_EDGE, y))
    for line in lines:
        put(canvas, line, BODY, (_EDGE + _FACT_LABEL, y), _ROOM - _FACT_LABEL)
        y -= BODY.leading
    return y - 4


class _Numbered(Canvas):  # type: ignore[misc]
    """Keeps pages until all are there, so that each can say how many they are."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - the library's name
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._kept, start=1):
            self.__dict__.update(page)
            put_right(self, f"Page {number} of {len(self._kept)}", SMALL, (_WIDE - _EDGE, 28))
            super().showPage()
        super().save()
