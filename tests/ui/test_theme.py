# SPDX-License-Identifier: GPL-3.0-or-later
"""The look is legible in both themes, and the table of tokens is its only source of colours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from PyQt5.QtGui import QColor, QFontInfo, QFontMetricsF, QGuiApplication, QIcon, QPalette
from PyQt5.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from helpdesk.core.paths import resource
from helpdesk.ui import icons, theme
from helpdesk.ui.tokens import DARK, LIGHT, Tokens, Tone, mix

ROOT = Path(__file__).parents[2]
GROUNDS = ("background", "surface", "raised")
SOFT = ("accent_soft", "warning_soft", "low_soft", "urgent_soft")
both = pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])


def ratio(one: str, other: str) -> float:
    """Reckon WCAG's contrast ratio on its own, not with the code under test."""
    lights = []
    for colour in (one, other):
        parts = QColor(colour).getRgbF()[:3]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        lights.append(sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def pairs(tokens: Tokens) -> list[tuple[str, str, str]]:
    """List what is read on what: a name, the ink, the ground."""
    named = [(ink, ground) for ink in ("text", "muted", "accent") for ground in GROUNDS]
    named += [("text", ground) for ground in SOFT] + [("muted_on_soft", ground) for ground in SOFT]
    named += [
        ("on_accent", "accent"),
        ("on_accent", "accent_hover"),
        ("on_accent", "accent_pressed"),
        ("navigation_text", "navigation"),
        ("navigation_text", "navigation_selected"),
        ("navigation_text", "navigation_hover"),
        ("navigation_strong", "navigation"),
        ("navigation_strong", "navigation_selected"),
        ("toast_action", "navigation"),
        ("text", "hover"),
        ("muted", "hover"),
    ]
    listed = [(f"{a} on {b}", getattr(tokens, a), getattr(tokens, b)) for a, b in named]
    for tone in get_args(Tone):
        soft = getattr(tokens, f"{tone}_soft")
        listed.append((f"{tone} on its soft", tokens.ink(tone), soft))
        for ground in GROUNDS:
            listed.append((f"{tone} on {ground}", tokens.ink(tone), getattr(tokens, ground)))
    # The initials of a person stand on these.
    for tone in ("accent", "success", "warning", "high", "low"):
        listed.append((f"initials on {tone}", tokens.on_accent, getattr(tokens, tone)))
    return listed


@both
def test_everything_that_is_read_has_enough_contrast(tokens):
    faint = [(name, ratio(ink, ground)) for name, ink, ground in pairs(tokens)]
    assert [(name, found) for name, found in faint if found < 4.5] == []


@both
def test_an_ink_is_the_tone_itself_where_that_is_legible(tokens):
    assert tokens.ink("urgent") == tokens.urgent
    assert tokens.ink("success") == tokens.success


@both
def test_the_focus_ring_stands_out_from_the_grounds(tokens):
    assert all(ratio(tokens.accent, getattr(tokens, ground)) >= 3 for ground in GROUNDS)


def test_every_token_is_a_colour():
    for tokens in (LIGHT, DARK):
        for field in tokens._fields:
            assert re.fullmatch(r"#[0-9A-F]{6}", getattr(tokens, field)), field


def test_mixing_goes_from_the_one_to_the_other():
    black, white, grey = "#" + "00" * 3, "#" + "FF" * 3, "#" + "80" * 3
    assert [mix(black, white, share) for share in (0, 0.5, 1)] == [black, grey, white]


def test_no_colour_stands_outside_the_table():
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|QColor\(\s*[\d\"']|Qt\.(?:white|black|red)")
    sources = [*(ROOT / "helpdesk/ui").rglob("*.py"), *(ROOT / "resources/themes").iterdir()]
    assert len(sources) > 10
    found = [
        f"{source.name}: {line.strip()}"
        for source in sources
        if source.name != "tokens.py"
        for line in source.read_text(encoding="utf-8").splitlines()
        if colour.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_style_sheet_has_every_placeholder_filled(look, mode):
    look.set_mode(mode)
    sheet = look.style_sheet()
    assert "@" not in sheet
    pictures = re.findall(r'url\("([^"]+)"\)', sheet)
    assert len(pictures) > 10
    assert all(Path(picture).is_file() for picture in pictures)
    assert "currentColor" not in Path(pictures[0]).read_text(encoding="utf-8")


def test_qt_understands_the_style_sheet(look, qtbot):
    # A sheet that cannot be parsed is a warning in the log, and warnings fail the test.
    label = QLabel("x")
    qtbot.addWidget(label)
    label.setStyleSheet(look.style_sheet())
    label.ensurePolished()


def test_a_role_in_the_style_sheet_changes_the_font(qtbot):
    label = QLabel("Title")
    label.setProperty("role", "title")
    qtbot.addWidget(label)
    label.ensurePolished()
    assert label.font().pixelSize() == 18
    assert label.font().weight() == theme.current().font("title").weight()


def test_the_theme_changes_live(look, qtbot):
    field = QLineEdit()
    qtbot.addWidget(field)
    field.show()
    before = field.grab().toImage().pixelColor(field.width() // 2, 4)
    with qtbot.waitSignal(look.changed):
        look.set_mode("dark")
    after = field.grab().toImage().pixelColor(field.width() // 2, 4)
    assert (before.name().upper(), after.name().upper()) == (LIGHT.raised, DARK.raised)
    assert look.tokens is DARK
    assert look.tokens.is_dark
    assert field.palette().color(QPalette.Text).name().upper() == DARK.text


def test_choosing_the_same_theme_again_repaints_nothing(look, qtbot):
    with qtbot.assertNotEmitted(look.changed):
        look.set_mode("light")


def test_an_unknown_theme_is_refused(look):
    with pytest.raises(ValueError, match="sepia"):
        look.set_mode("sepia")
    assert look.mode == "light"


def test_the_system_theme_is_what_its_palette_says(look):
    look.set_mode("system")
    # The offscreen platform's palette is light.
    assert look.tokens is LIGHT


def test_colours_are_kept_and_change_with_the_theme(look):
    light = look.colour("urgent")
    assert look.colour("urgent") is light
    look.set_mode("dark")
    assert look.colour("urgent").name().upper() == DARK.urgent
    assert look.colour("ink_high").name().upper() == DARK.ink("high")


def test_the_shipped_font_is_used(look):
    sizes = {"body": 13, "strong": 13, "title": 18, "mono": 12}
    for role, size in sizes.items():
        assert QFontInfo(look.font(role)).pixelSize() == size
    assert QFontInfo(look.font("body")).family() == theme.FAMILY
    dots_per_inch = QGuiApplication.primaryScreen().logicalDotsPerInchY()
    secondary = look.font("secondary").pointSizeF() * dots_per_inch / 72
    assert secondary == pytest.approx(11.5, abs=0.01)


def test_figures_are_as_wide_as_each_other(look):
    for role in ("body", "strong", "title", "secondary", "chip", "figure"):
        metrics = QFontMetricsF(look.font(role))
        assert len({metrics.horizontalAdvance(str(digit) * 8) for digit in range(10)}) == 1


def test_semibold_is_heavier_than_regular(look):
    regular = QFontMetricsF(look.font("body")).horizontalAdvance("Hamburgefonts" * 4)
    assert QFontMetricsF(look.font("strong")).horizontalAdvance("Hamburgefonts" * 4) > regular


def test_the_fonts_come_with_their_licence_and_are_small():
    folder = resource("fonts")
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text(encoding="utf-8")
    assert sum(font.stat().st_size for font in folder.glob("*.otf")) < 1_500_000


def test_a_placeholder_is_as_strong_as_muted_text(look, qtbot):
    field = QLineEdit()
    qtbot.addWidget(field)
    field.ensurePolished()
    assert field.palette().color(QPalette.PlaceholderText) == look.colour("muted")


def test_the_primary_button_is_filled(look, qtbot):
    window = QWidget()
    button = QPushButton("Submit", window)
    button.setProperty("kind", "primary")
    button.resize(90, 32)
    button.setFocusPolicy(button.focusPolicy())
    qtbot.addWidget(window)
    assert button.grab().toImage().pixelColor(6, 16) == look.colour("accent")


def test_every_icon_has_a_glyph_and_takes_the_colour_of_its_token(look, qtbot):
    for name in icons.NAMES:
        assert _inks(icons.icon(name, "urgent")) == {LIGHT.urgent}, name


def test_an_icon_follows_the_theme_and_fades_when_disabled(look, qtbot):
    icon = icons.icon("search", "accent")
    assert icons.icon("search", "accent") is icon
    assert _inks(icon) == {LIGHT.accent}
    look.set_mode("dark")
    assert _inks(icon) == {DARK.accent}
    assert _inks(icon, QIcon.Disabled) == {DARK.disabled}


def test_an_unknown_icon_is_a_mistake(qtbot):
    with pytest.raises(KeyError):
        icons.icon("unicorn")


def _inks(icon: QIcon, mode: QIcon.Mode = QIcon.Normal) -> set[str]:
    image = icon.pixmap(64, 64, mode).toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return {pixel.name().upper() for pixel in pixels if pixel.alpha() == 255}
