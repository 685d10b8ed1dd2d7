# SPDX-License-Identifier: GPL-3.0-or-later
"""One report: its days, its tickets, a preview, and the buttons that write it into files."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from PyQt5 import sip
from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import (
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import Unreachable
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.figures import Behind, Measure, Period, Scope, Span
from helpdesk.core.schemas.reports import FileFormat, Report, ReportKind, ReportRequest
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.ui.background import Job
from helpdesk.ui.dashboard.choices import Choices
from helpdesk.ui.dashboard.drops import PeriodDrop, WhichDrop, WhoseDrop
from helpdesk.ui.dashboard.head import Ends, row_of
from helpdesk.ui.dashboard.numbers import Opening
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.reports.preview import Preview, tells
from helpdesk.ui.reports.saving import Saving
from helpdesk.ui.reports.words import KINDS, with_which, with_whose
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.state_view import StateView

P = ParamSpec("P")
T = TypeVar("T")
Kept = TypeVar("Kept", Span, Scope)
_EDGE, _TOP = 24, 20
_SPAN_KEY, _SCOPE_KEY, _BOM_KEY = "reports/span", "reports/scope", "reports/for_excel"
_YEAR = Span(period=Period.LAST_365_DAYS)


class ReportPage(QWidget):
    """Makes the report that is chosen, and makes it again for other days or tickets."""

    tickets_behind_wanted = pyqtSignal(object, str)
    """A ``Behind`` and what it is called."""
    ticket_wanted = pyqtSignal(int)

    def __init__(self, desktop: Desktop) -> None:
        """Begin with the days and tickets of the last time."""
        super().__init__()
        self.desktop = desktop
        self.may_see_all = Permission.SEE_FIGURES.value in desktop.session.permissions
        self.kind = ReportKind.SUMMARY
        self.span = self._kept(_SPAN_KEY, Span) or Span()
        self.scope = (self._kept(_SCOPE_KEY, Scope) if self.may_see_all else None) or Scope()
        self._shown: tuple[ReportRequest, Report] | None = None
        self._focus: QWidget | None = None
        self._build()
        self._show_choice()

    @property
    def request(self) -> ReportRequest:
        """What is asked for."""
        return ReportRequest(kind=self.kind, span=self.span, scope=self.scope)

    @property
    def report(self) -> Report | None:
        """The report that is asked for, once it has been made."""
        if self._shown is None or self._shown[0] != self.request:
            return None
        return self._shown[1]

    @property
    def for_excel(self) -> bool:
        """Whether CSV files say by their first bytes that they are UTF-8."""
        return self.excel.isChecked()

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Job[T]:
        """Call something of the desk off the main thread, for this page."""
        return self.desktop.background.run(self, function, *args, **kwargs)

    def show_kind(self, kind: ReportKind) -> None:
        """Show another report."""
        self.kind = kind
        self.title.setText(KINDS[kind].name)
        self._show_days(has_days=kind is not ReportKind.AGEING)
        self.load()

    def _show_days(self, *, has_days: bool) -> None:
        """Offer days only where the report tells of some: what is open is so now."""
        for each in (self.period, self._after_period):
            each.setVisible(has_days)
        self.tickets_action.setVisible(has_days)

    def set_choices(self, choices: Choices) -> None:
        """Offer the desk's teams, people and categories."""
        self.whose.set_choices(choices.teams, choices.people)
        self.which.set_choices(choices.categories)
        self._show_choice()

    def load(self) -> None:
        """Make the report; the same one that was made before stands there meanwhile."""
        self.period.set_today(self.desktop.clock().astimezone().date())
        self.banner.clear()
        self._show_buttons()
        if self.report is None:
            self.states.show_loading()
        request = self.request
        job = self.desktop.background.latest(self, self.desktop.desk.reports.make, request)
        job.then(partial(self._show, request)).failed(self._on_failed)

    def save(self, kind: FileFormat, target: Path) -> None:
        """Write the report as it is shown."""
        if self.report is not None:
            self.saving.save_report(
                self.desktop.desk, self.report, target, kind, bom=self.for_excel
            )

    def save_tickets(self, target: Path) -> None:
        """Write the tickets that were opened in the days of the report."""
        scope = self.scope
        if not self.may_see_all:
            scope = scope.model_copy(update={"technician_id": self.desktop.person.id})
        behind = Behind(measure=Measure.CREATED, span=self.span, scope=scope)
        query = TicketQuery(behind=behind)
        self.saving.save_tickets(self.desktop.desk, query, target, bom=self.for_excel)

    def focus_first(self) -> bool:
        """Go back to where the keyboard was in the report; return whether it was there."""
        focus = self._focus
        # A report that was made anew has other numbers.
        if focus is None or sip.isdeleted(focus) or not self.preview.isAncestorOf(focus):
            return False
        focus.setFocus()
        return True

    def save_state(self) -> None:
        """Remember the days, the tickets, and what CSV files are for."""
        state, own = self.desktop.state, self.desktop.own
        state.setValue(own(_SPAN_KEY), self.span.model_dump_json())
        state.setValue(own(_SCOPE_KEY), self.scope.model_dump_json())
        state.setValue(own(_BOM_KEY), json.dumps(self.for_excel))

    def _build(self) -> None:
        self.title = QLabel(KINDS[self.kind].name)
        self.title.setProperty("role", "title")
        self.period, self.which = PeriodDrop(), WhichDrop()
        self.whose = WhoseDrop(may_see_all=self.may_see_all)
        self.period.chosen.connect(self._on_span)
        self.whose.chosen.connect(lambda chosen: self._on_scope(with_whose(self.scope, chosen)))
        self.which.chosen.connect(lambda chosen: self._on_scope(with_which(self.scope, chosen)))
        self.again = QToolButton()
        self.again.setIcon(icon("refresh"))
        self.again.setToolTip("Make the report again (F5)")
        self.again.setAccessibleName("Make the report again")
        self.again.setShortcut("F5")
        self.again.clicked.connect(lambda: self.load())
        self._build_exports()
        self._after_period = QLabel("·")
        choices = row_of(
            self.title,
            self.period,
            self._after_period,
            self.whose,
            QLabel("·"),
            self.which,
            self.again,
        )
        choices.layout().setSpacing(2)
        choices.layout().addStretch(1)  # type: ignore[attr-defined]
        self._flow = Ends(choices, (row_of(self.pdf_button, self.csv_button),))
        self.saving = Saving(self.desktop.background)
        self.saving.busy_changed.connect(lambda _: self._show_buttons())
        self.banner = Banner()
        self.preview = Preview()
        self.preview.opened.connect(self._on_opened)
        self.preview.ticket_wanted.connect(self._on_ticket_wanted)
        self.states = StateView(self.preview)
        self._lay_out()

    def _build_exports(self) -> None:
        self.pdf_button = QPushButton("Export PDF")
        self.pdf_button.setProperty("kind", "primary")
        self.pdf_button.clicked.connect(lambda: self._ask(FileFormat.PDF))
        self.csv_button = QPushButton("Export CSV")
        menu = QMenu(self.csv_button)
        self.report_action = menu.addAction("This report…")
        self.report_action.triggered.connect(lambda: self._ask(FileFormat.CSV))
        self.tickets_action = menu.addAction("All tickets of these days…")
        self.tickets_action.triggered.connect(lambda: self._ask_tickets())
        menu.addSeparator()
        self.excel = menu.addAction("For Excel")
        self.excel.setCheckable(True)
        self.excel.setToolTip("Excel knows by a mark at the beginning that a file is UTF-8")
        menu.setToolTipsVisible(True)
        self.excel.setChecked(self.desktop.state.value(self.desktop.own(_BOM_KEY), "") != "false")
        self.csv_button.setMenu(menu)

    def _lay_out(self) -> None:
        above = QWidget()
        top = QVBoxLayout(above)
        top.setContentsMargins(_EDGE, _TOP, _EDGE, 12)
        top.setSpacing(8)
        for widget in (self._flow, self.saving, self.banner):
            top.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(above)
        column.addWidget(self.states, 1)

    def _show(self, request: ReportRequest, report: Report) -> None:
        self._shown = (request, report)
        self._show_buttons()
        if not tells(report):
            self.states.show_empty(
                "No tickets in these days",
                "Choose other days, or all teams and categories.",
                "Show the last 365 days" if self.span != _YEAR else None,
                lambda: self._on_span(_YEAR),
            )
            return
        self.preview.show_report(report)
        self.states.show_content()

    def _on_failed(self, error: Exception) -> None:
        """Keep the same report that was made before, if there is one."""
        if isinstance(error, Unreachable):
            self.desktop.feed.fell_behind()
        if self.report is None:
            self.states.show_failed(sentence_of(error), self.load)
        else:
            self.banner.show_error(sentence_of(error), "Retry", self.load)

    def _show_choice(self) -> None:
        self.period.show_span(self.span)
        self.whose.show_scope(self.scope)
        self.which.show_scope(self.scope)

    def _show_buttons(self) -> None:
        is_ready = self.report is not None and not self.saving.is_busy
        for button in (self.pdf_button, self.csv_button):
            button.setEnabled(is_ready)

    def _ask(self, kind: FileFormat) -> None:
        if self.report is None:
            return
        report = self.report
        days = f"{report.first}-{report.last}"
        if report.is_of_now:
            days = f"{report.made_at:%Y-%m-%d}"
        name = f"{report.kind.value}-{days}"
        self.saving.ask(f"Export {KINDS[self.kind].name}", name, kind, partial(self.save, kind))

    def _ask_tickets(self) -> None:
        if self.report is not None:
            name = f"tickets-{self.report.first}-{self.report.last}"
            self.saving.ask("Export all tickets", name, FileFormat.CSV, self.save_tickets)

    def _on_span(self, span: Span) -> None:
        self.span = span
        self._show_choice()
        self.load()

    def _on_scope(self, scope: Scope) -> None:
        self.scope = scope
        self._show_choice()
        self.load()

    def _on_opened(self, opening: Opening) -> None:
        self._focus = self.focusWidget()
        self.tickets_behind_wanted.emit(opening.behind, opening.words)

    def _on_ticket_wanted(self, ticket_id: int) -> None:
        self._focus = self.focusWidget()
        self.ticket_wanted.emit(ticket_id)

    def _kept(self, key: str, kind: type[Kept]) -> Kept | None:
        kept = self.desktop.state.value(self.desktop.own(key), "")
        try:
            return kind.model_validate_json(kept) if kept else None
        except ValueError:
            # Written by another version; the usual will do.
            return None
