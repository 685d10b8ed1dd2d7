# SPDX-License-Identifier: GPL-3.0-or-later
"""A button that narrows a list by one property and says what it narrows it to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QMouseEvent
from PyQt5.QtWidgets import QAction, QMenu, QPushButton, QWidget

_SHOWN = 1


class FilterButton(QPushButton):
    """Drops down a menu of choices; the menu stays open while several are ticked."""

    chosen = pyqtSignal(list)
    """The person ticked or cleared something; these keys are chosen now."""

    def __init__(self, name: str, parent: QWidget | None = None, *, multiple: bool = True) -> None:
        """Filter by the property of this name, by several values or by one."""
        super().__init__(parent)
        self._name = name
        self._multiple = multiple
        self._actions: dict[str, QAction] = {}
        self._usual: frozenset[str] = frozenset()
        self._menu = _StayingMenu(self)
        self.setMenu(self._menu)
        self._show_chosen()

    def set_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """Offer (key, label) pairs; what is chosen and still offered stays chosen."""
        before = set(self.chosen_keys())
        self._menu.clear()
        self._any = self._menu.addAction(self.tr("Any"))
        self._any.triggered.connect(self._on_any)
        self._menu.addSeparator()
        self._actions = {key: self._add(key, label) for key, label in choices}
        self.set_chosen(before)

    def offer_also(self, keys: Iterable[str], label: str) -> None:
        """Offer further keys for which there is no other name; the next choices replace them."""
        for key in keys:
            if key not in self._actions:
                self._actions[key] = self._add(key, label)

    def chosen_keys(self) -> list[str]:
        """Return the chosen keys in the order of the menu; none means any."""
        return [key for key, action in self._actions.items() if action.isChecked()]

    def set_chosen(self, keys: Iterable[str]) -> None:
        """Choose without telling; keys that are not offered are passed over."""
        wanted = set(keys)
        for key, action in self._actions.items():
            action.setChecked(key in wanted)
        self._show_chosen()

    def set_usual(self, keys: Iterable[str]) -> None:
        """Say what is chosen where nobody has filtered; it is not shown as a filter."""
        self._usual = frozenset(keys)
        self._show_chosen()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open on Down and Return too; Backspace and Delete clear."""
        if event.key() in (Qt.Key_Down, Qt.Key_Return, Qt.Key_Enter):
            self.showMenu()
        elif event.key() in (Qt.Key_Backspace, Qt.Key_Delete) and self.chosen_keys():
            self._on_any()
        else:
            super().keyPressEvent(event)

    def _add(self, key: str, label: str) -> QAction:
        action = self._menu.addAction(label.replace("&", "&&"))
        action.setCheckable(True)
        action.setData(key)
        action.triggered.connect(lambda: self._on_triggered(key))
        return action

    def _on_triggered(self, key: str) -> None:
        if not self._multiple:
            chosen = self._actions[key].isChecked()
            self.set_chosen([key] if chosen else [])
            self._menu.close()
        self._show_chosen()
        self.chosen.emit(self.chosen_keys())

    def _on_any(self) -> None:
        self.set_chosen(())
        self._menu.close()
        self.chosen.emit([])

    def _show_chosen(self) -> None:
        labels = [action.text() for action in self._actions.values() if action.isChecked()]
        text = self._name.replace("&", "&&")
        is_filter = frozenset(self.chosen_keys()) != self._usual
        if labels and is_filter:
            shown = ", ".join(labels[:_SHOWN])
            more = f" +{len(labels) - _SHOWN}" if len(labels) > _SHOWN else ""
            text = f"{text}: {shown}{more}"
        self.setText(text)
        self.setAccessibleName(text.replace("&&", "&"))
        self.setProperty("active", is_filter)
        self.style().unpolish(self)
        self.style().polish(self)


class _StayingMenu(QMenu):
    """Ticks without closing, by mouse, Space or Return; Escape closes it."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._tick(self.actionAt(event.pos())):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        wants_tick = event.key() in (Qt.Key_Space, Qt.Key_Return, Qt.Key_Enter)
        if not (wants_tick and self._tick(self.activeAction())):
            super().keyPressEvent(event)

    def _tick(self, action: QAction | None) -> bool:
        if action is None or not action.isCheckable() or not action.isEnabled():
            return False
        action.trigger()
        return True
