# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields that say whom a rule tells, and how urgently."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, pyqtSignal
from PyQt5.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from helpdesk.core.schemas.rules import Action, Audience
from helpdesk.ui.settings.rules.names import Names
from helpdesk.ui.settings.rules.vocabulary import AUDIENCES, Sort
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.switch import Switch
from helpdesk.ui.widgets.value_picker import ValuePicker

_URGENT = "Urgent: through quiet hours, with sound, and it stays until it is seen"


class ToldFields(QWidget):
    """Roles to tick, people to name, and a switch."""

    changed = pyqtSignal()

    def __init__(self, names: Names) -> None:
        """Begin with nobody."""
        super().__init__()
        self.audiences = {each: QCheckBox(label) for each, label in AUDIENCES.items()}
        roles = QWidget()
        flow = FlowLayout(spacing=10)
        roles.setLayout(flow)
        for each, check in self.audiences.items():
            check.setAccessibleName(f"Tell: {AUDIENCES[each].lower()}")
            flow.addWidget(check)
        self.people = ValuePicker("And these people")
        self.people.set_choices(names.offered(Sort.STAFF))
        self.people.also_called(lambda value: names.of(Sort.STAFF, value))
        self._people_label = FieldLabel("And these people")
        self._people_label.setBuddy(self.people.edit)
        self.urgent = Switch(_URGENT)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (roles, self._people_label, self.people, self.urgent):
            column.addWidget(widget)
        self.people.changed.connect(self.changed)
        for check in (*self.audiences.values(), self.urgent):
            check.toggled.connect(lambda _: self.changed.emit())

    @property
    def chosen(self) -> tuple[Audience, ...]:
        """The roles that are told."""
        return tuple(each for each, check in self.audiences.items() if check.isChecked())

    @property
    def person_ids(self) -> tuple[int, ...]:
        """The people who are told besides."""
        return tuple(int(value) for value in self.people.values)

    def show_action(self, action: Action) -> None:
        """Show whom an action tells."""
        for each, check in self.audiences.items():
            check.setChecked(each in action.audiences)
        self.people.set_values(str(id_) for id_ in action.person_ids)
        self.urgent.setChecked(action.urgent)

    def changeEvent(self, event: QEvent) -> None:
        """Show only what there is where nothing can be changed."""
        super().changeEvent(event)
        if event.type() == QEvent.EnabledChange:
            may_change = self.isEnabled()
            for widget in (self._people_label, self.people):
                widget.setVisible(may_change or bool(self.people.values))
            self.urgent.setVisible(may_change or self.urgent.isChecked())
