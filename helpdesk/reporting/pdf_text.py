# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts people's text on pages: literally, in lines of a width, never read as markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from helpdesk.core.tokens import LIGHT, mix
from helpdesk.reporting.letters import REGULAR, STRONG, drawn, width_of, width_of_run

_ASIAN = "\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
"""Letters between any two of which a line may break."""
_PIECES = re.compile(rf"[{_ASIAN}]|[^\s{_ASIAN}]+|\s+")
_LONGEST = 20_000
"""No text on a page is longer; nobody reads it there, and looking at each letter takes time."""
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Look:
    """How a text looks."""

    font: str = REGULAR
    size: float = 9.5
    leading: float = 13.5
    colour: str = LIGHT.text

    def in_colour(self, colour: str) -> Look:
        """Return the same look in another colour."""
        return replace(self, colour=colour)


BODY = Look()
STRONG_BODY = Look(font=STRONG)
SMALL = Look(size=8, leading=11, colour=LIGHT.muted)
NOTE = Look(size=9, leading=12.5, colour=mix(LIGHT.muted, LIGHT.text, 0.5))
LABEL = Look(size=8.5, leading=11.5, colour=LIGHT.muted)
NUMBER = Look(font=STRONG, size=19, leading=24)
HEADING = Look(font=STRONG, size=13, leading=18)
TITLE = Look(font=STRONG, size=28, leading=35)


def put(canvas: Any, text: str, look: Look, at: tuple[float, float], width: float = 0) -> None:
    """Draw a line whose base begins at ``at``.

    In a ``width`` a text that is read from the right stands at its right end.
    """
    line = drawn(text, look.font, look.size)
    x, y = at
    if width and line.from_right:
        x += width - line.width
    canvas.setFillColor(HexColor(look.colour))
    for run in line.runs:
        canvas.setFont(run.font, look.size)
        canvas.drawString(x, y, run.text)
        x += width_of_run(run, look.size)


def put_right(canvas: Any, text: str, look: Look, at: tuple[float, float]) -> None:
    """Draw a line that ends at ``at``."""
    put(canvas, text, look, (at[0] - drawn(text, look.font, look.size).width, at[1]))


def put_centred(canvas: Any, text: str, look: Look, at: tuple[float, float]) -> None:
    """Draw a line with its middle at ``at``."""
    put(canvas, text, look, (at[0] - drawn(text, look.font, look.size).width / 2, at[1]))


def fitted(text: str, look: Look, width: float) -> str:
    """Return as much of a text as fits on one line, with '…' where something was cut."""
    lines = wrapped(text.replace("\n", " "), look, width, 1)
    return lines[0] if lines else ""


def wrapped(text: str, look: Look, width: float, most: int = 0) -> list[str]:
    """Return the lines of a text in a width, at most so many, the last of them cut short."""
    lines: list[str] = []
    for paragraph in text[:_LONGEST].split("\n"):
        for line in _lines(paragraph, look, width):
            if most and len(lines) == most:
                lines[-1] = _shortened(lines[-1], look, width)
                return lines
            lines.append(line)
    return lines


def _lines(paragraph: str, look: Look, width: float) -> Iterator[str]:
    line, taken = "", 0.0
    for piece in _PIECES.findall(paragraph):
        wide = width_of(piece, look.font, look.size)
        if taken + wide <= width or piece.isspace():
            line, taken = line + piece, taken + wide
            continue
        if line.strip():
            yield line.rstrip()
        line, taken = piece, wide
        while taken > width and len(line) > 1:
            head = _fitting(line, look, width)
            yield line[:head]
            line = line[head:]
            taken = width_of(line, look.font, look.size)
    yield line.rstrip()


def _fitting(text: str, look: Look, width: float) -> int:
    """Return how many letters of a word that is too long fit, at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width_of(text[:middle], look.font, look.size) <= width:
            low = middle
        else:
            high = middle - 1
    return low


def _shortened(line: str, look: Look, width: float) -> str:
    room = width - width_of(_CUT, look.font, look.size)
    if width_of(line, look.font, look.size) > room:
        line = line[: _fitting(line, look, room)]
    return line.rstrip() + _CUT


class Words(Flowable):  # type: ignore[misc]
    """A text as a part of a page or the cell of a table."""

    def __init__(
        self, text: str, look: Look = BODY, *, most: int = 0, right: bool = False, after: float = 0
    ) -> None:
        """Take a text of at most ``most`` lines, or of any number, with space ``after`` it."""
        super().__init__()
        self._text, self._look, self._most, self._right = text, look, most, right
        self._lines: list[str] = []
        self.spaceAfter = after

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Break into lines, and return how large they are."""
        self._lines = wrapped(self._text, self._look, width, self._most)
        self.width, self.height = width, len(self._lines) * self._look.leading
        return self.width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        """Return two texts, the first of which fits into a height."""
        self.wrap(width, height)
        fits = int(height // self._look.leading)
        if fits < 1 or fits >= len(self._lines):
            return []
        parts = "\n".join(self._lines[:fits]), "\n".join(self._lines[fits:])
        return [Words(part, self._look, right=self._right, after=self.spaceAfter) for part in parts]

    def draw(self) -> None:
        """Draw the lines from the top."""
        y = self.height - self._look.size
        for line in self._lines:
            if self._right:
                put_right(self.canv, line, self._look, (self.width, y))
            else:
                put(self.canv, line, self._look, (0, y), self.width)
            y -= self._look.leading
