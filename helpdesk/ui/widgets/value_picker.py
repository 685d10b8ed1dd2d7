# SPDX-License-Identifier: GPL-3.0-or-later
"""A field for several values: each is a tag that can be taken out, and typing offers more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from PyQt5.QtCore import QEvent, QModelIndex, QObject, QRect, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QMouseEvent, QStandardItem, QStandardItemModel
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QFrame,
    QLineEdit,
    QPushButton,
    QStyledItemDelegate,
    QVBoxLayout,
)

from helpdesk.core.text import ellipsis, single_line
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import plain_tooltip

_EDIT_WIDTH, _LIST_WIDTH = 150, 280
_TAG_LIMIT = 40
_LONGEST, _MOST = 200, 50
_UNTAKEN = "“{}” is not chosen yet: choose from the list or press Enter, or clear the field."
_ENTER = (Qt.Key_Return, Qt.Key_Enter)


class ValuePicker(QFrame):
    """Holds values with their labels; with ``free`` whatever is typed becomes one."""

    changed = pyqtSignal()
    typed = pyqtSignal(str)
    """What is being typed, for lists that are too long to be offered whole."""

    def __init__(
        self, name: str, *, free: bool = False, single: bool = False, most: int = _MOST
    ) -> None:
        """Begin empty; ``name`` says what the values are of."""
        super().__init__()
        self._name = name
        self._free, self._single, self._most = free, single, most
        self._labels: dict[str, str] = {}
        self._values: list[str] = []
        self._tags: list[QPushButton] = []
        self._label_of: Callable[[str], str] = lambda value: f"No longer there ({value})"
        self.setProperty("kind", "picker")
        self.edit = QLineEdit()
        self.edit.setProperty("frameless", True)
        self.edit.setMaxLength(_LONGEST)
        self.edit.setFixedWidth(_EDIT_WIDTH)
        self.edit.setPlaceholderText("Type and press Enter" if free else "Choose or type")
        self.edit.installEventFilter(self)
        self.edit.textEdited.connect(self._on_typed)
        self._offered: QCompleter | None = None
        self._flow = FlowLayout(spacing=4)
        self._flow.addWidget(self.edit)
        around = QVBoxLayout(self)
        around.setContentsMargins(6, 5, 6, 5)
        around.addLayout(self._flow)
        self.setFocusProxy(self.edit)
        self._show_tags()

    @property
    def values(self) -> tuple[str, ...]:
        """The values chosen, in the order in which they were."""
        return tuple(self._values)

    @property
    def untaken(self) -> str:
        """What is typed and has not become a value."""
        return single_line(self.edit.text()).strip(", ") if self.isEnabled() else ""

    @property
    def untaken_problem(self) -> str:
        """Say what to do with what is typed and has not become a value, or nothing."""
        return _UNTAKEN.format(self.untaken) if self.untaken else ""

    @property
    def list(self) -> QAbstractItemView:
        """What is offered."""
        return self._completer().popup()

    @property
    def is_open(self) -> bool:
        """Whether values are offered at this moment."""
        return self._offered is not None and bool(self._offered.popup().isVisible())

    def set_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """Offer (value, label) pairs; what is chosen stays so."""
        self._labels = dict(choices)
        self._show_tags()

    def also_called(self, label_of: Callable[[str], str]) -> None:
        """Ask for the label of a value that is chosen but not offered."""
        self._label_of = label_of
        self._show_tags()

    def set_values(self, values: Iterable[str]) -> None:
        """Choose without telling."""
        self._values = [*values]
        self._show_tags()

    def offer(self) -> None:
        """Show what can be chosen and begins so."""
        if self._single and self._values:
            return
        completer = self._completer()
        self._fill(completer)
        completer.setCompletionPrefix(self.edit.text().strip())
        if not completer.completionCount() or not self.edit.isVisible():
            self.list.hide()
            return
        width = max(_LIST_WIDTH, min(self.width(), 2 * _LIST_WIDTH) // 2)
        completer.complete(QRect(0, 0, width, self.edit.height() + 4))
        self.list.setCurrentIndex(completer.completionModel().index(0, 0))

    def set_invalid(self, *, invalid: bool) -> None:
        """Mark the field."""
        self._set_property("invalid", invalid)

    def setAccessibleDescription(self, text: str) -> None:
        """Describe what takes the focus."""
        super().setAccessibleDescription(text)
        self.edit.setAccessibleDescription(text)

    def changeEvent(self, event: QEvent) -> None:
        """Show the values alone where nothing can be chosen."""
        super().changeEvent(event)
        if event.type() == QEvent.EnabledChange:
            self._show_tags()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to type wherever the field is clicked."""
        super().mousePressEvent(event)
        if self.edit.isVisible():
            self.edit.setFocus(Qt.MouseFocusReason)
            self.offer()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that choose, and keep what is typed when the field is left."""
        if event.type() == QEvent.FocusIn:
            self._set_property("active", True)
        elif event.type() == QEvent.FocusOut:
            self._set_property("active", False)
            if not self.is_open:
                self._take_typed()
        elif event.type() == QEvent.MouseButtonRelease and not self.is_open:
            self.offer()
        elif event.type() == QEvent.KeyPress and isinstance(event, QKeyEvent):
            return self._on_key(event)
        return bool(super().eventFilter(watched, event))

    def _completer(self) -> QCompleter:
        """Return what offers values; it is made when it is first needed, which few ever are."""
        if self._offered is None:
            self._offered = QCompleter(QStandardItemModel(self), self)
            self._offered.setCaseSensitivity(Qt.CaseInsensitive)
            self._offered.setFilterMode(Qt.MatchContains)
            self._offered.setMaxVisibleItems(10)
            # Behind the last one would be none, and Enter would then take nothing.
            self._offered.setWrapAround(False)
            self._offered.setWidget(self.edit)
            popup = self._offered.popup()
            popup.setItemDelegate(QStyledItemDelegate(popup))
            popup.setAccessibleName(self._name)
            self._offered.activated[QModelIndex].connect(self._on_activated)
        return self._offered

    def _fill(self, completer: QCompleter) -> None:
        model = completer.model()
        assert isinstance(model, QStandardItemModel)  # noqa: S101 - as it was made
        model.clear()
        for value, label in self._labels.items():
            if value not in self._values:
                item = QStandardItem(label)
                item.setData(value, Qt.UserRole)
                model.appendRow(item)

    def _on_typed(self, text: str) -> None:
        self.typed.emit(text.strip())
        if self._free:
            if text.endswith(","):
                self._take_typed()
        elif text.strip():
            self.offer()

    def _on_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in _ENTER:
            if self.is_open and self.list.currentIndex().isValid():
                offered = self.list.currentIndex()
                self.list.hide()
                self._on_activated(offered)
            elif not self._take_typed() and not self._free:
                self.offer()
            return True
        if key == Qt.Key_Down and not self._free and not event.modifiers():
            self.offer()
            return True
        if key == Qt.Key_Backspace and not self.edit.text() and self._values:
            self._remove(self._values[-1])
            return True
        return False

    def _take_typed(self) -> bool:
        """Take what is typed, if it is a value. Returns whether it was."""
        typed = single_line(self.edit.text()).strip(", ")
        if not typed:
            return False
        value = typed if self._free else self._named(typed.casefold())
        if value is None:
            return False
        self._add(value)
        return True

    def _named(self, typed: str) -> str | None:
        """Return the one value that is called so, whatever stands in brackets behind its name."""
        labels = {value: label.casefold() for value, label in self._labels.items()}
        named = [value for value, label in labels.items() if label == typed]
        named = named or [
            value for value, label in labels.items() if label.startswith(f"{typed} (")
        ]
        return named[0] if len(named) == 1 else None

    def _on_activated(self, index: QModelIndex) -> None:
        self._add(str(index.data(Qt.UserRole)))

    def _add(self, value: str) -> None:
        self.edit.clear()
        self.typed.emit("")
        if value not in self._values and len(self._values) < self._most:
            self._values = [value] if self._single else [*self._values, value]
            self._on_changed()

    def _remove(self, value: str) -> None:
        self._values.remove(value)
        self._on_changed()
        self.edit.setFocus()

    def _on_changed(self) -> None:
        self._show_tags()
        self.changed.emit()

    def _show_tags(self) -> None:
        for tag in self._tags:
            self._flow.removeWidget(tag)
            tag.hide()
            tag.deleteLater()
        self._flow.removeWidget(self.edit)
        self._tags = [self._tag(value) for value in self._values]
        for tag in self._tags:
            self._flow.addWidget(tag)
            tag.show()
        self._flow.addWidget(self.edit)
        self.edit.setVisible(self.isEnabled() and not (self._single and self._values))
        self.setFocusProxy(self._tags[0] if self.edit.isHidden() and self._tags else self.edit)
        labels = ", ".join(self._labelled(value) for value in self._values) or "nothing chosen"
        self.setAccessibleName(f"{self._name}: {labels}")
        self.edit.setAccessibleName(f"{self._name}: {labels}")
        self.updateGeometry()

    def _tag(self, value: str) -> QPushButton:
        label = self._labelled(value)
        tag = _Tag(f"{ellipsis(label, _TAG_LIMIT)}  ×".replace("&", "&&"), self)
        tag.setProperty("kind", "tag")
        tag.setAccessibleName(f"Take out {label}")
        tag.setToolTip(plain_tooltip(f"Take out {label}"))
        tag.clicked.connect(partial(self._on_tag, value))
        return tag

    def _on_tag(self, value: str, _checked: bool = False) -> None:
        self._remove(value)

    def _labelled(self, value: str) -> str:
        if self._free:
            return value
        return self._labels.get(value) or self._label_of(value)

    def _set_property(self, name: str, value: bool) -> None:
        if bool(self.property(name)) != value:
            self.setProperty(name, value)
            self.style().unpolish(self)
            self.style().polish(self)


class _Tag(QPushButton):
    """Goes with Delete and Backspace too."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key_Delete, Qt.Key_Backspace, *_ENTER):
            self.click()
        else:
            super().keyPressEvent(event)
