# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which managers plan tickets that come again and again."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final, NamedTuple

from PyQt5.QtCore import QTimeZone
from PyQt5.QtWidgets import QPushButton, QVBoxLayout

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Invalid
from helpdesk.core.recurrence import zone_named
from helpdesk.core.schemas.recurrences import RecurrenceSettings, RecurrenceView
from helpdesk.core.schemas.users import PersonRef
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.recurring.card import RecurrenceCard
from helpdesk.ui.settings.recurring.dialog import Choices, RecurrenceDialog, read_choices
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import RECURRING
from helpdesk.ui.widgets.question import Question

_EMPTY: Final = (
    "No ticket comes by itself yet",
    "Plan what has to be done again and again, such as looking at the backups each Monday.",
)
_CONSEQUENCE: Final = "No more tickets are opened by it; those that it opened stay."


class _Found(NamedTuple):
    recurrences: tuple[RecurrenceView, ...]
    choices: Choices


class RecurringSection(Section):
    """A list of plans; a dialog edits one."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, RECURRING)
        self._found: _Found | None = None
        self.cards: list[RecurrenceCard] = []
        self.add_button = QPushButton("Plan a ticket")
        self.add_button.setProperty("kind", "primary")
        self.add_button.clicked.connect(lambda: self._on_add())
        self.head.addWidget(self.add_button)
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        self.body.addLayout(self._list)
        self.body.addStretch(1)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to plans, and to what they name."""
        return kind in ("recurrence", "team", "category")

    def load(self) -> None:
        """Ask the desk for the plans."""
        if self._found is None:
            self.states.show_loading()
        job = self.desktop.background.latest(self, _read, self.desktop.desk)
        job.then(self._show).failed(self._on_not_loaded)

    def reveal(self, key: str) -> None:
        """Put the focus onto the first thing to do."""
        self.add_button.setFocus()

    def _show(self, found: _Found) -> None:
        self._found = found
        focused = next((each.recurrence.id for each in self.cards if each.name.hasFocus()), None)
        for card in self.cards:
            self._list.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = [self._card(each) for each in found.recurrences]
        again = next((each for each in self.cards if each.recurrence.id == focused), None)
        if again is not None:
            again.name.setFocus()
        if self.cards:
            self.states.show_content()
        else:
            self.states.show_empty(*_EMPTY, "Plan a ticket", self._on_add)

    def _card(self, recurrence: RecurrenceView) -> RecurrenceCard:
        card = RecurrenceCard(recurrence)
        card.opened.connect(partial(self._edit, recurrence))
        card.switched.connect(partial(self._switch, recurrence))
        card.removal_wanted.connect(partial(self._on_remove, recurrence))
        card.ticket_wanted.connect(self.ticket_wanted)
        self._list.addWidget(card)
        card.show()
        return card

    def _on_add(self) -> None:
        own = self.desktop.person
        self._open(new_settings(self.desktop), PersonRef(id=own.id, full_name=own.full_name), None)

    def _edit(self, known: RecurrenceView) -> None:
        self._open(settings_of(known), known.requester, known)

    def _open(
        self, shown: RecurrenceSettings, requester: PersonRef, known: RecurrenceView | None
    ) -> None:
        if self._found is None:
            return
        dialog = RecurrenceDialog(
            self.desktop, self._found.choices, shown, requester, self, known=known
        )
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, view: RecurrenceView) -> None:
        self.said.emit(f"“{view.name}” was saved.")
        self.load()

    def _switch(self, known: RecurrenceView) -> None:
        recurrences = self.desktop.desk.recurrences
        act = recurrences.pause if known.active else recurrences.resume
        job = self.desktop.background.run(self, act, known.id, known.version)
        job.then(self._on_saved).failed(self._on_failed)

    def _on_remove(self, known: RecurrenceView) -> None:
        question = Question(
            "Remove this plan?", known.name, _CONSEQUENCE, "Remove", "Keep it", self
        )
        question.agreed.connect(partial(self._remove, known))
        question.open()

    def _remove(self, known: RecurrenceView) -> None:
        remove = self.desktop.desk.recurrences.remove
        job = self.desktop.background.run(self, remove, known.id)
        job.then(lambda _: self._on_removed(known)).failed(self._on_failed)

    def _on_removed(self, known: RecurrenceView) -> None:
        self.said.emit(f"“{known.name}” was removed.")
        self.add_button.setFocus()
        self.load()

    def _on_failed(self, error: Exception) -> None:
        self.banner.show_error(sentence_of(error))
        self.load()

    def _on_not_loaded(self, error: Exception) -> None:
        if self._found is None:
            self.states.show_failed(sentence_of(error), self.load)
        else:
            self.banner.show_error(sentence_of(error), "Retry", self.load)


def new_settings(desktop: Desktop) -> RecurrenceSettings:
    """Return a plan to begin with: each week from tomorrow morning on, by the clock here."""
    tomorrow = desktop.clock().astimezone() + timedelta(days=1)
    return RecurrenceSettings(
        name="-",
        subject="-",
        requester_id=desktop.person.id,
        rule="FREQ=WEEKLY",
        time_zone=zone_here(),
        starts_at=tomorrow.replace(hour=9, minute=0, second=0, microsecond=0),
    ).model_copy(update={"name": "", "subject": ""})


def settings_of(known: RecurrenceView) -> RecurrenceSettings:
    """Return a plan as it is, to be changed."""
    return RecurrenceSettings(
        name=known.name,
        subject=known.subject,
        description=known.description,
        category_id=known.category.id if known.category else None,
        priority=known.priority,
        requester_id=known.requester.id,
        assignee_id=known.assignee.id if known.assignee else None,
        team_id=known.team.id if known.team else None,
        tags=known.tags,
        tasks=known.tasks,
        rule=known.rule,
        time_zone=known.time_zone,
        starts_at=known.starts_at,
    )


def zone_here() -> str:
    """Return the time zone of this computer by its name, or UTC where it says none."""
    name = bytes(QTimeZone.systemTimeZoneId()).decode("ascii", "replace")
    try:
        return zone_named(name).key
    except Invalid:
        return "UTC"


def _read(desk: HelpDesk) -> _Found:
    """Read all that the section shows; runs on a thread of the pool."""
    return _Found(desk.recurrences.all(), read_choices(desk))
