# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which everybody chooses how the window looks, and when it locks; at once."""

from __future__ import annotations

from typing import Final

from PyQt5.QtWidgets import QFrame, QWidget

from helpdesk.core.schemas.accounts import ProfileView
from helpdesk.ui import own_look, theme
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.row import Card, SettingRow
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import APPEARANCE
from helpdesk.ui.tickets import sending
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.segmented import Segmented

_THEMES: Final = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
_DENSITIES: Final = (("comfortable", "Comfortable"), ("compact", "Compact"))
_LOCKS: Final = (0, 1, 2, 5, 10, 15, 30, 60, 120)
_NOT_KEPT = "The window looks so here; the desk has not kept it: {problem}"
_READ_ONLY = (
    "This desk can only be read at the moment; what you choose here counts at this computer."
)


class AppearanceSection(Section):
    """Choices that count at once; the View menu has the same of the look."""

    def __init__(self, desktop: Desktop) -> None:
        """Show what is in force."""
        super().__init__(desktop, APPEARANCE)
        self.theme = Segmented(_THEMES)
        self.density = Segmented(_DENSITIES)
        self.theme.chosen.connect(lambda key: desktop.look.choose_theme(desktop, key))
        self.density.chosen.connect(lambda key: desktop.look.choose_density(desktop, key))
        self.lock = DropDown()
        self.lock.activated.connect(self._on_lock)
        self.lock.setEnabled(not desktop.info.read_only)
        self.wait = DropDown([(each, _wait_words(each)) for each in sending.CHOICES])
        self.wait.set_key(sending.seconds_of(desktop))
        self.wait.activated.connect(self._on_wait)
        self.rows: dict[str, SettingRow] = {}
        self.body.addWidget(self._card("Look", {"theme": self.theme, "density": self.density}))
        self.body.addWidget(self._card("Sending", {"reply_wait": self.wait}))
        self.body.addWidget(self._card("When you are away", {"lock_minutes": self.lock}))
        self.body.addStretch(1)
        theme.current().chosen.connect(self._show)
        desktop.look.not_kept.connect(self._on_not_kept)
        if desktop.info.read_only:
            self.banner.show_quiet(_READ_ONLY)
        self._show()
        self.states.show_content()

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to one's own account: another window may have chosen something."""
        is_own = kind == "user" and (not ids or self.desktop.person.id in ids)
        return is_own or kind == "security"

    def load(self) -> None:
        """Ask the desk how the window is to look."""
        own = self.desktop.desk.profiles.own
        job = self.desktop.background.latest(self, own)
        job.then(self._on_profile).failed(lambda error: self.banner.show_error(sentence_of(error)))

    def reveal(self, key: str) -> None:
        """Put the focus on a choice."""
        if key in ("lock_minutes", "reply_wait"):
            (self.lock if key == "lock_minutes" else self.wait).setFocus()
            return
        field = self.theme if key == "theme" else self.density
        field.button(field.key).setFocus()

    def _card(self, title: str, fields: dict[str, QWidget]) -> QFrame:
        frame = QFrame()
        card = Card(frame, title)
        for key, field in fields.items():
            words = APPEARANCE.setting(key)
            field.setAccessibleName(words.name)
            self.rows[key] = SettingRow(words, field)
            card.addWidget(self.rows[key])
        return frame

    def _on_lock(self, _index: int) -> None:
        if isinstance(self.lock.key, int):
            self.desktop.look.choose_lock(self.desktop, self.lock.key)

    def _on_wait(self, _index: int) -> None:
        if isinstance(self.wait.key, int):
            sending.choose_seconds(self.desktop, self.wait.key)

    def _show_lock(self, profile: ProfileView) -> None:
        """Offer the times that admins allow, and the one that was chosen elsewhere."""
        own, longest = profile.lock_minutes, profile.longest_lock_minutes
        minutes = {each for each in _LOCKS if not longest or 0 < each <= longest} | {own}
        if longest:
            minutes.add(longest)
        self.lock.set_choices([(each, _lock_words(each)) for each in sorted(minutes)])
        self.lock.set_key(own)
        words = APPEARANCE.setting("lock_minutes")
        limit = f" Admins allow {longest} minutes at the most." if longest else ""
        self.rows["lock_minutes"].show_help(words.help + limit)

    def _on_profile(self, profile: ProfileView) -> None:
        if not self.desktop.look.is_keeping:
            own_look.apply(self.desktop.state, profile)
            self._show_lock(profile)

    def _show(self) -> None:
        self.theme.set_key(theme.current().mode)
        self.density.set_key(theme.current().density)

    def _on_not_kept(self, error: Exception) -> None:
        self.banner.show_error(_NOT_KEPT.format(problem=sentence_of(error)))


def _wait_words(seconds: int) -> str:
    return f"{seconds} seconds" if seconds else "They leave at once"


def _lock_words(minutes: int) -> str:
    if not minutes:
        return "Never"
    return "After a minute" if minutes == 1 else f"After {minutes} minutes"
