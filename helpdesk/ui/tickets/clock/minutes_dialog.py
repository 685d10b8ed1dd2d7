# SPDX-License-Identifier: GPL-3.0-or-later
"""Every stretch of a ticket's time as a table, so that the sum of each clock can be checked."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from PyQt5.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PyQt5.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.clocks import ClockView, SegmentState, TicketClock
from helpdesk.ui.articles.reports.figure_table import Column, FigureTable, Line
from helpdesk.ui.tickets.clock.spans import Stretch, reading, stretches, within
from helpdesk.ui.tickets.clock.words import (
    KINDS,
    OWN_KINDS,
    STATES,
    cause_words,
    exact,
    own_state_words,
    promised_words,
    state_words,
)
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.times import clock_time, day_words, full_time, weekday

_WIDTH, _HEIGHT = 1080, 560
_COLUMNS: Final = (
    Column("From", width=168),
    Column("To", width=168),
    Column("State", width=104),
    Column("Counted", is_number=True, width=116),
    Column("Why"),
    Column("Since"),
)
_SENTENCES = (4, 5)
"""The columns that say why share the room left, and wrap: they are what the table is read for."""
_PADDING, _NARROWEST = 24, 96
_TIMES = "Times are those of this workstation."


class MinutesDialog(Dialog):
    """From when to when, whether it counted, why, and who began it."""

    def __init__(
        self, number: str, told: TicketClock, now: datetime, parent: QWidget, *, own: bool
    ) -> None:
        """Show what was told of a ticket; to who asked for it (``own``) nothing of targets."""
        super().__init__(parent)
        self._is_own = own
        self._kinds = OWN_KINDS if own else KINDS
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(f"Every minute of {number}")
        self._told, self._now = told, now
        self._stretches = stretches(told, now)
        heading = QLabel(f"Every minute of {number}")
        heading.setProperty("role", "title")
        self.which = DropDown(self._choices())
        self.which.currentIndexChanged.connect(self._show_lines)
        self.table = FigureTable("Every stretch of time", _COLUMNS)
        self.table.setProperty("framed", True)
        self._fit_columns()
        self.sum = PlainLabel(role="strong")
        self._due = PlainLabel(role="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addWidget(heading)
        column.addWidget(PlainLabel(_TIMES if own else _origin(told), role="muted"))
        column.addSpacing(4)
        column.addLayout(self._choice())
        column.addWidget(self.table, 1)
        column.addWidget(self.sum)
        column.addWidget(self._due)
        column.addLayout(self._foot())
        self.resize(min(_WIDTH, parent.width() - 40), min(_HEIGHT, parent.height() - 40))
        self._show_lines()
        self.table.setFocus()

    def as_text(self) -> str:
        """Return the table with its sum, to be pasted into a spreadsheet."""
        rows = range(self.table.figures.rowCount())
        said = [self.table.figures.as_text(list(rows)), str(self.sum.text()), str(self._due.text())]
        return "\n".join(part for part in said if part)

    def _choices(self) -> list[tuple[object, str]]:
        choices: list[tuple[object, str]] = [(None, "All the time of the ticket")]
        several = len({view.kind for view in self._told.clocks}) < len(self._told.clocks)
        for place, view in enumerate(self._told.clocks):
            begun = f", begun {_when(view.started_at, self._now)}" if several else ""
            choices.append((place, f"{self._kinds[view.kind]}{begun}"))
        return choices

    def _choice(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(FieldLabel("Time of", self.which))
        row.addWidget(self.which)
        row.addStretch(1)
        return row

    def _fit_columns(self) -> None:
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.Interactive)
        header.resizeSection(0, _COLUMNS[0].width)
        for column in _SENTENCES:
            header.setSectionResizeMode(column, QHeaderView.Stretch)
        self.table.setWordWrap(True)
        header.setMinimumSectionSize(_NARROWEST)
        self._refit = QTimer(self)
        self._refit.setSingleShot(True)
        self._refit.setInterval(0)
        self._refit.timeout.connect(self._fit_rows)
        self.table.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit the rows to the columns, once these have got their share of another width."""
        if event.type() == QEvent.Resize:
            self._refit.start()
        return super().eventFilter(watched, event)

    def _fit_rows(self) -> None:
        """Make rows as high as their sentences; most are short, and measured by length alone."""
        figures, metrics = self.table.figures, self.table.fontMetrics()
        rows = self.table.verticalHeader()
        for row in range(figures.rowCount()):
            extra = 0
            for column in _SENTENCES:
                text, room = figures.line(row).texts[column], self.table.columnWidth(column)
                if metrics.horizontalAdvance(text) > room - _PADDING:
                    space = QRect(0, 0, max(1, room - _PADDING), 10_000)
                    needed = metrics.boundingRect(space, Qt.TextWordWrap, text).height()
                    extra = max(extra, needed - metrics.height())
            rows.resizeSection(row, rows.defaultSectionSize() + extra)

    def _foot(self) -> QHBoxLayout:
        copy = QPushButton("Copy")
        copy.setToolTip("Copy the table with its sum")
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QApplication.clipboard().setText(self.as_text()))
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(copy)
        foot.addStretch(1)
        foot.addWidget(close)
        return foot

    def _show_lines(self) -> None:
        place = self.which.key
        view = self._told.clocks[place] if isinstance(place, int) else None
        parts = self._stretches
        if view is not None:
            until = view.stopped_at or max(self._told.at, self._now)
            parts = within(stretches(self._told, self._now, view), view.started_at, until)
        self.table.show_lines([_line(part, self._now) for part in parts])
        self._fit_rows()
        counted = sum(part.counted_seconds for part in parts)
        self.sum.setText(f"Counted in all: {exact(counted)}")
        self._due.setText(self._standing(view) if view else _whole(self._told))

    def _standing(self, view: ClockView) -> str:
        read = reading(view, self._told, self._now)
        if self._is_own:
            return f"{OWN_KINDS[view.kind]}: {own_state_words(view, read, self._now)}."
        said = f"{KINDS[view.kind]}: {exact(read.counted_seconds)} of {exact(read.target_seconds)}"
        said += f", {state_words(view, read)}."
        said += f" Due {full_time(view.due)}." if view.due else ""
        promised = promised_words(view)
        return f"{said} {promised}." if promised else said


def _line(part: Stretch, now: datetime) -> Line:
    segment = part.segment
    counted = exact(part.counted_seconds) if segment.state is SegmentState.COUNTED else ""
    texts = (
        _when(part.begin, now),
        _when(part.end, now),
        STATES[segment.state],
        counted,
        segment.why,
        cause_words(segment),
    )
    return Line(texts)


def _when(at: datetime, now: datetime) -> str:
    seconds = at.astimezone().second
    time = f"{clock_time(at)}:{seconds:02}" if seconds else clock_time(at)
    return f"{weekday(at)} {day_words(at, now)}, {time}"


def _origin(told: TicketClock) -> str:
    policy = f"Service level {told.policy}" if told.policy else "No service level"
    hours = f", hours of {told.calendar} in {told.time_zone}" if told.calendar else ""
    return f"{policy}{hours}. {_TIMES}"


def _whole(told: TicketClock) -> str:
    return "" if told.is_whole else "The newest stretches of a long history are shown."
