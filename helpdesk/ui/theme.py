# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of colours and fonts, so that every screen looks alike in light and in dark.

Nothing else in the program names a colour: painters ask ``theme.current()``, the style sheet
``resources/themes/app.qss`` names tokens such as ``@accent``.
"""

from __future__ import annotations

import atexit
import re
import sys
from pathlib import Path
from typing import Final, Literal, get_args

from PyQt5.QtCore import QObject, QSettings, Qt, QTemporaryDir, pyqtSignal
from PyQt5.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QPalette
from PyQt5.QtWidgets import QApplication

from helpdesk.core.paths import resource
from helpdesk.ui.tokens import DARK, LIGHT, Tokens, Tone

Mode = Literal["system", "light", "dark"]
Density = Literal["comfortable", "compact"]
Role = Literal[
    "body", "strong", "medium", "title", "heading", "figure", "secondary", "chip", "mono"
]

__all__ = [
    "DARK",
    "FAMILY",
    "LIGHT",
    "Density",
    "Mode",
    "Role",
    "Theme",
    "Tokens",
    "Tone",
    "current",
]

FAMILY: Final = "Inter Tabular"
RADIUS, CARD_RADIUS, CHIP_RADIUS = 6, 8, 4


_FACES = ("Regular", "Medium", "SemiBold", "Bold")
_SECONDARY_PX = 11.5
_FONTS: Final[dict[Role, tuple[float, QFont.Weight]]] = {
    "body": (13, QFont.Normal),
    "strong": (13, QFont.DemiBold),
    "medium": (13, QFont.Medium),
    "title": (18, QFont.DemiBold),
    "heading": (14, QFont.DemiBold),
    "figure": (26, QFont.DemiBold),
    "secondary": (_SECONDARY_PX, QFont.Normal),
    "chip": (11, QFont.DemiBold),
    "mono": (12, QFont.Normal),
}


class Theme(QObject):
    """The theme in use; `changed` tells painters to ask again."""

    changed = pyqtSignal()
    chosen = pyqtSignal()
    """A mode or a density was chosen, whether or not that looks like another one."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin light, which `apply` corrects from the system."""
        super().__init__(parent)
        self._mode: Mode = "system"
        self._density: Density = "comfortable"
        self._system_is_dark = False
        self._tokens = LIGHT
        self._colours: dict[str, QColor] = {}
        self._fonts: dict[Role, QFont] = {}
        self._app: QApplication | None = None
        self._folder: QTemporaryDir | None = None

    @property
    def mode(self) -> Mode:
        """What the person chose."""
        return self._mode

    @property
    def density(self) -> Density:
        """How much room rows and controls take."""
        return self._density

    @property
    def tokens(self) -> Tokens:
        """The colours in use."""
        return self._tokens

    def set_mode(self, mode: str) -> None:
        """Choose "system", "light" or "dark"; the open windows follow at once.

        Raises:
            ValueError: another word than these three.
        """
        if mode not in get_args(Mode):
            raise ValueError(mode)
        self._mode = mode  # type: ignore[assignment]
        self._refresh()
        self.chosen.emit()

    def set_density(self, density: str) -> None:
        """Choose "comfortable" or "compact"; the open windows follow at once.

        Raises:
            ValueError: another word than these two.
        """
        if density not in get_args(Density):
            raise ValueError(density)
        if density != self._density:
            self._density = density  # type: ignore[assignment]
            self._dress()
        self.chosen.emit()

    def row(self, height: int) -> int:
        """Return how high a row is that takes so many pixels in comfort."""
        return height if self._density == "comfortable" else height - max(4, height // 6)

    def colour(self, name: str) -> QColor:
        """Return a token's colour; ``ink_`` before a tone asks for its legible text colour."""
        found = self._colours.get(name)
        if found is None:
            found = self._colours[name] = QColor(self._value(name))
        return found

    def font(self, role: Role) -> QFont:
        """Return the font of a role; treat it as read-only or copy it."""
        found = self._fonts.get(role)
        if found is None:
            found = self._fonts[role] = _font(role)
        return found

    def apply(self, app: QApplication) -> None:
        """Dress the program, and follow the system's theme from now on."""
        self._app = app
        self._system_is_dark = _system_is_dark(app)
        app.setAttribute(Qt.AA_UseHighDpiPixmaps)
        app.applicationStateChanged.connect(self._on_application_state)
        _load_fonts()
        self._fonts.clear()
        app.setStyle("Fusion")
        app.setFont(self.font("body"))
        self._tokens = self._wanted()
        self._dress()

    def style_sheet(self) -> str:
        """Return the style sheet with the tokens filled in."""
        template = resource("themes/app.qss").read_text(encoding="utf-8")
        if self._density == "compact":
            template += resource("themes/compact.qss").read_text(encoding="utf-8")
        template = _COMMENT.sub("", template)
        template = _PICTURE.sub(lambda found: self._picture(found[1], found[2]), template)
        return _PLACEHOLDER.sub(lambda found: self._value(found[1]), template)

    def _value(self, name: str) -> str:
        if name == "secondary_size":
            return f"{self.font('secondary').pointSizeF():.3f}pt"
        if name.startswith("ink_"):
            return self._tokens.ink(name.removeprefix("ink_"))  # type: ignore[arg-type]
        return str(getattr(self._tokens, name))

    def _wanted(self) -> Tokens:
        dark = self._mode == "dark" or (self._mode == "system" and self._system_is_dark)
        return DARK if dark else LIGHT

    def _refresh(self) -> None:
        wanted = self._wanted()
        if wanted is self._tokens:
            return
        self._tokens = wanted
        self._dress()

    def _dress(self) -> None:
        self._colours.clear()
        if self._app is not None:
            # Exchanging a sheet takes Qt three times as long as taking one off and putting one on.
            self._app.setStyleSheet("")
            self._app.setPalette(self._palette())
            self._app.setStyleSheet(self.style_sheet())
        self.changed.emit()

    def _palette(self) -> QPalette:
        palette = QPalette()
        for role, name in _PALETTE.items():
            palette.setColor(role, self.colour(name))
        for role in (QPalette.WindowText, QPalette.Text, QPalette.ButtonText):
            palette.setColor(QPalette.Disabled, role, self.colour("disabled"))
        return palette

    def _picture(self, name: str, token: str) -> str:
        """Return the path of a picture in a token's colour: a style sheet cannot tint one."""
        if self._folder is None:
            self._folder = QTemporaryDir()
            atexit.register(self._folder.remove)
        colour = self._value(token)
        path = Path(self._folder.path()) / f"{name}-{colour.removeprefix('#')}.svg"
        if not path.exists():
            svg = resource(f"icons/{name}.svg").read_text(encoding="utf-8")
            path.write_text(svg.replace("currentColor", colour), encoding="utf-8")
        return f'url("{path.as_posix()}")'

    def _on_application_state(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationActive:
            told = _told_by_settings()
            self._system_is_dark = self._system_is_dark if told is None else told
            self._refresh()


_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_PICTURE = re.compile(r"@picture\(([\w-]+), (\w+)\)")
_PLACEHOLDER = re.compile(r"@(\w+)")
_PALETTE: Final[dict[QPalette.ColorRole, str]] = {
    QPalette.Window: "background",
    QPalette.WindowText: "text",
    QPalette.Base: "surface",
    QPalette.AlternateBase: "background",
    QPalette.Text: "text",
    QPalette.PlaceholderText: "muted",
    QPalette.Button: "raised",
    QPalette.ButtonText: "text",
    QPalette.BrightText: "urgent",
    QPalette.Highlight: "accent",
    QPalette.HighlightedText: "on_accent",
    QPalette.Link: "accent",
    QPalette.LinkVisited: "accent",
    QPalette.ToolTipBase: "navigation",
    QPalette.ToolTipText: "navigation_strong",
    QPalette.Light: "surface",
    QPalette.Midlight: "line",
    QPalette.Mid: "line",
    QPalette.Dark: "line_strong",
    QPalette.Shadow: "navigation",
}
_current: list[Theme] = []


def current() -> Theme:
    """Return the program's one theme."""
    if not _current:
        _current.append(Theme())
    return _current[0]


def _load_fonts() -> None:
    if FAMILY not in QFontDatabase().families():
        for face in _FACES:
            QFontDatabase.addApplicationFont(str(resource(f"fonts/InterTabular-{face}.otf")))


def _font(role: Role) -> QFont:
    size, weight = _FONTS[role]
    font = QFontDatabase.systemFont(QFontDatabase.FixedFont) if role == "mono" else QFont(FAMILY)
    if role == "mono" and not QFontInfo(font).fixedPitch():
        # Some systems name a font for code that they do not have.
        font = QFont("monospace")
    if size == int(size):
        font.setPixelSize(int(size))
    else:
        # Pixel sizes are whole numbers, point sizes are not.
        dots_per_inch = QGuiApplication.primaryScreen().logicalDotsPerInchY()
        font.setPointSizeF(size * 72 / dots_per_inch)
    font.setWeight(weight)
    # Unhinted outlines keep the drawn proportions, and on Windows choose DirectWrite.
    font.setHintingPreference(QFont.PreferNoHinting)
    return font


def _system_is_dark(app: QApplication) -> bool:
    told = _told_by_settings()
    if told is not None:
        return told
    palette = app.palette()
    return palette.window().color().lightness() < palette.windowText().color().lightness()


def _told_by_settings() -> bool | None:
    """Return what the system's own settings say of dark windows; on Linux nobody is asked."""
    if sys.platform == "win32":
        key = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"
        light = QSettings(key, QSettings.NativeFormat).value("AppsUseLightTheme")
        return None if light is None else not int(light)
    if sys.platform == "darwin":
        preferences = Path.home() / "Library/Preferences/.GlobalPreferences.plist"
        style = QSettings(str(preferences), QSettings.NativeFormat).value("AppleInterfaceStyle")
        return style == "Dark"
    return None
