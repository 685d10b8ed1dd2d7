# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which admins see what each role may do."""

from __future__ import annotations

from helpdesk.core.schemas.security import RightsTable
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.rights.table import RightsView
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import RIGHTS
from helpdesk.ui.widgets.plain_label import PlainLabel

_WHOSE = (
    "A right is about what somebody may see: of tickets, users see their own alone. Roles are"
    " given in User Management; the rights of a role are part of the program."
)


class RightsSection(Section):
    """A table, and a line of what it leaves out."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, RIGHTS)
        self._is_loaded = False
        self.table = RightsView()
        self.body.addWidget(PlainLabel(_WHOSE, role="secondary"))
        self.body.addWidget(self.table)
        self.body.addStretch(1)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to nothing: the table is the program's."""
        return False

    def load(self) -> None:
        """Ask the desk for its table."""
        if not self._is_loaded:
            self.states.show_loading()
        job = self.desktop.background.latest(self, self.desktop.desk.security.rights)
        job.then(self._show).failed(self._on_failed)

    def reveal(self, key: str) -> None:
        """Put the focus on the table."""
        self.table.setFocus()

    def _show(self, rights: RightsTable) -> None:
        self._is_loaded = True
        self.table.show_rights(rights)
        self.states.show_content()

    def _on_failed(self, error: Exception) -> None:
        if self._is_loaded:
            self.banner.show_error(sentence_of(error), "Retry", self.load)
        else:
            self.states.show_failed(sentence_of(error), self.load)
