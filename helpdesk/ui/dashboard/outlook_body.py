# SPDX-License-Identifier: GPL-3.0-or-later
"""What is expected and what is unusual: plainly marked as an estimate."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from helpdesk.core.schemas.figures import Card, CardFigures, Outlook, Scope
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.heat_map import HeatMap
from helpdesk.ui.dashboard.numbers import Opening, overload_opening, rise_opening
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel


class OutlookBody(QScrollArea):
    """A sentence, a map of the week, rises of categories, and who has too much."""

    opened = pyqtSignal(object)
    """An ``Opening``: the tickets behind a number are wanted."""
    ticket_wanted = pyqtSignal(int)

    def __init__(self) -> None:
        """Begin without an outlook."""
        super().__init__()
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        inside = QWidget()
        inside.setProperty("transparent", True)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 4, 0)
        self._column.setSpacing(8)
        self._chip = Chip("Estimate", "warning")
        self._sentence = PlainLabel()
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._chip, 0, Qt.AlignTop)
        top.addWidget(self._sentence, 1)
        self._map = HeatMap()
        self._column.addLayout(top)
        self._column.addWidget(self._map, 1)
        self._lines: list[QWidget] = []
        self._shown: Outlook | None = None
        self.scope = Scope()
        self.last = ""
        """Whose tickets it is about, and the last day, for the tickets behind a rise."""
        self.setWidget(inside)

    def show_figures(self, _card: Card, figures: CardFigures) -> None:
        """Show an outlook; the same one is left as it stands."""
        outlook = figures.outlook
        if outlook is None or outlook == self._shown:
            return
        self._shown = outlook
        self._sentence.setText(_sentence(outlook))
        self._map.setVisible(bool(outlook.expected))
        if outlook.expected:
            self._map.show_expected(outlook.expected)
        for line in self._lines:
            self._column.removeWidget(line)
            line.deleteLater()
        self._lines = []
        self._show_rises(outlook)
        for over in outlook.overloads:
            said = f"{over.open} open, {over.capacity} can be managed"
            self._add(
                over.full_name, said, partial(overload_opening, over.technician_id, over.full_name)
            )

    def _show_rises(self, outlook: Outlook) -> None:
        for rise in outlook.rises:
            said = (
                f"{words.count(rise.tickets)} in {rise.days} days, "
                f"usually {words.count(round(rise.usual, 1))}"
            )
            opening = partial(
                rise_opening, self.scope, rise.category_id, rise.category, rise.days, self.last
            )
            self._add(f"▲ {rise.category}", said, opening)

    def _add(self, name: str, said: str, opening: Callable[[], Opening]) -> None:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        link = LinkButton(name)
        link.setAccessibleName(f"{name}: {said}; open the tickets")
        link.clicked.connect(lambda: self.opened.emit(opening()))
        row.addWidget(link)
        row.addWidget(PlainLabel(said, role="secondary"), 1)
        self._column.addWidget(line)
        self._lines.append(line)


def _sentence(outlook: Outlook) -> str:
    if outlook.expected_next_7_days is None:
        return "There are too few weeks of tickets to tell what is to be expected."
    number = words.count(round(outlook.expected_next_7_days))
    weeks = f"{outlook.weeks} week{'' if outlook.weeks == 1 else 's'}"
    return f"About {number} tickets in the next 7 days, judging by the last {weeks}."
