# SPDX-License-Identifier: GPL-3.0-or-later
"""Says over a reply that a machine drafted it, until a person has changed or sent it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from helpdesk.core.schemas.triage import Citation
from helpdesk.ui import theme
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.assist.citation_row import CitationRow
from helpdesk.ui.tickets.reply_box import ReplyBox
from helpdesk.ui.widgets.plain_label import PlainLabel

CHECK = "AI draft, check before sending"


class _Draft(NamedTuple):
    """What was put into the box of a ticket, and what is to be looked at."""

    written: str
    """All that stood in the box when it had been put there."""
    cautions: tuple[str, ...]
    citations: tuple[Citation, ...]


class DraftNotice(QFrame):
    """Puts drafts into the reply box, can take the last one out, and warns meanwhile."""

    article_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)

    def __init__(self, reply_box: ReplyBox) -> None:
        """Watch the text of a reply box."""
        super().__init__()
        self._reply_box = reply_box
        self._drafts: dict[int, _Draft] = {}
        self._ticket_id: int | None = None
        self._is_writing = False
        self._can_undo = False
        self.setProperty("kind", "banner")
        self.setProperty("tone", "warning")
        self.setAccessibleName(CHECK)
        self._build()
        self.hide()
        reply_box.text.textChanged.connect(self._on_typed)

    def show_ticket(self, ticket_id: int) -> None:
        """Warn of what stands in the box of another ticket, if it stands there as it was put."""
        if ticket_id != self._ticket_id:
            self._ticket_id = ticket_id
            # The box has forgotten its steps with the ticket before.
            self._can_undo = False
        self._show()

    def insert(
        self, text: str, cautions: tuple[str, ...] = (), citations: tuple[Citation, ...] = ()
    ) -> bool:
        """Put a draft at the cursor, in lines of its own; what is typed there stays."""
        return self._write(lambda: self._reply_box.insert(text), cautions, citations)

    def rewrite(self, replace: Callable[[], bool], cautions: tuple[str, ...] = ()) -> bool:
        """Put a text in place of another; ``replace`` does it in one step that can be undone."""
        return self._write(replace, cautions, ())

    def undo(self) -> None:
        """Take the draft out again, while nothing was typed since."""
        if self._ticket_id in self._drafts and self._can_undo:
            self._reply_box.text.undo()
            self._reply_box.text.setFocus()

    def _write(
        self, write: Callable[[], bool], cautions: tuple[str, ...], citations: tuple[Citation, ...]
    ) -> bool:
        if self._ticket_id is None or self._reply_box.text.isReadOnly():
            return False
        self._is_writing = True
        is_in = write()
        self._is_writing = False
        if is_in:
            written = self._reply_box.text.toPlainText()
            self._drafts[self._ticket_id] = _Draft(written, cautions, citations)
            self._can_undo = True
        self._show()
        return is_in

    def _build(self) -> None:
        self._sign = QLabel()
        self._show_sign()
        theme.current().changed.connect(self._show_sign)
        self._undo_button = QPushButton("Undo")
        self._undo_button.setToolTip("Take the draft out of the box again (Ctrl+Z)")
        self._undo_button.clicked.connect(lambda: self.undo())
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._sign, 0, Qt.AlignTop)
        head.addWidget(PlainLabel(CHECK, role="strong"), 1)
        head.addWidget(self._undo_button, 0, Qt.AlignTop)
        self._cautions = PlainLabel(max_lines=4)
        self._citations = CitationRow()
        self._citations.article_wanted.connect(self.article_wanted)
        self._citations.ticket_wanted.connect(self.ticket_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 7, 8, 7)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._cautions)
        column.addWidget(self._citations)

    def _show_sign(self) -> None:
        self._sign.setPixmap(icon("assistant", "ink_warning").pixmap(18, 18))

    def _show(self) -> None:
        draft = self._drafts.get(self._ticket_id) if self._ticket_id is not None else None
        is_untouched = draft is not None and draft.written == self._reply_box.text.toPlainText()
        if draft is not None and is_untouched:
            self._cautions.setText("\n".join(draft.cautions))
            self._cautions.setVisible(bool(draft.cautions))
            self._citations.show_citations(draft.citations)
            self._undo_button.setVisible(self._can_undo)
        self.setVisible(is_untouched)

    def _on_typed(self) -> None:
        if not self._is_writing:
            self._show()
