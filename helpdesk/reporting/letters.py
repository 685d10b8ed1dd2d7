# SPDX-License-Identifier: GPL-3.0-or-later
"""The fonts of PDF files: which has a letter, how Arabic ones join, in which order they stand.

Fonts are loaded when a text first needs them: most files need Inter alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import uharfbuzz
from bidi import get_base_level, get_display
from bidi.mirror import MIRRORED
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from helpdesk.core.paths import resource

REGULAR, STRONG = "InterTabular-Regular", "InterTabular-SemiBold"
_ARABIC, _ASIAN = "DejaVuSans", "DroidSansFallback"
_FALLBACKS = (_ARABIC, _ASIAN)
_UNKNOWN = "\ufffd"
_SURROGATES = re.compile("[\ud800-\udfff]")
"""Halves of letters: no file can have them, and what sorts letters takes none."""
_MARKS = frozenset({"Mn", "Me", "Cf"})
_MARK = "\u1dff"
"""A mark that goes with the bracket before it, whichever way round that is read."""
_BRACKET = "[" + re.escape("".join(MIRRORED)) + "]"
_MARKED = re.compile(f"{_BRACKET}{_MARK}|{_MARK}{_BRACKET}")
_BIDI_SIGNS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Run(NamedTuple):
    """Letters of one font, in the order in which they are drawn."""

    font: str
    text: str


class Drawn(NamedTuple):
    """A line as it is drawn."""

    runs: tuple[Run, ...]
    width: float
    from_right: bool
    """Whether it is read from right to left."""


def drawn(text: str, font: str, size: float) -> Drawn:
    """Return a line of literal text as it is drawn."""
    if text.isascii():
        clean = "".join(letter if letter.isprintable() else " " for letter in text)
        run = Run(loaded(font), clean)
        return Drawn((run,), width_of_run(run, size), from_right=False)
    visual, from_right = _in_visual_order(_SURROGATES.sub(_UNKNOWN, text))
    runs = tuple(_runs(visual, font))
    width = sum(width_of_run(run, size) for run in runs)
    return Drawn(runs, width, from_right=from_right)


def width_of(text: str, font: str, size: float) -> float:
    """Return how wide a text is on one line; order does not matter for that."""
    whole = _SURROGATES.sub(_UNKNOWN, text)
    return sum(width_of_run(run, size) for run in _runs(_joined(whole), font))


def width_of_run(run: Run, size: float) -> float:
    """Return how wide letters of one font are."""
    return float(pdfmetrics.stringWidth(run.text, run.font, size))


@lru_cache(maxsize=4096)
def _in_visual_order(text: str) -> tuple[str, bool]:
    text = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)
    if not any(unicodedata.bidirectional(letter) in {"R", "AL", "AN"} for letter in text):
        return _without_signs(text), False
    from_right = get_base_level(text) == 1
    marked = re.sub(_BRACKET, lambda found: found[0] + _MARK, _joined(text.replace(_MARK, "")))
    visual = str(get_display(marked, base_dir="R" if from_right else "L"))
    return _without_signs(_mirrored(visual)), from_right


def _mirrored(visual: str) -> str:
    """Turn brackets round that stand in text from the right: there the mark comes before them."""
    return _MARKED.sub(
        lambda found: found[0][0] if found[0][1] == _MARK else MIRRORED[found[0][1]], visual
    )


def _without_signs(text: str) -> str:
    return "".join(letter for letter in text if letter not in _BIDI_SIGNS)


# --- which font -----------------------------------------------------------------------------------


def _runs(text: str, font: str) -> Iterator[Run]:
    fonts = [_font_of(letter, font) for letter in text]
    place = 0
    for each, letters in groupby(_with_marks(text, fonts)):
        length = sum(1 for _ in letters)
        part = text[place : place + length]
        yield Run(each, "".join(_known(each, letter) for letter in part))
        place += length


def _with_marks(text: str, fonts: list[str]) -> list[str]:
    """Let a mark stand in the font of what it stands on, where that one has it."""
    for at in range(1, len(text)):
        if unicodedata.category(text[at]) in _MARKS and _has(fonts[at - 1], text[at]):
            fonts[at] = fonts[at - 1]
    return fonts


@lru_cache(maxsize=16_384)
def _font_of(letter: str, font: str) -> str:
    return next((each for each in (font, *_FALLBACKS) if _has(each, letter)), _ARABIC)


def _has(font: str, text: str) -> bool:
    known = _load(font).face.charToGlyph
    return all(ord(letter) in known for letter in text)


def _known(font: str, letter: str) -> str:
    """Return a letter, or a sign in its place where no font has it."""
    if _has(font, letter):
        return letter
    # Marks and signs that nobody sees leave nothing behind.
    return "" if unicodedata.category(letter) in _MARKS else _UNKNOWN


def loaded(font: str) -> str:
    """Return the name of a font that can be used from now on."""
    _load(font)
    return font


@lru_cache(maxsize=8)
def _load(font: str) -> TTFont:
    loaded = TTFont(font, str(resource(f"fonts/reports/{font}.ttf")), shapable=False)
    pdfmetrics.registerFont(loaded)
    return loaded


# --- how Arabic letters join ----------------------------------------------------------------------


def _is_arabic(letter: str) -> bool:
    return unicodedata.bidirectional(letter) == "AL" or "\u064b" <= letter <= "\u065f"


def _joined(text: str) -> str:
    """Return a text in which Arabic letters have the forms that they take beside each other."""
    if not any(map(_is_arabic, text)):
        return text
    return "".join(
        _word_joined("".join(letters)) if arabic else "".join(letters)
        for arabic, letters in groupby(text, key=_is_arabic)
    )


@lru_cache(maxsize=4096)
def _word_joined(word: str) -> str:
    """Let HarfBuzz choose the forms, and return them as letters in the order of reading.

    Marks do not keep letters apart: they are put back behind the letter that they stand on.
    """
    bases = [at for at, letter in enumerate(word) if unicodedata.category(letter) not in _MARKS]
    buffer = uharfbuzz.Buffer()
    buffer.add_str("".join(word[at] for at in bases))
    buffer.guess_segment_properties()
    uharfbuzz.shape(_shaper(), buffer, {"kern": False})
    glyphs = list(reversed(buffer.glyph_infos))
    begins = [bases[glyph.cluster] for glyph in glyphs] + [len(word)]
    forms = [word[: begins[0]]]
    for glyph, begin, end in zip(glyphs, begins, begins[1:], strict=False):
        marks = "".join(each for each in word[begin:end] if unicodedata.category(each) in _MARKS)
        forms += [_form_of(glyph.codepoint, word[begin]), marks]
    return "".join(forms)


def _form_of(glyph: int, letter: str) -> str:
    """Return the form that a glyph is, or the letter itself where that has no code of its own."""
    codes = _load(_ARABIC).face.glyphToChar.get(glyph, ())
    return next((chr(code) for code in codes if _is_arabic(chr(code))), letter)


@lru_cache(maxsize=1)
def _shaper() -> uharfbuzz.Font:
    blob = uharfbuzz.Blob.from_file_path(str(resource(f"fonts/reports/{_ARABIC}.ttf")))
    return uharfbuzz.Font(uharfbuzz.Face(blob))
