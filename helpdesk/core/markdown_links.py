# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the addresses of links and pictures in Markdown, to the letter, and puts others there.

The parser itself says what is a link: text that looks like one in code, in an escape or in the
name of a picture stays what it is. It knows lines but not columns; the rules that read links note
here where in a line they have found the address.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from helpdesk.core.markdown import is_no_prose, usual_parser

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_NOTES = "notes"
_CELLS = ("th_open", "td_open")


class Address(NamedTuple):
    """The address of a link or a picture, and where it stands."""

    start: int
    end: int
    """Where it stands in the text, without the ``<>`` around it."""
    href: str
    """What it means, as it comes out in HTML."""
    leads: bool
    """Whether a link leads there."""
    shows: bool
    """Whether a picture is shown from there; of a definition, both may be true, or neither."""


NewAddress = Callable[[Address], str | None]
"""Returns what takes the place of an address, or ``None`` where it stays as it is."""


def addresses_in(markdown: str) -> list[Address]:
    """Return every address in the order of the text, whose line ends have to be ``\\n``."""
    if is_no_prose(markdown):
        return []
    notes = _Notes(markdown)
    tokens = _parser().parse(markdown, {_NOTES: notes})
    return notes.addresses(tokens)


def readdressed(markdown: str, new_address: NewAddress) -> str:
    """Return a text with other addresses in it, and else the same to the letter.

    What takes the place of an address must not have blanks, brackets or other signs of Markdown.
    """
    parts, done = [], 0
    for address in addresses_in(markdown):
        new = new_address(address)
        if new is not None:
            parts += [markdown[done : address.start], new]
            done = address.end
    return "".join([*parts, markdown[done:]])


@dataclass
class _Notes:
    """What the rules have found in one text."""

    markdown: str
    found: list[Address] = field(default_factory=list)
    definitions: list[Address] = field(default_factory=list)
    place: _Place | None = None
    """Of the piece of text that is read just now."""
    line_starts: list[int] = field(init=False)
    cells_end: int = 0
    """Where the last cell of a table ends."""

    def __post_init__(self) -> None:
        lengths = (len(line) + 1 for line in self.markdown.split("\n"))
        self.line_starts = [0, *accumulate(lengths)]

    def line(self, number: int) -> str:
        """Return a line without its end."""
        return self.markdown[self.line_starts[number] : self.line_starts[number + 1] - 1]

    def addresses(self, tokens: list[Token]) -> list[Address]:
        """Return what was found, each definition as it is used."""
        children = [child for token in tokens for child in token.children or ()]
        links = {child.attrs.get("href") for child in children if child.type == "link_open"}
        pictures = {child.attrs.get("src") for child in children if child.type == "image"}
        used = (
            each._replace(leads=each.href in links, shows=each.href in pictures)
            for each in self.definitions
        )
        return sorted({*self.found, *used})


class _Place:
    """Where in the text the content of a paragraph, heading or cell stands.

    Each of its lines is a piece of the text's line: what is cut off are blanks, and signs such as
    those of a list or quotation before it. In a cell a ``|`` has also lost its backslash.
    """

    def __init__(self, notes: _Notes, token: Token, *, is_cell: bool) -> None:
        self.content = token.content
        self._notes = notes
        self._is_cell = is_cell
        lines = self.content.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in lines)]
        first, end = token.map or (0, 0)
        self._first_line = first + self._blank_lines(lines, first, end - len(lines))
        self._cell_start = self._cell() if is_cell else 0

    def position(self, offset: int) -> int:
        """Return where in the text a letter of the content stands."""
        if self._is_cell:
            return self._cell_start + offset + self.content.count("|", 0, offset)
        number = bisect_right(self._starts, offset) - 1
        content = self.content[self._starts[number] : self._starts[number + 1] - 1]
        piece = content.lstrip()
        column = offset - self._starts[number] - (len(content) - len(piece))
        line_number = self._first_line + number
        # The rightmost one is the right one: behind it are only blanks, or the signs of a heading.
        start = self._notes.line(line_number).rfind(piece)
        return self._notes.line_starts[line_number] + start + column

    def _blank_lines(self, lines: list[str], first: int, last: int) -> int:
        """Return how many lines before the content are left out: they hold wide blanks alone."""
        for start in range(first, last):
            found = (self._notes.line(start + place) for place in range(len(lines)))
            pairs = zip(lines, found, strict=True)
            if all(line.lstrip() in whole for line, whole in pairs):
                return start - first
        return max(last - first, 0)

    def _cell(self) -> int:
        """Find the cell behind the one before it in its row."""
        written = self.content.replace("|", "\\|")
        line_start = self._notes.line_starts[self._first_line]
        start = self._notes.markdown.find(written, max(line_start, self._notes.cells_end))
        self._notes.cells_end = start + len(written)
        return start


@cache
def _parser() -> MarkdownIt:
    parser = usual_parser()
    parser.core.ruler.at("inline", _read_pieces)
    parser.block.ruler.at("reference", _read_definition)
    parser.inline.ruler.at("link", _read_link)
    parser.inline.ruler.at("image", _read_picture)
    return parser


def _read_pieces(state: StateCore) -> None:
    notes: _Notes = state.env[_NOTES]
    before = ""
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            notes.place = _Place(notes, token, is_cell=before in _CELLS)
            state.md.inline.parse(token.content, state.md, state.env, token.children)
        before = token.type


def _read_link(state: StateInline, silent: bool) -> bool:
    from markdown_it.rules_inline import link

    start = state.pos
    found = link(state, silent)
    if found and not silent:
        _note(state, start, shows=False)
    return found


def _read_picture(state: StateInline, silent: bool) -> bool:
    from markdown_it.rules_inline import image

    start = state.pos
    found = image(state, silent)
    if found and not silent:
        _note(state, start + 1, shows=True)
    return found


def _note(state: StateInline, bracket: int, *, shows: bool) -> None:
    """Note the address of what was just read, unless a definition elsewhere holds it."""
    notes: _Notes = state.env[_NOTES]
    place = notes.place
    if place is None or state.src != place.content:
        return  # within the words that stand for a picture, where nothing is a link
    opening = state.md.helpers.parseLinkLabel(state, bracket, not shows) + 1
    if opening >= state.pos or state.src[opening] != "(":
        return
    at = _address_at(state.md, state.src, opening + 1, state.posMax)
    if at is not None:
        start, end = place.position(at.start), place.position(at.end)
        notes.found.append(at._replace(start=start, end=end, leads=not shows, shows=shows))


def _read_definition(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    from markdown_it.rules_block import reference

    found = reference(state, first, last, silent)
    if found and not silent:
        starts = [state.bMarks[line] + state.tShift[line] for line in range(first, state.line)]
        ends = [state.eMarks[line] + 1 for line in range(first, state.line)]
        pieces = list(zip(starts, ends, strict=True))
        text = "".join(state.src[start:end] for start, end in pieces)
        at = _address_at(state.md, text, _end_of_label(text) + 2, len(text))
        if at is not None:
            places = [place for start, end in pieces for place in range(start, end)]
            notes: _Notes = state.env[_NOTES]
            start, end = places[at.start], places[at.end - 1] + 1
            notes.definitions.append(at._replace(start=start, end=end))
    return found


def _end_of_label(text: str) -> int:
    positions = _unescaped(text)
    return next(position for position in positions if text[position] == "]")


def _unescaped(text: str) -> Iterator[int]:
    position = 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        else:
            yield position
        position += 1


def _address_at(parser: MarkdownIt, text: str, start: int, limit: int) -> Address | None:
    """Return the address that begins behind blanks, or ``None`` where it is an empty one."""
    while start < limit and text[start] in " \t\n":
        start += 1
    result = parser.helpers.parseLinkDestination(text, start, limit)
    if not result.ok or not result.str:
        return None
    within = int(text[start] == "<")
    href = parser.normalizeLink(result.str)
    return Address(start + within, result.pos - within, href, leads=False, shows=False)
