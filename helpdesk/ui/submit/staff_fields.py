# SPDX-License-Identifier: GPL-3.0-or-later
"""What staff says of a new ticket besides: for whom it is, who else is told, and its tags."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from helpdesk.core.errors import DeskError
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.links import TagCount
from helpdesk.core.schemas.tickets import NewTicket, TicketView
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.submit.people_search import PeopleSearch
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.value_picker import ValuePicker

_MOST_TAGS = 20
_FOR, _ALSO, _TAGS = "for", "also_tell", "tags"
"""Under what a draft keeps them."""
_TELLING = "They are told of every answer, and can read the ticket without its internal notes."


class StaffFields(QWidget):
    """It is not there for people who may open tickets for themselves alone."""

    changed = pyqtSignal()
    """The person chose something."""
    requester_changed = pyqtSignal()
    """The ticket is for somebody else now."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin with a ticket of one's own."""
        super().__init__()
        self._desktop = desktop
        self.is_offered = desktop.may(Permission.WORK_TICKET)
        self.requester = PeopleSearch(desktop, "For", "Myself", single=True)
        self.also_tell = PeopleSearch(desktop, "Also tell", "Nobody else")
        self.also_tell.setToolTip(_TELLING)
        for field in (self.requester, self.also_tell):
            field.changed.connect(self.changed)
        self.requester.changed.connect(self.requester_changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 8)
        row.setSpacing(12)
        row.addWidget(_titled("For", self.requester, self.requester.problem), 1)
        row.addWidget(_titled("Also tell", self.also_tell, self.also_tell.problem), 1)
        if not self.is_offered:
            # Shown before it stands in a form it would be a window of its own.
            self.hide()

    def tags_cell(self) -> QWidget:
        """Return the field of tags, which stands where the ticket is sorted."""
        self.tags = ValuePicker("Tags", free=True, most=_MOST_TAGS)
        self.tags.edit.setPlaceholderText("Add a tag")
        self.tags.typed.connect(self._on_tag_typed)
        self.tags.changed.connect(self.changed)
        cell = _titled("Tags", self.tags)
        if not self.is_offered:
            cell.hide()
        return cell

    @property
    def requester_id(self) -> int | None:
        """For whom the ticket is; ``None`` is who writes it."""
        chosen = self.requester.ids[0] if self.requester.ids else None
        return None if chosen == self._desktop.person.id else chosen

    @property
    def requester_name(self) -> str:
        """What they are called for whom it is."""
        return self.requester.names[0] if self.requester.ids else self._desktop.person.full_name

    @property
    def is_empty(self) -> bool:
        """Whether nothing is chosen."""
        return not (self.requester.ids or self.also_tell.ids or self.tags.values)

    @property
    def said_for(self) -> str:
        """Say for whom the ticket is, where it is for somebody else."""
        return "" if self.requester_id is None else f"It is for {self.requester_name}."

    def said_of(self, ticket: TicketView) -> str:
        """Return how it goes on of a ticket that it "was submitted": for whom, who sees it."""
        said = ", and the support team sees it now."
        if ticket.requester.id != self._desktop.person.id:
            said = f" for {ticket.requester.full_name}, who is told of it."
        *others, last = self.also_tell.names or ("",)
        if not last:
            return said
        if not others:
            return f"{said} {last} follows it."
        return f"{said} {', '.join(others)} and {last} follow it."

    def check(self) -> bool:
        """Return whether everything typed was taken; else say at the field what to do."""
        return self.requester.check() and self.also_tell.check()

    def show_refusal(self, error: Exception) -> bool:
        """Say at a field what the desk found wrong with it; return whether it was one of these."""
        name = error.field if isinstance(error, DeskError) else None
        # A follower who has left is told of by the account.
        places = {"requester_id": self.requester, "person_id": self.also_tell}
        field = places.get(name or "")
        if field is None or not self.is_offered:
            return False
        field.say(sentence_of(error))
        field.setFocus()
        return True

    def draft(self) -> dict[str, str]:
        """Return what of it belongs into a draft."""
        kept = {
            _FOR: self.requester.packed(),
            _ALSO: self.also_tell.packed(),
            _TAGS: ",".join(self.tags.values),
        }
        return {name: text for name, text in kept.items() if text}

    def load_draft(self, draft: dict[str, str]) -> None:
        """Show what a draft keeps; what it does not keep is empty."""
        if not self.is_offered:
            return
        self.requester.unpack(draft.get(_FOR, ""))
        self.also_tell.unpack(draft.get(_ALSO, ""))
        self.tags.set_values(filter(None, draft.get(_TAGS, "").split(",")))
        self.requester_changed.emit()

    def show_of(self, new: NewTicket) -> None:
        """Show what a ticket was to be opened with that did not leave."""
        if not self.is_offered:
            return
        self.requester.set_people({new.requester_id: ""} if new.requester_id else {})
        self.also_tell.set_people(dict.fromkeys(new.watcher_ids, ""))
        self.tags.set_values(new.tags)
        self.requester_changed.emit()

    def clear(self) -> None:
        """Go back to a ticket of one's own."""
        if self.is_empty:
            return
        self.requester.clear()
        self.also_tell.clear()
        self.tags.set_values(())
        self.requester_changed.emit()

    def add_tags(self, tags: tuple[str, ...]) -> None:
        """Add tags to those that are there."""
        if self.is_offered:
            self.tags.set_values(dict.fromkeys((*self.tags.values, *tags)))

    def _on_tag_typed(self, text: str) -> None:
        if text:
            find = self._desktop.desk.tags.beginning_with
            job = self._desktop.background.latest(self, find, text)
            # Whoever types goes on without them.
            job.then(partial(self._offer_tags, text)).failed(lambda _: None)

    def _offer_tags(self, text: str, found: tuple[TagCount, ...]) -> None:
        if text == self.tags.edit.text().strip():
            self.tags.set_choices([(each.name, each.name) for each in found])
            self.tags.offer()


def _titled(title: str, field: QWidget, problem: QWidget | None = None) -> QWidget:
    cell = QWidget()
    column = QVBoxLayout(cell)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    label = FieldLabel(title)
    label.setBuddy(field)
    column.addWidget(label)
    column.addWidget(field)
    if problem is not None:
        column.addWidget(problem)
    column.addStretch(1)
    return cell
