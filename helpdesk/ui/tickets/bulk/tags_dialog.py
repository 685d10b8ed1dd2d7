# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks which tags many tickets shall get, and which they shall lose."""

from __future__ import annotations

import re

from pydantic import ValidationError
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from helpdesk.core.schemas.bulk import BulkChange
from helpdesk.core.text import TAG_LIMIT
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_BETWEEN = re.compile(r"[\s,;]+")
_WIDTH = 380
_NO_TAG = (
    f"A tag is one word of up to {TAG_LIMIT} characters, without colons and quotation marks; "
    "at most 20 at once."
)


class TagsDialog(Dialog):
    """Two lines of words; what no tag can be is said below them."""

    decided = pyqtSignal(tuple, tuple)
    """The tags to add and those to remove."""

    def __init__(self, about: str, parent: QWidget) -> None:
        """Ask ``about`` some tickets, such as "12 tickets"."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Tags")
        self.setFixedWidth(_WIDTH)
        self.adds, self.removes = QLineEdit(), QLineEdit()
        self.adds.setPlaceholderText("vpn, lyon")
        self._message = PlainLabel(role="error")
        self._message.hide()
        foot = DialogFoot(self, "Change tags")
        foot.save_button.clicked.connect(lambda: self._on_save())
        title = QLabel("Tags")
        title.setProperty("role", "title")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(8)
        column.addWidget(title)
        column.addWidget(PlainLabel(f"Of {about}; a comma or a space ends a tag.", role="muted"))
        for name, line in (("Add", self.adds), ("Remove", self.removes)):
            column.addWidget(FieldLabel(name, line))
            column.addWidget(line)
        column.addWidget(self._message)
        column.addSpacing(8)
        column.addLayout(foot)

    def _on_save(self) -> None:
        add, remove = tags_of(self.adds.text()), tags_of(self.removes.text())
        sentence = "" if add or remove else "Write at least one tag."
        if not sentence:
            try:
                BulkChange(ticket_ids=(1,), add_tags=add, remove_tags=remove)
            except ValidationError:
                sentence = _NO_TAG
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))
        if not sentence:
            self.decided.emit(add, remove)
            self.accept()


def tags_of(text: str) -> tuple[str, ...]:
    """Return the words of a line, without the sign that tags are shown with."""
    words = (word.lstrip("#") for word in _BETWEEN.split(text))
    return tuple(dict.fromkeys(word for word in words if word))
