# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as it will be in the file: its figures, charts, tables, and what they mean."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

from PyQt5.QtCore import QCoreApplication, QEvent, QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QFrame, QGridLayout, QHeaderView, QScrollArea, QVBoxLayout, QWidget

from helpdesk.core.schemas.figures import Behind
from helpdesk.core.schemas.reports import Cell as ReportCell
from helpdesk.core.schemas.reports import (
    Column,
    Report,
    ReportChart,
    ReportFigure,
    ReportTable,
)
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.numbers import Cell, Numbers, Opening
from helpdesk.ui.dashboard.numbers_view import NumbersView
from helpdesk.ui.reports.charts import FigureNumber, body_of
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.state_view import Skeleton
from helpdesk.ui.widgets.times import full_time

_GAP, _EDGE, _SCROLL = 12, 24, 10
_LEAST_FIGURE, _LEAST_CHART, _NUMBER = 200, 400, 54
_MOST_ROWS = 40
_SUBJECT = 1
_SIDE, _INSET = 12, 4
_LEAST_COMING = 300
_NOTHING = "There is nothing in these days."


class Preview(QScrollArea):
    """Shows one report; it is built bit by bit, so that a long one stops nobody."""

    opened = pyqtSignal(object)
    """An ``Opening``: the tickets behind a number are wanted."""
    ticket_wanted = pyqtSignal(int)
    completed = pyqtSignal()
    """All of the report stands there."""

    def __init__(self) -> None:
        """Begin without a report."""
        super().__init__()
        self.report: Report | None = None
        self.setObjectName("dashboard")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.verticalScrollBar().rangeChanged.connect(self._on_range)
        self._left: deque[Callable[[], object]] = deque()
        self._next = QTimer(self)
        self._next.setInterval(0)
        self._next.timeout.connect(self._build_next)

    @property
    def is_complete(self) -> bool:
        """Whether all of the report stands there."""
        return self.report is not None and not self._left

    def show_report(self, report: Report) -> None:
        """Show a report in place of the one before."""
        before = self.report
        self.report = report
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(_EDGE, 0, _EDGE - _SCROLL, _EDGE)
        self._column.setSpacing(_GAP)
        self._column.addWidget(_Title(report))
        # Stands for what is still to be built, as high as a screen, so that nothing looks finished.
        self._coming = Skeleton()
        self._coming.setMinimumHeight(max(self.viewport().height(), _LEAST_COMING))
        self._column.addWidget(self._coming)
        self._column.addStretch(1)
        self._left = deque(self._steps(report))
        place = self.verticalScrollBar().value()
        self._build_next()
        self.setWidget(page)
        if before is not None and before.kind is report.kind:
            self._left.append(partial(self.verticalScrollBar().setValue, place))
        self._next.start()

    def _on_range(self, _least: int, most: int) -> None:
        """Keep what stands there as wide as it is, with the scroll bar and without."""
        page = self.widget()
        if page is not None:
            page.layout().setContentsMargins(_EDGE, 0, _EDGE - (_SCROLL if most else 0), _EDGE)

    def _steps(self, report: Report) -> Iterator[Callable[[], object]]:
        if report.figures:
            yield partial(self._add_figures, report.figures)
        charts = Columns(_LEAST_CHART, len(report.charts))
        if report.charts:
            yield partial(self._add, charts)
        for chart in report.charts:
            yield partial(self._add_chart, charts, chart)
        for table in report.tables:
            yield partial(self._add_table, table)
        if report.notes:
            yield partial(self._add, _Notes(report.notes))

    def _build_next(self) -> None:
        if self._left:
            self._left.popleft()()
        if not self._left:
            self._coming.hide()
        # Else the page is painted once while it is lower than what stands in it, and that squeezed.
        QCoreApplication.sendPostedEvents(None, QEvent.LayoutRequest)
        if not self._left:
            self._next.stop()
            self.completed.emit()

    def _add(self, widget: QWidget) -> None:
        self._column.insertWidget(self._column.count() - 2, widget)

    def _add_figures(self, figures: tuple[ReportFigure, ...]) -> None:
        grid = Columns(_LEAST_FIGURE, len(figures))
        for figure in figures:
            body = FigureNumber(figure)
            body.setFixedHeight(_NUMBER)
            body.opened.connect(self.opened)
            grid.add(_Card(figure.label, body, role="muted"))
        self._add(grid)

    def _add_chart(self, grid: Columns, chart: ReportChart) -> None:
        if not chart.points:
            grid.add(_Card(chart.title, PlainLabel(_NOTHING, role="muted")))
            return
        body = body_of(chart)
        body.opened.connect(self.opened)
        grid.add(_Card(chart.title, body))

    def _add_table(self, table: ReportTable) -> None:
        if not table.rows:
            self._add(_Card(table.title, PlainLabel(_NOTHING, role="muted"), table.note))
            return
        view = RowsView()
        view.setAccessibleName(table.title)
        view.show_numbers(numbers_of(table))
        view.opened.connect(self.opened)
        view.ticket_wanted.connect(self.ticket_wanted)
        self._add(_Card(table.title, view, table.note))


class Columns(QWidget):
    """As many columns of equal width as there is room for."""

    def __init__(self, least: int, expected: int) -> None:
        """Make no column narrower than ``least``, and leave room for all that are to come."""
        super().__init__()
        self._least, self._expected = least, expected
        self._widgets: list[QWidget] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)

    def add(self, widget: QWidget) -> None:
        """Add a widget after the others."""
        self._widgets.append(widget)
        self._columns = 0
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the room anew."""
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Never be lower than what stands here, however quickly it changes."""
        done = super().event(event)
        if event.type() == QEvent.LayoutRequest:
            self._keep_height()
        return done

    def minimumSizeHint(self) -> QSize:
        """Return the least of one column."""
        return QSize(min(self._least, 200), super().minimumSizeHint().height())

    def _arrange(self) -> None:
        fits = max(1, (self.width() + _GAP) // (self._least + _GAP))
        count = max(len(self._widgets), self._expected)
        # Rows that are as full as each other look better than a last one with a single card.
        columns = -(-count // -(-count // fits)) if count else 1
        if columns == self._columns:
            return
        for at in range(self._grid.columnCount()):
            self._grid.setColumnStretch(at, 0)
        for widget in self._widgets:
            self._grid.removeWidget(widget)
        for at, widget in enumerate(self._widgets):
            self._grid.addWidget(widget, at // columns, at % columns)
        for at in range(columns):
            self._grid.setColumnStretch(at, 1)
        self._columns = columns
        self._keep_height()

    def _keep_height(self) -> None:
        height = self._grid.minimumSize().height()
        if height != self.minimumHeight():
            self.setMinimumHeight(height)


class RowsView(NumbersView):
    """A table as high as its rows, up to many; wide ones scroll to the side."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.setVerticalScrollBarPolicy(Qt.ScrollBarAsNeeded)
        self.setTextElideMode(Qt.ElideRight)

    def show_numbers(self, numbers: Numbers) -> None:
        """Show other numbers."""
        super().show_numbers(numbers)
        if _SUBJECT in numbers.texts:
            self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeToContents)
            self.horizontalHeader().setSectionResizeMode(_SUBJECT, QHeaderView.Stretch)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave room for the bar below where there is one."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Fit again where letters got another size."""
        super().changeEvent(event)
        if event.type() in (QEvent.FontChange, QEvent.StyleChange):
            self._fit()

    def _fit(self) -> None:
        self._fit_names()
        rows = self.numbers_model.numbers.rows
        shown = min(len(rows), _MOST_ROWS)
        height = self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth()
        height += shown * self.verticalHeader().defaultSectionSize()
        if self.horizontalScrollBar().maximum():
            height += self.horizontalScrollBar().sizeHint().height()
        if height != self.height():
            self.setFixedHeight(height)

    def _fit_names(self) -> None:
        """Give the names the rest of the width, and no less than they need."""
        numbers, header = self.numbers_model.numbers, self.horizontalHeader()
        if not numbers.columns or _SUBJECT in numbers.texts:
            return
        needed = sum(
            max(self.sizeHintForColumn(at), header.sectionSizeHint(at))
            for at in range(len(numbers.columns))
        )
        fits = needed <= self.viewport().width()
        mode = QHeaderView.Stretch if fits else QHeaderView.ResizeToContents
        if header.sectionResizeMode(0) != mode:
            header.setSectionResizeMode(0, mode)


class _Card(QFrame):
    """A title, what it is of, and perhaps a note below."""

    def __init__(self, title: str, body: QWidget, note: str = "", role: str = "heading") -> None:
        super().__init__()
        self.setProperty("kind", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(_SIDE, 10, _SIDE, 10)
        column.setSpacing(4)
        words_above = ElidedLabel(title, role=role)
        # Numbers and bars leave room for the ring of the keyboard.
        words_above.setContentsMargins(_INSET, 0, _INSET, 0)
        column.addWidget(words_above)
        if isinstance(body, PlainLabel):
            body.setContentsMargins(_INSET, 0, _INSET, 0)
        column.addWidget(body)
        if note:
            below = PlainLabel(note, role="secondary")
            below.setContentsMargins(_INSET, 0, _INSET, 0)
            column.addWidget(below)
        column.addStretch(1)


class _Title(QWidget):
    """What the cover says."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        said = f"{report.scope_name} · as of "
        if not report.is_of_now:
            days = words.days_words(report.first, report.last)
            said = f"{report.scope_name} · {days} ({report.time_zone}) · as of "
        about = PlainLabel(f"{said}{full_time(report.made_at)}", role="secondary")
        column.addWidget(about)


class _Notes(QFrame):
    """How the numbers are defined, and what is missing."""

    def __init__(self, notes: tuple[str, ...]) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(6)
        column.addWidget(PlainLabel("What the numbers mean", role="heading"))
        for note in notes:
            column.addWidget(PlainLabel(note, role="muted"))


def numbers_of(table: ReportTable) -> Numbers:
    """Return a table with what each of its numbers opens."""
    rows = []
    for at, row in enumerate(table.rows):
        behind = table.behind[at] if at < len(table.behind) else None
        ticket = table.ticket_ids[at] if at < len(table.ticket_ids) else None
        name = str(row[0]) if row and row[0] is not None else table.title
        rows.append(
            tuple(
                _cell(value, column, _opening(behind, column, name, number=place > 0), ticket)
                for place, (value, column) in enumerate(zip(row, table.columns, strict=False))
            )
        )
    texts = frozenset(at for at, column in enumerate(table.columns) if column.unit is None)
    return Numbers(tuple(column.title for column in table.columns), tuple(rows), texts)


def tells(report: Report) -> bool:
    """Return whether there is anything in a report."""
    return bool(
        any(figure.value for figure in report.figures)
        or any(point.value or point.second for chart in report.charts for point in chart.points)
        or any(_has_numbers(table) for table in report.tables)
    )


def _has_numbers(table: ReportTable) -> bool:
    """Return whether a table counts anything; a row of words alone is something, too."""
    if all(column.unit is None for column in table.columns):
        return bool(table.rows)
    return any(value for row in table.rows for value in row if not isinstance(value, str))


def _cell(value: ReportCell, column: Column, opening: Opening | None, ticket: int | None) -> Cell:
    if isinstance(value, str) or column.unit is None:
        return Cell(words.NOTHING if value is None else str(value), opening, ticket)
    return Cell(words.number(value, column.unit), opening, ticket)


def _opening(behind: Behind | None, column: Column, name: str, *, number: bool) -> Opening | None:
    """Return the tickets of a row, as they are counted in a column; its name opens the first."""
    if behind is None or (number and column.measure is None):
        return None
    if column.measure is None:
        return Opening(behind, f"{words.MEASURES[behind.measure]}, {name}")
    counted = behind.model_copy(update={"measure": column.measure})
    return Opening(counted, f"{column.title}, {name}")
