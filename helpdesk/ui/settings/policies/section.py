# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which admins say within what time tickets must be answered and solved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PyQt5.QtWidgets import QPushButton

from helpdesk.core.schemas.sla import PolicyChange, PolicyOrder, PolicySettings, PolicyView
from helpdesk.core.schemas.tickets import Priority
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.policies.form import PolicyForm
from helpdesk.ui.settings.policies.words import missing, open_tickets, place, times, whom
from helpdesk.ui.settings.record_list import RecordRow
from helpdesk.ui.settings.record_section import NEW, RecordSection
from helpdesk.ui.settings.words import SERVICE_LEVELS


class PoliciesSection(RecordSection):
    """The service levels in the order in which they are asked, and the form of one."""

    noun = "service level"
    hint = "Without one, no ticket has a time to be met. The first you add can measure them all."
    read_only = "Only admins change service levels; you can read them here."
    movable = True

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        self.policy_form = PolicyForm(desktop)
        self._categories: dict[int, str] = {}
        self._teams: dict[int, str] = {}
        super().__init__(desktop, SERVICE_LEVELS, self.policy_form)
        self.policy_form.what_if.ticket_wanted.connect(self.ticket_wanted)
        self.list.set_movable(movable=self.may_change)
        self.list.arranged.connect(self._on_arranged)
        if self.may_change:
            self.list.setToolTip("Drag a row, or press Alt with Up or Down, to move it")

    def read(self) -> tuple[Any, ...]:
        """Ask the desk for the policies, and for what they can name."""
        desk = self.desktop.desk
        return (
            desk.policies.all(),
            desk.calendars.all(),
            desk.tickets.categories(),
            desk.teams.all(),
        )

    def take(self, told: tuple[Any, ...]) -> None:
        """Offer what policies can name."""
        calendars, categories, teams = told
        self._categories = {each.id: each.name for each in categories}
        self._teams = {each.id: each.name for each in teams}
        self.policy_form.set_choices(self._categories, self._teams, calendars)

    def row_of(self, record: PolicyView) -> RecordRow:
        """Say whose tickets, and by which times."""
        measured = {target.priority for target in record.targets}
        others = [each.label for each in reversed(Priority) if each not in measured]
        return RecordRow(
            record.id,
            record.name,
            (
                whom(record, self._categories, self._teams) + missing(record.targets, others),
                f"{times(record.targets)} · {record.calendar}",
            ),
            () if record.active else (("not in use", "neutral"),),
            open_tickets(record.open_tickets) if record.active else "",
        )

    def save_call(self, record: PolicyView | None, settings: PolicySettings) -> Callable[[], Any]:
        """Add it in front of the others, or change it."""
        policies = self.desktop.desk.policies
        if record is None:
            return partial(policies.add, settings)
        change = PolicyChange(**settings.model_dump(), version=record.version)
        return partial(policies.change, record.id, change)

    def remove_call(self, record: PolicyView) -> Callable[[], Any]:
        """Remove it."""
        return partial(self.desktop.desk.policies.remove, record.id)

    def consequence(self, record: PolicyView) -> str:
        """Say what becomes of its tickets."""
        if not record.open_tickets:
            return "No open ticket is measured by it. This cannot be undone."
        left = open_tickets(record.open_tickets)
        return f"{left} will be left to the other service levels. This cannot be undone."

    def saved_words(self, record: PolicyView) -> str:
        """Say before and after which others it stands."""
        where = place(record.id, self.records)
        return f"{super().saved_words(record)}{f' It {where}.' if where else ''}"

    def _fill(self, edits: Mapping[str, Any]) -> None:
        super()._fill(edits)
        where = place(self.opened or NEW, self.records)
        said = f"It {where}: of those that match a ticket, the first one counts." if where else ""
        self.policy_form.say_place(said)

    def _on_saved(self, id_: int, record: PolicyView) -> None:
        if id_ == NEW:
            # As the desk does it.
            self.records = {record.id: record, **self.records}
        super()._on_saved(id_, record)

    def buttons(self) -> list[QPushButton]:
        """Move the chosen one up or down."""
        self.up_button = self._button("Move up", lambda: self.list.move_current(-1))
        self.down_button = self._button("Move down", lambda: self.list.move_current(1))
        return [self.up_button, self.down_button]

    def show_buttons(self) -> None:
        """Enable what can be done with the chosen policy."""
        super().show_buttons()
        at, focus = self.list.currentRow(), self.focusWidget()
        moves = {
            self.up_button: at > 0,
            self.down_button: 0 <= at < self.list.count() - 1,
        }
        for button in (each for each, leads_on in moves.items() if leads_on):
            button.setEnabled(True)
        if focus in moves and not moves[focus]:
            # A button that leads no further gives the focus to the other one, not to Remove.
            next((each for each in moves if moves[each]), self.list).setFocus()
        for button, leads_on in moves.items():
            button.setEnabled(leads_on)

    def _on_arranged(self, ids: Sequence[int]) -> None:
        self.banner.clear()
        arrange = self.desktop.desk.policies.arrange
        job = self.desktop.background.run(self, arrange, PolicyOrder(policy_ids=tuple(ids)))
        job.then(self._show_arranged).failed(self._on_not_arranged)

    def _show_arranged(self, policies: Sequence[PolicyView]) -> None:
        self.records = {policy.id: policy for policy in policies}
        self._show_list()
        self.said.emit("The order of the service levels was saved.")

    def _on_not_arranged(self, error: Exception) -> None:
        self._show_list()
        self.banner.show_error(sentence_of(error))
