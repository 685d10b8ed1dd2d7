# SPDX-License-Identifier: GPL-3.0-or-later
"""Says in the heading of a ticket who else has it in front of them, and who writes."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtWidgets import QFrame, QHBoxLayout

from helpdesk.core.schemas.presence import Present
from helpdesk.ui.tickets.messages import ShowPicture
from helpdesk.ui.tickets.presence import words_of
from helpdesk.ui.widgets.avatar import Avatar
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import plain_tooltip

_SHOWN, _SIZE = 3, 20


class PresenceStrip(QFrame):
    """Faces and a sentence; hidden while nobody else is there."""

    def __init__(self, show_picture: ShowPicture | None = None) -> None:
        """Begin hidden."""
        super().__init__()
        self.setProperty("kind", "presence")
        self._show_picture = show_picture
        self._avatars = tuple(Avatar(size=_SIZE) for _ in range(_SHOWN))
        self._words = ElidedLabel(role="strong")
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 3, 10, 3)
        row.setSpacing(4)
        for avatar in self._avatars:
            row.addWidget(avatar)
        row.addSpacing(4)
        row.addWidget(self._words, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What is said, empty while nobody else is there."""
        return "" if self.isHidden() else self._words.text()

    def show_present(self, present: Sequence[Present]) -> None:
        """Show who else is there."""
        words = words_of(present)
        for avatar, each in zip(self._avatars, present, strict=False):
            avatar.set_name(each.person.full_name)
            avatar.set_picture(None)
            if self._show_picture is not None:
                self._show_picture(each.person.id, avatar, avatar.set_picture)
        for place, avatar in enumerate(self._avatars):
            avatar.setVisible(place < len(present))
        self._words.setText(words)
        names = "\n".join(each.person.full_name for each in present)
        self.setToolTip(plain_tooltip(names))
        self.setAccessibleName(words)
        writes = any(each.typing for each in present)
        if self.property("writes") != writes:
            self.setProperty("writes", writes)
            self.style().unpolish(self)
            self.style().polish(self)
        self.setVisible(bool(present))
