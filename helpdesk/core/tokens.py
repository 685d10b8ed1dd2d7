# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of colours, light and dark, and what follows from it."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Tone = Literal["urgent", "high", "medium", "low", "success", "warning", "accent", "neutral"]

LEGIBLE: Final = 4.5
"""The least contrast of text with what it stands on."""


class Tokens(NamedTuple):
    """The colours of one theme as ``#RRGGBB``; the properties follow from the table."""

    background: str
    surface: str
    raised: str
    line: str
    text: str
    muted: str
    accent: str
    accent_soft: str
    on_accent: str
    urgent: str
    urgent_soft: str
    high: str
    high_soft: str
    medium: str
    medium_soft: str
    low: str
    low_soft: str
    success: str
    success_soft: str
    warning: str
    warning_soft: str
    navigation: str
    navigation_text: str
    navigation_selected: str
    navigation_strong: str

    @property
    def is_dark(self) -> bool:
        """Whether light text stands on a dark ground."""
        return luminance(self.background) < luminance(self.text)

    @property
    def accent_hover(self) -> str:
        """The accent under the pointer."""
        return mix(self.accent, self.text, 0.14)

    @property
    def accent_pressed(self) -> str:
        """The accent under a pressed button."""
        return mix(self.accent, self.text, 0.28)

    @property
    def hover(self) -> str:
        """A row or a quiet button under the pointer."""
        return mix(self.surface, self.text, 0.05)

    @property
    def pressed(self) -> str:
        """A control that is held down."""
        return mix(self.raised, self.text, 0.11)

    @property
    def line_strong(self) -> str:
        """The edge of a control under the pointer, and of check boxes."""
        return mix(self.line, self.muted, 0.55)

    @property
    def disabled(self) -> str:
        """Text of what cannot be used now (exempt from the contrast rule)."""
        return mix(self.muted, self.surface, 0.45)

    @property
    def scroll(self) -> str:
        """The handle of a scroll bar."""
        return mix(self.line, self.muted, 0.3)

    @property
    def skeleton(self) -> str:
        """The bars that stand for rows still being read."""
        return mix(self.surface, self.muted, 0.16)

    @property
    def muted_on_soft(self) -> str:
        """Secondary text on a selected row, a note or a banner."""
        soft = (self.accent_soft, self.warning_soft, self.low_soft, self.urgent_soft)
        return legible(self.muted, self.text, *soft)

    @property
    def navigation_hover(self) -> str:
        """A tab of the navigation under the pointer."""
        return mix(self.navigation, self.navigation_selected, 0.5)

    @property
    def navigation_line(self) -> str:
        """The line above the person's name."""
        return mix(self.navigation, self.navigation_text, 0.16)

    @property
    def toast_action(self) -> str:
        """A word to click on a toast, which is as dark as the navigation."""
        return legible(self.accent, self.navigation_strong, self.navigation)

    @property
    def neutral(self) -> str:
        """The tone of what is neither good nor bad."""
        return self.low

    @property
    def neutral_soft(self) -> str:
        """The ground of what is neither good nor bad."""
        return self.low_soft

    def ink(self, tone: Tone) -> str:
        """Text in the tone, legible on the tone's soft colour and on the window."""
        soft = str(getattr(self, f"{tone}_soft"))
        return legible(str(getattr(self, tone)), self.text, soft, self.background)


LIGHT: Final = Tokens(
    background="#F5F6F8",
    surface="#FFFFFF",
    raised="#FFFFFF",
    line="#E1E4EA",
    text="#1B2230",
    muted="#667085",
    accent="#2F5FDE",
    accent_soft="#E8EEFD",
    on_accent="#FFFFFF",
    urgent="#C8322B",
    urgent_soft="#FCEBEA",
    high="#B85C00",
    high_soft="#FDF0E0",
    medium="#2F5FDE",
    medium_soft="#E8EEFD",
    low="#5B6472",
    low_soft="#EEF0F3",
    success="#18794E",
    success_soft="#E4F5EC",
    warning="#8A6100",
    warning_soft="#FBF3DA",
    navigation="#1B2230",
    navigation_text="#C9D0DC",
    navigation_selected="#2C3548",
    navigation_strong="#FFFFFF",
)
DARK: Final = Tokens(
    background="#12161D",
    surface="#1A2029",
    raised="#212835",
    line="#2C3543",
    text="#E6EAF0",
    muted="#98A3B3",
    accent="#7AA2FF",
    accent_soft="#22304F",
    on_accent="#0D1117",
    urgent="#FF8A80",
    urgent_soft="#3A2022",
    high="#FFB366",
    high_soft="#3A2B1B",
    medium="#7AA2FF",
    medium_soft="#22304F",
    low="#A5AFBD",
    low_soft="#2A313C",
    success="#6BD6A0",
    success_soft="#1B3329",
    warning="#F2CF66",
    warning_soft="#363018",
    navigation="#0D1117",
    navigation_text="#98A3B3",
    navigation_selected="#1F2733",
    navigation_strong="#E6EAF0",
)


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG, 0 for black to 1 for white."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """Return ``one`` with a share (0 to 1) of ``other`` in it."""
    channels = (
        round(int(one[at : at + 2], 16) * (1 - share) + int(other[at : at + 2], 16) * share)
        for at in (1, 3, 5)
    )
    return "#" + "".join(f"{channel:02X}" for channel in channels)


def legible(ink: str, stronger: str, *grounds: str) -> str:
    """Return ``ink``, moved towards ``stronger`` as little as makes it legible on the grounds."""
    for step in range(50):
        candidate = mix(ink, stronger, step / 50)
        if all(contrast(candidate, ground) >= LEGIBLE for ground in grounds):
            return candidate
    return stronger


CODE_DARK, CODE_LIGHT = "#000000", "#FFFFFF"
"""The modules of a QR code, in both themes: cameras need them so."""
