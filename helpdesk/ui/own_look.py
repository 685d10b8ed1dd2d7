# SPDX-License-Identifier: GPL-3.0-or-later
"""How somebody wants the window to look: kept in the desk, remembered here for the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from PyQt5.QtCore import QLocale, QObject, QSettings, pyqtSignal

from helpdesk.core.languages import USUAL
from helpdesk.core.schemas.accounts import Density, ProfileChange, ProfileView, Theme
from helpdesk.ui import theme

if TYPE_CHECKING:
    from helpdesk.ui.desktop import Desktop

_THEME, _DENSITY, _LANGUAGE = "window/theme", "window/density", "window/language"


def restore(state: QSettings) -> None:
    """Look as the last time, before anybody has signed in."""
    look = theme.current()
    mode, density = state.value(_THEME, "system"), state.value(_DENSITY, "comfortable")
    look.set_mode(mode if mode in get_args(theme.Mode) else "system")
    look.set_density(density if density in get_args(theme.Density) else "comfortable")
    language = str(state.value(_LANGUAGE, USUAL))
    if language != USUAL:
        speak(language)


def apply(state: QSettings, profile: ProfileView) -> None:
    """Look as somebody wants it, and remember that for the next start; else stay as it is here."""
    if profile.theme is not None:
        show_theme(state, profile.theme.value)
    if profile.density is not None:
        show_density(state, profile.density.value)
    if profile.language != state.value(_LANGUAGE, USUAL):
        state.setValue(_LANGUAGE, profile.language)
        speak(profile.language)


def show_theme(state: QSettings, mode: str) -> None:
    """Switch between light, dark and the system's choice, and remember it."""
    state.setValue(_THEME, mode)
    if theme.current().mode != mode:
        theme.current().set_mode(mode)


def show_density(state: QSettings, density: str) -> None:
    """Give rows and controls more room or less, and remember it."""
    state.setValue(_DENSITY, density)
    if theme.current().density != density:
        theme.current().set_density(density)


def speak(language: str) -> None:
    """Say dates and numbers as a language has them; the usual one goes by this computer."""
    if language == USUAL:
        QLocale.setDefault(QLocale.system())
    else:
        QLocale.setDefault(QLocale(language.replace("-", "_")))


class OwnLook(QObject):
    """Keeps in the desk how the window looks, for every computer that somebody signs in at.

    One change is kept after the other, so that the last one is what stays.
    """

    not_kept = pyqtSignal(object)
    """The error because of which the desk has not kept what was chosen."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        super().__init__()
        self.is_keeping = False
        """Whether the desk does not say yet what was chosen here."""
        self._wanted: dict[str, object] = {}

    def choose_theme(self, desktop: Desktop, mode: str) -> None:
        """Switch between light, dark and the system's choice."""
        show_theme(desktop.state, mode)
        self._keep(desktop, theme=Theme(mode))

    def choose_density(self, desktop: Desktop, density: str) -> None:
        """Give rows and controls more room or less."""
        show_density(desktop.state, density)
        self._keep(desktop, density=Density(density))

    def choose_lock(self, desktop: Desktop, minutes: int) -> None:
        """Let the window lock itself after so long without a key or a click; 0 is never."""
        self._keep(desktop, lock_minutes=minutes)

    def _keep(self, desktop: Desktop, **wanted: object) -> None:
        if desktop.info.read_only:
            return
        self._wanted |= wanted
        if not self.is_keeping:
            self._send(desktop)

    def _send(self, desktop: Desktop) -> None:
        change = ProfileChange.model_validate(self._wanted)
        self._wanted, self.is_keeping = {}, True
        job = desktop.background.run(self, desktop.desk.profiles.change, change)
        job.failed(self.not_kept.emit).finally_(lambda: self._on_sent(desktop))

    def _on_sent(self, desktop: Desktop) -> None:
        self.is_keeping = False
        if self._wanted:
            self._send(desktop)
