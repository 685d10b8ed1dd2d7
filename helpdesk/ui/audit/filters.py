# SPDX-License-Identifier: GPL-3.0-or-later
"""What narrows the audit log: words, groups of actions, a person and a period."""

from __future__ import annotations

from datetime import date

from PyQt5.QtCore import QTimer, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from helpdesk.core.schemas.audit import AuditQuery
from helpdesk.core.schemas.figures import Period, Span
from helpdesk.core.schemas.users import UserPage, UserQuery
from helpdesk.ui.audit.words import (
    DAYS,
    DAYS_LABEL,
    GROUPS,
    PERIODS,
    Days,
    actions_of,
    days_words,
    moments_of,
)
from helpdesk.ui.dashboard.period_dialog import PeriodDialog
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.filter_button import FilterButton
from helpdesk.ui.widgets.value_picker import ValuePicker

_PAUSE_MS = 200
_OFFERED = 8
_SEARCH_WIDTH = 320
_LONGEST = 200


class AuditFilters(QWidget):
    """A row of filters; each tells at once."""

    changed = pyqtSignal()

    def __init__(self, desktop: Desktop) -> None:
        """Begin with all of the log."""
        super().__init__()
        self._desktop = desktop
        self._names: dict[str, str] = {}
        self._days: Days | None = None
        self._period_before: list[str] = []
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.changed)
        self._build()

    @property
    def is_narrowed(self) -> bool:
        """Whether less than all of the log is asked for."""
        return self.query() != AuditQuery()

    def query(self) -> AuditQuery:
        """Return what is asked for."""
        chosen = self.person.values
        now = self._desktop.clock()
        since, until = moments_of(self.period.chosen_keys(), now, self._days)
        return AuditQuery(
            text=self.search.text()[:_LONGEST],
            actions=actions_of(self.groups.chosen_keys()),
            actor_id=int(chosen[0]) if chosen else None,
            since=since,
            until=until,
        )

    def show_person(self, person_id: int, name: str) -> None:
        """Ask for what one person did."""
        self._names[str(person_id)] = name
        self.person.set_values([str(person_id)])
        self.changed.emit()

    def clear(self) -> None:
        """Ask for all of the log."""
        self.search.clear()
        self.groups.set_chosen(())
        self.period.set_chosen(())
        self._forget_days()
        self.person.set_values(())
        self._pause.stop()
        self.changed.emit()

    def _build(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search names of people and things")
        self.search.setAccessibleName("Search the audit log")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search"), QLineEdit.LeadingPosition)
        self.search.setMinimumWidth(220)
        self.search.setMaximumWidth(_SEARCH_WIDTH)
        self.search.setMaxLength(_LONGEST)
        self.search.textChanged.connect(self._pause.start)
        self.groups = FilterButton("What")
        self.groups.set_choices([(key, group.label) for key, group in GROUPS.items()])
        self.period = FilterButton("When", multiple=False)
        self._forget_days()
        self.person = ValuePicker("Person", single=True)
        self.person.edit.setPlaceholderText("Done by anybody")
        self.person.edit.setAccessibleName("Done by")
        self.person.also_called(lambda value: self._names.get(value, value))
        self.person.typed.connect(self._find_people)
        self.groups.chosen.connect(lambda _: self.changed.emit())
        self.period.chosen.connect(self._on_period)
        self.person.changed.connect(self.changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.search, 1)
        row.addWidget(self.groups)
        row.addWidget(self.period)
        row.addWidget(self.person)
        row.addStretch()

    def _on_period(self, chosen: list[str]) -> None:
        if chosen == [DAYS]:
            self._ask_days()
            return
        self._forget_days()
        self.changed.emit()

    def _ask_days(self) -> None:
        span = Span()
        if self._days is not None:
            first, last = (day.isoformat() for day in self._days)
            span = Span(period=Period.CUSTOM, first=first, last=last)
        today = self._desktop.clock().astimezone().date()
        dialog = PeriodDialog(today, span, self)
        dialog.chosen.connect(self._on_days)
        dialog.rejected.connect(self._on_no_days)
        dialog.open()

    def _on_days(self, span: Span) -> None:
        self._days = Days(date.fromisoformat(span.first or ""), date.fromisoformat(span.last or ""))
        self.period.set_chosen([DAYS])
        self._offer_periods(days_words(self._days))
        self.changed.emit()

    def _on_no_days(self) -> None:
        """Go back to what was chosen before."""
        self.period.set_chosen(self._period_before)

    def _forget_days(self) -> None:
        self._days = None
        self._offer_periods(DAYS_LABEL)

    def _offer_periods(self, label: str) -> None:
        self.period.set_choices([*PERIODS, (DAYS, label)])
        self._period_before = self.period.chosen_keys()

    def _find_people(self, text: str) -> None:
        query = UserQuery(text=text[:_LONGEST], limit=_OFFERED)
        search = self._desktop.desk.users.search
        job = self._desktop.background.latest(self, search, query)
        job.then(self._offer).failed(self._desktop.background.unheard.emit)

    def _offer(self, page: UserPage) -> None:
        found = {str(user.id): user.full_name for user in page.items}
        self._names.update(found)
        self.person.set_choices(list(found.items()))
        self.person.offer()
