# SPDX-License-Identifier: GPL-3.0-or-later
"""Offers canned replies as one types, with what each says and sets on this ticket."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.macros import MacroText, MacroView
from helpdesk.core.text import folded
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.macros.finding import found
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip

_WIDTH, _HEIGHT, _LIST = 820, 460, 300
_LONGEST = 200
_SENDS, _ADDS, _SETS = "&Send and apply", "&Add note and apply", "&Apply"
_NONE = "There are no canned replies yet; keep some in Settings."
_NOT_FOUND = "No canned reply has these words."


class MacroPicker(Dialog):
    """Arrows choose, Enter inserts, Ctrl+Enter sends with all that it sets, Esc closes."""

    inserted = pyqtSignal(object, object)
    """The ``MacroView`` and the ``MacroText`` to write into the reply."""
    applied = pyqtSignal(object, object)
    """The same, to be sent with all that it sets."""

    def __init__(self, desktop: Desktop, ticket_id: int, parent: QWidget, text: str = "") -> None:
        """Offer what there is for a ticket, found by a text at first."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Canned replies")
        self._desktop = desktop
        self._ticket_id = ticket_id
        self._macros: Sequence[MacroView] = ()
        self._shown: tuple[int, MacroText] | None = None
        self._build()
        self.field.setText(text)
        self._say("Loading…")
        job = desktop.background.run(self, desktop.desk.macros.all)
        job.then(self._on_loaded).failed(lambda error: self._say(sentence_of(error)))

    @property
    def chosen(self) -> MacroView | None:
        """The canned reply that is chosen."""
        item = self.rows.currentItem()
        return item.data(Qt.UserRole) if item is not None else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list and take from it while the field keeps the focus."""
        if event.type() == QEvent.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key_Down, Qt.Key_Up):
                self._move(1 if event.key() == Qt.Key_Down else -1)
                return True
            if event.key() in (Qt.Key_Return, Qt.Key_Enter):
                applies = event.modifiers() & Qt.ControlModifier
                (self.apply_button if applies else self.insert_button).click()
                return True
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find a canned reply")
        self.field.setAccessibleName("Find a canned reply")
        self.field.setMaxLength(_LONGEST)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(lambda _: self._show_found())
        self.rows = QListWidget()
        self.rows.setAccessibleName("Canned replies")
        self.rows.setFixedWidth(_LIST)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.rows.setTextElideMode(Qt.ElideRight)
        self.rows.installEventFilter(self)
        self.rows.currentItemChanged.connect(lambda *_: self._on_chosen())
        self.rows.itemDoubleClicked.connect(lambda _: self.insert_button.click())
        self._kind = Chip()
        self._name = PlainLabel(role="heading")
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setAccessibleName("What it says on this ticket")
        self._sets = QWidget()
        self._chips = FlowLayout()
        self._sets.setLayout(self._chips)
        self._problem = PlainLabel(role="error")
        self._note = PlainLabel(role="muted")
        self.insert_button = QPushButton("&Insert")
        self.insert_button.setProperty("kind", "primary")
        self.insert_button.setToolTip("Write it into the reply (Enter)")
        self.insert_button.setAutoDefault(False)
        self.insert_button.clicked.connect(self._on_insert)
        self.apply_button = QPushButton(_SENDS)
        self.apply_button.setToolTip("Send it, and set what it sets, in one (Ctrl+Enter)")
        self.apply_button.setAutoDefault(False)
        self.apply_button.clicked.connect(self._on_apply)
        self._lay_out()
        self.resize(_WIDTH, _HEIGHT)
        self._enable()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._name, 1)
        head.addWidget(self._kind)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addLayout(head)
        right.addWidget(self._text, 1)
        right.addWidget(self._sets)
        right.addWidget(self._problem)
        middle = QHBoxLayout()
        middle.setSpacing(12)
        middle.addWidget(self.rows)
        middle.addLayout(right, 1)
        hint = QLabel("Enter inserts, Ctrl+Enter sends and sets, Esc closes")
        hint.setProperty("role", "secondary")
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(hint, 1)
        foot.addWidget(self.apply_button)
        foot.addWidget(self.insert_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 14)
        column.setSpacing(10)
        column.addWidget(self.field)
        column.addWidget(self._note)
        column.addLayout(middle, 1)
        column.addLayout(foot)
        self.field.setFocus()

    def _on_loaded(self, macros: tuple[MacroView, ...]) -> None:
        self._macros = macros
        self._show_found()

    def _show_found(self) -> None:
        hits = found(self._macros, self.field.text())
        blocked = self.rows.blockSignals(True)
        self.rows.clear()
        if self.field.text().strip():
            for macro in hits:
                self._add(macro, f"{macro.folder} › {macro.name}" if macro.folder else macro.name)
        else:
            self._add_in_folders(hits)
        self.rows.blockSignals(blocked)
        self._say("" if hits else _NOT_FOUND if self._macros else _NONE)
        self._move(1)
        if not hits:
            self._on_chosen()

    def _add_in_folders(self, macros: Sequence[MacroView]) -> None:
        """List all there are, folder by folder; those that were found stand by how well."""
        folders = sorted({each.folder for each in macros}, key=folded)
        for folder in folders:
            if folder:
                heading = QListWidgetItem(folder)
                heading.setFlags(Qt.NoItemFlags)
                self.rows.addItem(heading)
            for macro in (each for each in macros if each.folder == folder):
                self._add(macro, f"    {macro.name}" if folder else macro.name)

    def _add(self, macro: MacroView, text: str) -> None:
        item = QListWidgetItem(text)
        item.setData(Qt.UserRole, macro)
        item.setToolTip(plain_tooltip(macro.name))
        self.rows.addItem(item)

    def _move(self, step: int) -> None:
        """Choose the next canned reply in one direction, past the names of folders."""
        row = self.rows.currentRow() + step
        while 0 <= row < self.rows.count():
            item = self.rows.item(row)
            if item is not None and item.flags() & Qt.ItemIsSelectable:
                self.rows.setCurrentRow(row)
                return
            row += step

    def _on_chosen(self) -> None:
        macro, self._shown = self.chosen, None
        self._name.setText(macro.name if macro else "")
        self._kind.set_text("Internal note" if macro and macro.internal else "Reply", "warning")
        self._kind.setVisible(macro is not None and macro.internal)
        if macro is None:
            self._show_text(None)
            return
        preview = self._desktop.desk.macros.preview
        job = self._desktop.background.latest(self, preview, self._ticket_id, macro.id)
        job.then(partial(self._on_preview, macro.id)).failed(self._on_failed)

    def _on_preview(self, macro_id: int, text: MacroText) -> None:
        if self.chosen is not None and self.chosen.id == macro_id:
            self._shown = macro_id, text
            self._show_text(text)

    def _on_failed(self, error: Exception) -> None:
        self._show_text(None)
        self._problem.setText(sentence_of(error))
        self._problem.show()

    def _show_text(self, text: MacroText | None) -> None:
        self._text.setPlainText(text.text if text else "")
        self._problem.setText(text.problem if text else "")
        self._problem.setVisible(bool(text and text.problem))
        while self._chips.count():
            gone = self._chips.takeAt(0)
            widget = gone.widget() if gone is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for words in text.sets if text else ():
            self._chips.addWidget(Chip(words, "accent"))
        self._sets.setVisible(bool(text and text.sets))
        self._enable()

    def _enable(self) -> None:
        text = self._shown[1] if self._shown else None
        self.insert_button.setEnabled(text is not None and bool(text.text))
        self.apply_button.setEnabled(text is not None and not text.problem)
        if text is not None:
            says = _ADDS if text.internal else _SENDS
            self.apply_button.setText(says if text.text else _SETS)

    def _say(self, sentence: str) -> None:
        self._note.setText(sentence)
        self._note.setVisible(bool(sentence))

    def _on_insert(self) -> None:
        macro, shown = self.chosen, self._shown
        if macro is None or shown is None:
            return
        insert = self._desktop.desk.macros.insert
        # It is counted as used; the words are here already.
        self._desktop.background.run(self._desktop.feed, insert, self._ticket_id, macro.id).failed(
            lambda _: None
        )
        self.accept()
        self.inserted.emit(macro, shown[1])

    def _on_apply(self) -> None:
        macro, shown = self.chosen, self._shown
        if macro is None or shown is None:
            return
        self.accept()
        self.applied.emit(macro, shown[1])
