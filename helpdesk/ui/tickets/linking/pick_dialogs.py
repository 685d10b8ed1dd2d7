# SPDX-License-Identifier: GPL-3.0-or-later
"""Dialogs that choose another ticket: to link with, or to merge into."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from helpdesk.core.schemas.links import Relation
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.linking.ticket_picker import Found, TicketPicker, similar_to
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_WIDTH, _HEIGHT = 600, 460


class _PickDialog(Dialog):
    """A heading, a picker, what follows from the choice, and one button that does it."""

    chooses = True
    """Whether what is found first is chosen at once."""

    def __init__(self, desktop: Desktop, ticket: TicketView, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._ticket = ticket
        similar = similar_to(desktop, ticket.id, with_people=not self.chooses)
        self.picker = TicketPicker(desktop, ticket.id, similar, chooses=self.chooses)
        self.picker.picked.connect(self._on_save)
        self.picker.moved.connect(self._show_choice)
        self.consequence = PlainLabel(role="muted")
        self.consequence.setMinimumHeight(2 * self.consequence.sizeHint().height())
        self.foot = DialogFoot(self, title)
        self.foot.save_button.clicked.connect(self._on_save)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 18, 20, 16)
        self._column.setSpacing(10)
        self._column.addWidget(PlainLabel(title, role="title"))
        self._column.addWidget(self.picker, 1)
        self.warning = Banner()
        self._column.addWidget(self.warning)
        self._column.addWidget(self.consequence)
        self._column.addLayout(self.foot)
        self.resize(_WIDTH, _HEIGHT)
        self.picker.setFocus()
        self._show_choice()

    def _show_choice(self) -> None:
        self.foot.save_button.setEnabled(self.picker.chosen is not None)

    def _on_save(self) -> None:
        raise NotImplementedError


class LinkDialog(_PickDialog):
    """Says what the ticket is to another one."""

    linked = pyqtSignal(int, object)
    """The other ticket, and the ``Relation`` of this one to it."""

    def __init__(self, desktop: Desktop, ticket: TicketView, parent: QWidget) -> None:
        """Offer similar tickets first."""
        super().__init__(desktop, ticket, f"Link {ticket.number}", parent)
        self.relation = DropDown([(each.value, each.label) for each in Relation])
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(FieldLabel(f"{ticket.number} is", self.relation))
        row.addWidget(self.relation)
        row.addStretch(1)
        self._column.insertLayout(1, row)
        self.relation.setAccessibleName(f"What {ticket.number} is to the other ticket")
        self.consequence.hide()

    def _on_save(self) -> None:
        chosen = self.picker.chosen
        if chosen is not None:
            self.accept()
            self.linked.emit(chosen.id, Relation(str(self.relation.key)))


class MergeDialog(_PickDialog):
    """Chooses where a ticket goes on, and says what becomes of it and who will read it."""

    merged = pyqtSignal(int)
    chooses = False

    def __init__(self, desktop: Desktop, ticket: TicketView, parent: QWidget) -> None:
        """Offer similar tickets first."""
        super().__init__(desktop, ticket, f"Merge {ticket.number} into another ticket", parent)
        self.foot.save_button.setText("Merge")

    def _show_choice(self) -> None:
        super()._show_choice()
        chosen = self.picker.chosen
        asked = self._ticket.requester.full_name
        self.consequence.setText(
            f"{self._ticket.number} is closed and goes on in {chosen.number}. {asked} and who"
            f" follows it will read {chosen.number}. It can be undone."
            if chosen
            else ""
        )
        caution = self._caution(chosen) if chosen else ""
        if caution:
            self.warning.show_warning(caution)
        else:
            self.warning.clear()

    def _caution(self, chosen: Found) -> str:
        """Return what speaks against a choice: it is done with, or somebody else's."""
        what = [] if chosen.status.is_open else [chosen.status.label.lower()]
        if chosen.requester and chosen.requester.id != self._ticket.requester.id:
            what.append(f"of {chosen.requester.full_name}")
        if not what:
            return ""
        said = f"{chosen.number} is {' and '.join(what)}"
        number = self._ticket.number
        if not chosen.status.is_open and self._ticket.status.is_open:
            return f"{said}: {number} is in no queue any more, unless you reopen {chosen.number}."
        return f"{said}; {number} is of {self._ticket.requester.full_name}."

    def _on_save(self) -> None:
        chosen = self.picker.chosen
        if chosen is not None:
            self.accept()
            self.merged.emit(chosen.id)
