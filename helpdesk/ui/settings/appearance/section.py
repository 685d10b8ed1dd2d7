# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which everybody chooses how the window looks; a choice shows at once."""

from __future__ import annotations

from typing import Final

from PyQt5.QtWidgets import QFrame

from helpdesk.core.schemas.accounts import ProfileView
from helpdesk.ui import own_look, theme
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.row import Card, SettingRow
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import APPEARANCE
from helpdesk.ui.widgets.segmented import Segmented

_THEMES: Final = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
_DENSITIES: Final = (("comfortable", "Comfortable"), ("compact", "Compact"))
_NOT_KEPT = "The window looks so here; the desk has not kept it: {problem}"
_READ_ONLY = (
    "This desk can only be read at the moment; what you choose here counts at this computer."
)


class AppearanceSection(Section):
    """Two choices; the View menu has the same."""

    def __init__(self, desktop: Desktop) -> None:
        """Show what is in force."""
        super().__init__(desktop, APPEARANCE)
        self.theme = Segmented(_THEMES)
        self.density = Segmented(_DENSITIES)
        self.theme.chosen.connect(lambda key: desktop.look.choose_theme(desktop, key))
        self.density.chosen.connect(lambda key: desktop.look.choose_density(desktop, key))
        frame = QFrame()
        card = Card(frame, "Look")
        self.rows = {}
        for key, field in (("theme", self.theme), ("density", self.density)):
            words = APPEARANCE.setting(key)
            field.setAccessibleName(words.name)
            self.rows[key] = SettingRow(words, field)
            card.addWidget(self.rows[key])
        self.body.addWidget(frame)
        self.body.addStretch(1)
        theme.current().chosen.connect(self._show)
        desktop.look.not_kept.connect(self._on_not_kept)
        if desktop.info.read_only:
            self.banner.show_quiet(_READ_ONLY)
        self._show()
        self.states.show_content()

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to one's own account: another window may have chosen something."""
        return kind == "user" and (not ids or self.desktop.person.id in ids)

    def load(self) -> None:
        """Ask the desk how the window is to look."""
        own = self.desktop.desk.profiles.own
        job = self.desktop.background.latest(self, own)
        job.then(self._on_profile).failed(lambda error: self.banner.show_error(sentence_of(error)))

    def reveal(self, key: str) -> None:
        """Put the focus on a choice."""
        field = self.theme if key == "theme" else self.density
        field.button(field.key).setFocus()

    def _on_profile(self, profile: ProfileView) -> None:
        if not self.desktop.look.is_keeping:
            own_look.apply(self.desktop.state, profile)

    def _show(self) -> None:
        self.theme.set_key(theme.current().mode)
        self.density.set_key(theme.current().density)

    def _on_not_kept(self, error: Exception) -> None:
        self.banner.show_error(_NOT_KEPT.format(problem=sentence_of(error)))
