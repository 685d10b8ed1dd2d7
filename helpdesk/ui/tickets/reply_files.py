# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that go with a reply: each ticket has its own, as it has its own draft."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QObject
from PyQt5.QtWidgets import QToolButton

from helpdesk.core.schemas.tickets import NewComment
from helpdesk.ui.attachments.drop import FileDrop
from helpdesk.ui.attachments.limit import FileLimit
from helpdesk.ui.attachments.tray import AttachmentTray, Lent
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.reply_box import ReplyBox


class ReplyFiles(QObject):
    """Puts a tray into a reply box; those of other tickets go on sending meanwhile."""

    def __init__(self, desktop: Desktop, reply_box: ReplyBox) -> None:
        """Bind to the box."""
        super().__init__(reply_box)
        self._desktop = desktop
        self._reply_box = reply_box
        self._trays: dict[int, AttachmentTray] = {}
        self._ticket_id: int | None = None
        # Without a word: the buttons below a reply have to fit beside the fields of the ticket.
        self.attach_button = QToolButton()
        self.attach_button.setIcon(icon("attach"))
        self.attach_button.setAccessibleName("Attach files")
        self.attach_button.setToolTip("Attach files; they can be dropped and pasted here as well")
        self.attach_button.clicked.connect(self._on_attach)
        FileLimit(desktop, self.attach_button)
        reply_box.add_to_foot(self.attach_button)
        reply_box.text.takes_files = True
        reply_box.text.files_brought.connect(self._on_brought)
        FileDrop(reply_box).dropped.connect(self._on_brought)
        reply_box.file_keys = self._keys
        reply_box.waits = self._waits
        reply_box.draft_more = self._draft
        reply_box.turned.connect(self._on_turned)
        reply_box.taken.connect(self._on_taken)
        reply_box.came_back.connect(self._on_came_back)

    @property
    def tray(self) -> AttachmentTray | None:
        """The files of the ticket that is shown."""
        return self._trays.get(self._ticket_id or 0)

    def lend(self, ticket_id: int) -> tuple[Lent, ...]:
        """Take the files off for a reply that waits, and may come back."""
        return self._trays[ticket_id].lend() if ticket_id in self._trays else ()

    def take_back(self, lent: tuple[Lent, ...]) -> None:
        """Show the files of a reply that has come back on the ticket shown."""
        if self.tray is not None:
            self.tray.take_back(lent)

    def refused(self, ticket_id: int, error: Exception) -> None:
        """Let files be sent anew that the desk has no more."""
        if ticket_id in self._trays:
            self._trays[ticket_id].refused(error)

    def _on_turned(self, ticket_id: int) -> None:
        before = self.tray
        if before is not None:
            before.hide()
            before.let_go()
            if before.is_empty and self._ticket_id is not None:
                del self._trays[self._ticket_id]
                before.deleteLater()
        self._ticket_id = ticket_id
        if ticket_id not in self._trays:
            tray = AttachmentTray(self._desktop)
            self._reply_box.add_below_text(tray)
            self._trays[ticket_id] = tray
            tray.load(self._desktop.drafts.load(self._reply_box.place_of(ticket_id)))
            tray.changed.connect(self._reply_box.keep_draft)
        else:
            self._trays[ticket_id].show_again()

    def _on_attach(self) -> None:
        if self.tray is not None and not self._reply_box.text.isReadOnly():
            self.tray.choose()

    def _on_brought(self, data: object) -> None:
        if self.tray is not None and not self._reply_box.text.isReadOnly():
            self.tray.add_data(data)  # type: ignore[arg-type]

    def _keys(self) -> tuple[str, ...]:
        return self.tray.keys if self.tray else ()

    def _waits(self, go_on: Callable[[], None]) -> bool:
        return self.tray is not None and self.tray.hold(go_on)

    def _draft(self) -> dict[str, str]:
        return self.tray.draft() if self.tray else {}

    def _on_taken(self, ticket_id: int) -> None:
        if ticket_id in self._trays:
            self._trays[ticket_id].take_off()

    def _on_came_back(self, new: NewComment) -> None:
        if self.tray is not None:
            self.tray.give_back(new.attachment_keys)
