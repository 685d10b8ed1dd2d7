# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a report as PDF: a cover, its figures, charts and tables, and what a reader must know.

Nothing in a report is read as markup, opened or fetched: every text is put on the page as it is.
"""

from __future__ import annotations

import io
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
    PageBreak,
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
    SMALL,
    STRONG_BODY,
    TITLE,
    Words,
    fitted,
    put,
    put_right,
    wrapped,
)

PROGRAM = "Help Desk"
_EDGE, _TOP, _BOTTOM = 48.0, 62.0, 54.0
_WIDE, _TALL = A4
_ROOM = _WIDE - 2 * _EDGE
_BAND = 300.0
_COVER, _REST = "cover", "rest"


def report_as_pdf(report: Report, *, desk_name: str = PROGRAM) -> bytes:
    """Return a report as a file."""
    file = io.BytesIO()
    pages = _Pages(report, desk_name)
    document = BaseDocTemplate(
        file,
        pagesize=A4,
        title=single_line(report.title),
        author=single_line(report.made_by),
        subject=single_line(f"{report.first} – {report.last}, {report.scope_name}"),
        creator=PROGRAM,
        displayDocTitle=True,
        lang="en",
        # Else each page would name a font of the library's that the file does not carry.
        initialFontName=loaded(REGULAR),
    )
    frame = Frame(
        _EDGE, _BOTTOM, _ROOM, _TALL - _TOP - _BOTTOM,
        leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip
    document.addPageTemplates(
        [
            PageTemplate(_COVER, [frame], onPage=pages.cover),
            PageTemplate(_REST, [frame], onPage=pages.head),
        ]
    )
    document.build(_parts(report), canvasmaker=_Numbered)
    return file.getvalue()


def _parts(report: Report) -> list[Flowable]:
    parts: list[Flowable] = [NextPageTemplate(_REST), Spacer(1, 1), PageBreak()]
    parts += card_rows(report.figures)
    parts.append(Spacer(1, 10))
    parts += map(chart_of, report.charts)
    for table in report.tables:
        parts.append(CondPageBreak(110))
        parts += table_of(table, _ROOM)
    if report.notes:
        parts.append(CondPageBreak(80))
        parts.append(Words("What the numbers mean", HEADING, after=4))
        parts += [Words(note, SMALL, after=4) for note in report.notes]
    return parts


class _Pages:
    """What stands on every page besides the report itself."""

    def __init__(self, report: Report, desk_name: str) -> None:
        self._report, self._desk_name = report, desk_name

    @property
    def _days(self) -> str:
        report = self._report
        return report.first if report.first == report.last else f"{report.first} – {report.last}"

    def cover(self, canvas: Any, _document: Any) -> None:
        """Draw the first page."""
        report = self._report
        canvas.saveState()
        canvas.setFillColor(HexColor(LIGHT.navigation))
        canvas.rect(0, _TALL - _BAND, _WIDE, _BAND, stroke=0, fill=1)
        canvas.setFillColor(HexColor(LIGHT.accent))
        canvas.rect(0, _TALL - _BAND - 5, _WIDE, 5, stroke=0, fill=1)
        desk = STRONG_BODY.in_colour(LIGHT.navigation_text)
        put(canvas, fitted(self._desk_name, desk, _ROOM), desk, (_EDGE, _TALL - 70), _ROOM)
        title = TITLE.in_colour(LIGHT.navigation_strong)
        y = _TALL - 160
        for line in wrapped(report.title, title, _ROOM, 3):
            put(canvas, line, title, (_EDGE, y), _ROOM)
            y -= title.leading
        y = _TALL - _BAND - 60
        for label, text in self._facts():
            y = _fact(canvas, label, text, y)
        canvas.restoreState()

    def _facts(self) -> list[tuple[str, str]]:
        report = self._report
        made = f"{report.made_at:%Y-%m-%d %H:%M} UTC"
        return [
            ("Days", f"{self._days}, as counted in {report.time_zone}"),
            ("Tickets", report.scope_name),
            ("Made", made),
            ("By", report.made_by),
        ]

    def head(self, canvas: Any, _document: Any) -> None:
        """Draw what stands above the text of the other pages."""
        canvas.saveState()
        y = _TALL - 36
        half = _ROOM / 2 - 10
        put(canvas, fitted(self._report.title, SMALL, half), SMALL, (_EDGE, y), half)
        about = fitted(f"{self._days} · {self._report.scope_name}", SMALL, half)
        put_right(canvas, about, SMALL, (_WIDE - _EDGE, y))
        canvas.setStrokeColor(HexColor(LIGHT.line))
        canvas.setLineWidth(0.6)
        canvas.line(_EDGE, y - 8, _WIDE - _EDGE, y - 8)
        put(canvas, fitted(self._desk_name, SMALL, half), SMALL, (_EDGE, 28), half)
        canvas.restoreState()


def _fact(canvas: Any, label: str, text: str, y: float) -> float:
    """Draw a line of what the report is about, and return where the next one stands."""
    look = BODY
    put(canvas, label, look.in_colour(LIGHT.muted), (_EDGE, y))
    for line in wrapped(text, look, _ROOM - 90, 4):
        put(canvas, line, look, (_EDGE + 90, y), _ROOM - 90)
        y -= look.leading
    return y - 8


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
