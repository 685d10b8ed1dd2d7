# SPDX-License-Identifier: GPL-3.0-or-later
"""What one types or chooses a value of the desk's own fields in, one widget for each kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt5.QtCore import QDate, QEvent, QObject, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import (
    QCalendarWidget,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from helpdesk.core.custom_fields import Asked, canonical
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.schemas.custom_fields import FieldPerson, FieldView
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.text import NAME_LIMIT
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.value_picker import ValuePicker

_NOTHING = "Nothing chosen"
_UNKNOWN = "Somebody"
"""Who stands there by a number whose name is not known, or not yet."""
_ISO = "yyyy-MM-dd"
_NO_LONGER = " (no longer offered)"
_EXAMPLES = {FieldKind.NUMBER: "Such as 1250 or -0.5", FieldKind.DATE: "Such as 2026-12-24"}


class FieldInput(QWidget):
    """Holds the text of a value; subclasses say in what."""

    edited = pyqtSignal()
    """Something was typed or chosen."""
    taken = pyqtSignal()
    """The person is done with it: by Enter, by choosing, or by going elsewhere."""

    def __init__(self, field: FieldView) -> None:
        """Begin empty."""
        super().__init__()
        self.field = field
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    @property
    def text(self) -> str:
        """The value as it stands there, checked or not."""
        raise NotImplementedError

    def put(self, value: str, shown: str = "") -> None:
        """Show a value without telling; ``shown`` is what people read of it."""
        raise NotImplementedError

    @property
    def people(self) -> dict[str, str]:
        """The names of those who are chosen, by their ids."""
        return {}

    @property
    def problem(self) -> str:
        """What is wrong with what stands there, in a sentence; empty for nothing."""
        field = self.field
        try:
            value = canonical(Asked(field.name, field.kind, field.options), self.text)
        except Invalid as error:
            return str(error)
        return f"Fill in {field.name}; it is required." if field.required and not value else ""

    def mark(self, *, wrong: bool) -> None:
        """Mark what stands there as wrong, or not any more."""
        inside = self.focusProxy()
        if isinstance(inside, ValuePicker):
            inside.set_invalid(invalid=wrong)
        elif bool(inside.property("invalid")) != wrong:
            inside.setProperty("invalid", wrong)
            inside.style().unpolish(inside)
            inside.style().polish(inside)

    def _hold(self, inside: QWidget) -> None:
        inside.setAccessibleName(field_label(self.field))
        inside.setAccessibleDescription(self.field.help)
        self._column.addWidget(inside)
        self.setFocusProxy(inside)


class LineInput(FieldInput):
    """A text, a number or a day; a day can also be looked up in a calendar."""

    def __init__(self, field: FieldView) -> None:
        """Make the line."""
        super().__init__(field)
        self.line = QLineEdit()
        self.line.setMaxLength(NAME_LIMIT)
        self.line.setPlaceholderText(_EXAMPLES.get(field.kind, ""))
        self.line.textEdited.connect(lambda _: self.edited.emit())
        self.line.editingFinished.connect(self.taken)
        if field.kind is FieldKind.DATE:
            self._hold_with_calendar()
        else:
            self._hold(self.line)

    @property
    def text(self) -> str:
        """What stands in the line."""
        return self.line.text().strip()

    def put(self, value: str, shown: str = "") -> None:
        """Write a value into the line."""
        self.line.setText(value)

    def _hold_with_calendar(self) -> None:
        button = QToolButton()
        button.setIcon(icon("calendar"))
        button.setToolTip("Choose a day (Alt+Down in the field)")
        button.setAccessibleName(f"{self.field.name}: choose a day")
        button.setFocusPolicy(Qt.NoFocus)
        button.clicked.connect(self.open_calendar)
        self._hold(self.line)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.line, 1)
        row.addWidget(button)
        self._column.addLayout(row)
        self.line.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open the calendar with Alt and Down, as every list opens."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.KeyPress:
            return bool(super().eventFilter(watched, event))
        if event.key() == Qt.Key_Down and event.modifiers() & Qt.AltModifier:
            self.open_calendar()
            return True
        return bool(super().eventFilter(watched, event))

    def open_calendar(self) -> None:
        """Let a day be chosen."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WA_DeleteOnClose)
        calendar = QCalendarWidget()
        day = QDate.fromString(self.text, _ISO)
        if day.isValid():
            calendar.setSelectedDate(day)
        action = QWidgetAction(menu)
        action.setDefaultWidget(calendar)
        menu.addAction(action)
        calendar.activated.connect(partial(self._on_day, menu))
        calendar.clicked.connect(partial(self._on_day, menu))
        menu.popup(self.line.mapToGlobal(self.line.rect().bottomLeft()))
        calendar.setFocus()

    def _on_day(self, menu: QMenu, day: QDate) -> None:
        menu.close()
        self.line.setText(day.toString(_ISO))
        self.line.setFocus()
        self.edited.emit()
        self.taken.emit()


class ChoiceInput(FieldInput):
    """One of the options, or nothing."""

    def __init__(self, field: FieldView) -> None:
        """Offer the options."""
        super().__init__(field)
        self.choice = DropDown([("", _NOTHING), *((each, each) for each in field.options)])
        self.choice.give_way()
        self.choice.activated.connect(self._on_chosen)
        self._hold(self.choice)

    @property
    def text(self) -> str:
        """The option chosen."""
        return str(self.choice.key or "")

    def put(self, value: str, shown: str = "") -> None:
        """Choose an option; one that is not offered any more is shown all the same."""
        while self.choice.count() > len(self.field.options) + 1:
            self.choice.removeItem(self.choice.count() - 1)
        if value and self.choice.findData(value) < 0:
            self.choice.addItem(value + _NO_LONGER, value)
        self.choice.set_key(value)

    def _on_chosen(self) -> None:
        self.edited.emit()
        self.taken.emit()


class PersonInput(FieldInput):
    """Somebody, found by typing some letters of their name."""

    def __init__(
        self, field: FieldView, search: Callable[[str], None], look_up: Callable[[str], None]
    ) -> None:
        """``search`` looks for people and calls ``offer``; ``look_up`` for one, and ``name``."""
        super().__init__(field)
        self._names: dict[str, str] = {}
        self._search, self._look_up = search, look_up
        self.picker = ValuePicker(field_label(field), single=True)
        self.picker.edit.setPlaceholderText("Type a name")
        self.picker.also_called(lambda value: self._names.get(value, _UNKNOWN))
        self.picker.typed.connect(self._on_typed)
        self.picker.changed.connect(self._on_changed)
        self._hold(self.picker)

    @property
    def text(self) -> str:
        """The id of who is chosen."""
        return next(iter(self.picker.values), "")

    @property
    def people(self) -> dict[str, str]:
        """Who is chosen."""
        value = self.text
        return {value: self._names[value]} if value in self._names else {}

    @property
    def problem(self) -> str:
        """What is typed and names nobody is wrong, too."""
        return self.picker.untaken_problem or super().problem

    def put(self, value: str, shown: str = "") -> None:
        """Choose somebody."""
        if value and shown:
            self._names[value] = shown
        self.picker.edit.clear()
        self.picker.set_values((value,) if value else ())
        if value and value not in self._names:
            self._look_up(value)

    def name(self, person: FieldPerson) -> None:
        """Say who stands there by a number alone."""
        self._names[str(person.id)] = person.full_name
        self.picker.set_values(self.picker.values)

    def offer(self, text: str, found: tuple[FieldPerson, ...]) -> None:
        """Offer those who were found, while what was asked for still stands there."""
        if text != self.picker.edit.text().strip():
            return
        self._names.update({str(each.id): each.full_name for each in found})
        self.picker.set_choices([(str(each.id), each.full_name) for each in found])
        self.picker.offer()

    def _on_typed(self, text: str) -> None:
        if text:
            self._search(text)

    def _on_changed(self) -> None:
        self.edited.emit()
        self.taken.emit()


def field_label(field: FieldView) -> str:
    """Return how a field is called where it is filled in."""
    return f"{field.name} (required)" if field.required else field.name


def input_for(field: FieldView, desktop: Desktop) -> FieldInput:
    """Return the widget for a field."""
    if field.kind is FieldKind.CHOICE:
        return ChoiceInput(field)
    if field.kind is not FieldKind.USER:
        return LineInput(field)

    def search(text: str) -> None:
        ask = desktop.desk.custom_fields.people
        job = desktop.background.latest(made, ask, text)
        job.then(partial(made.offer, text)).failed(desktop.background.unheard.emit)

    def look_up(value: str) -> None:
        if not value.isdecimal():
            return
        job = desktop.background.run(made, desktop.desk.custom_fields.person, int(value))
        job.then(made.name).failed(not_named)

    def not_named(error: Exception) -> None:
        # Somebody whom the reader may not know stays without a name.
        if not isinstance(error, NotFound):
            desktop.background.unheard.emit(error)

    made = PersonInput(field, search, look_up)
    return made
