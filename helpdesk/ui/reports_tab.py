# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as a tab: the list of them at the left, the chosen one at the right."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.reports import ReportKind
from helpdesk.ui.base_tab import BaseTab
from helpdesk.ui.desktop import Desktop

_COLUMN = 216
_KIND_KEY = "reports/kind"
_CHOICES = frozenset({"team", "user", "category"})


class ReportsTab(BaseTab):
    """Holds the reports, which are imported with their charts when the tab is first opened."""

    tickets_behind_wanted = pyqtSignal(object, str)
    """The tickets behind a number: a ``Behind``, and what it is called."""
    ticket_wanted = pyqtSignal(int)

    def __init__(self, desktop: Desktop) -> None:
        """Make the report that was read the last time."""
        super().__init__(desktop)
        # Charts take a while to load, which the start of the program must not wait for.
        from helpdesk.ui.dashboard.choices import Choices
        from helpdesk.ui.reports.kind_list import KindList
        from helpdesk.ui.reports.page import ReportPage
        from helpdesk.ui.reports.schedules_page import SchedulesPage

        self.setObjectName("page")
        self._choices = Choices()
        self.page = ReportPage(desktop)
        self.page.tickets_behind_wanted.connect(self.tickets_behind_wanted)
        self.page.ticket_wanted.connect(self.ticket_wanted)
        self.schedules: SchedulesPage | None = None
        if desktop.may(Permission.SEE_FIGURES):
            self.schedules = SchedulesPage(desktop)
        self.list = KindList(with_schedules=self.schedules is not None)
        self.list.chosen.connect(self.open)
        self._build()
        self.open(self._kept_kind())
        self._read_choices()

    def open(self, key: str) -> None:
        """Show a report, or what is sent by schedule."""
        self.list.choose(key)
        if key in set(ReportKind):
            self._stack.setCurrentWidget(self.page)
            self.page.show_kind(ReportKind(key))
        elif self.schedules is not None:
            self.schedules.usual = self.page.request
            self._stack.setCurrentWidget(self.schedules)
            self.schedules.load()

    def refresh(self) -> None:
        """Read again what is sent by schedule, and what can be chosen; a report stays as it is."""
        self._read_choices()
        if self.schedules is not None:
            self.schedules.load()

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Return whether a change is news: a report is of the moment at which it was made."""
        return kind in _CHOICES or kind == "report"

    def focus_first(self) -> None:
        """Begin in the list, or where the keyboard was in the report."""
        if not self.page.focus_first():
            self.list.setFocus()

    def stop(self) -> None:
        """Write no file any further."""
        self.page.saving.stop()

    def save_state(self) -> None:
        """Remember which report was read."""
        self.page.save_state()
        if self.list.key in set(ReportKind):
            self.desktop.state.setValue(self.desktop.own(_KIND_KEY), self.list.key)

    def _build(self) -> None:
        left = QWidget()
        left.setProperty("ground", "surface")
        left.setFixedWidth(_COLUMN)
        column = QVBoxLayout(left)
        column.setContentsMargins(10, 16, 10, 12)
        column.addWidget(self.list)
        line = QFrame()
        line.setProperty("kind", "column")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.page)
        if self.schedules is not None:
            self._stack.addWidget(self.schedules)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left)
        row.addWidget(line)
        row.addWidget(self._stack, 1)

    def _kept_kind(self) -> str:
        kept = str(self.desktop.state.value(self.desktop.own(_KIND_KEY), ""))
        return kept if kept in set(ReportKind) else ReportKind.SUMMARY.value

    def _read_choices(self) -> None:
        from helpdesk.ui.dashboard.choices import read_choices

        self.desktop.background.latest(self, read_choices, self.desktop.desk).then(
            self._on_choices
        ).failed(lambda _: None)

    def _on_choices(self, choices: object) -> None:
        from helpdesk.ui.dashboard.choices import Choices

        if isinstance(choices, Choices):
            self.page.set_choices(choices)
            if self.schedules is not None:
                self.schedules.set_choices(choices)
