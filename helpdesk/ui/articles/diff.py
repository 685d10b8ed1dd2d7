# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares two texts line by line and word by word, with work that stays small for any text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

Sign = Literal[" ", "-", "+"]

LONGEST_LINE = 1_000
"""A longer line is compared, and shown, in several."""
CONTEXT = 3
"""So many unchanged lines are shown around a change."""
_LEAST_FOLDED = 4
_GAP_CELLS = 200_000
"""Lines times lines that are looked at one against the other; more are taken as replaced."""
_PAIRED_CELLS = 900
_WORD_CELLS = 60_000
_LEAST_CELLS = 300
"""What comparing two lines costs however short they are."""
_ALL_CELLS = 800_000
"""Words times words of a whole comparison; past it changed lines are marked as a whole."""
_ALIKE = 0.35
"""Lines that share so much of their words stand side by side as one that was changed."""

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


class Piece(NamedTuple):
    """Part of a line, and whether the other side has it otherwise."""

    text: str
    is_changed: bool = False


class Side(NamedTuple):
    """A line of one of the two texts."""

    number: int
    sign: Sign
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(piece.text for piece in self.pieces)


class Row(NamedTuple):
    """Two lines that stand side by side; ``None`` where a text has nothing there."""

    old: Side | None
    new: Side | None

    @property
    def is_same(self) -> bool:
        """Whether both texts have this line."""
        return self.old is not None and self.old.sign == " "


class Block(NamedTuple):
    """Rows that belong together: changes with what stands around them, or a fold of same lines."""

    rows: tuple[Row, ...]
    is_folded: bool


@dataclass
class _Budget:
    cells: int = _ALL_CELLS

    def take(self, cells: int) -> bool:
        """Return whether so much work may still be done, and count it."""
        if cells > min(self.cells, _WORD_CELLS):
            return False
        self.cells -= max(cells, _LEAST_CELLS)
        return True


class _Match(NamedTuple):
    old: int
    new: int
    size: int


def compare(old: str, new: str) -> tuple[Row, ...]:
    """Return the lines of two texts side by side."""
    before, after = lines_of(old), lines_of(new)
    rows: list[Row] = []
    budget = _Budget()
    at_old = at_new = 0
    for match in (*_matches(before, after), _Match(len(before), len(after), 0)):
        rows += _replaced(before[at_old : match.old], after[at_new : match.new], budget,
                          at_old + 1, at_new + 1)  # fmt: skip
        rows += [
            Row(_same(match.old + step, line), _same(match.new + step, line))
            for step, line in enumerate(before[match.old : match.old + match.size])
        ]
        at_old, at_new = match.old + match.size, match.new + match.size
    return tuple(rows)


def folded(rows: Sequence[Row]) -> tuple[Block, ...]:
    """Return the rows in blocks, with long unchanged stretches as blocks of their own."""
    changed = [place for place, row in enumerate(rows) if not row.is_same]
    shown = {
        near
        for place in changed
        for near in range(max(0, place - CONTEXT), min(len(rows), place + CONTEXT + 1))
    }
    blocks: list[Block] = []
    start = 0
    for place in range(1, len(rows) + 1):
        if place == len(rows) or (place in shown) != (start in shown):
            is_folded = start not in shown and place - start >= _LEAST_FOLDED
            blocks.append(Block(tuple(rows[start:place]), is_folded))
            start = place
    return tuple(blocks)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, very long ones in pieces."""
    return [piece for line in text.splitlines() for piece in _short_lines(line)]


def _short_lines(line: str) -> Iterator[str]:
    while len(line) > LONGEST_LINE:
        cut = line.rfind(" ", LONGEST_LINE // 2, LONGEST_LINE) + 1 or LONGEST_LINE
        yield line[:cut]
        line = line[cut:]
    yield line


def _same(place: int, line: str) -> Side:
    return Side(place + 1, " ", (Piece(line),))


# --- which lines are the same ---------------------------------------------------------------------


def _matches(before: Sequence[str], after: Sequence[str]) -> list[_Match]:
    """Return the stretches of lines that both texts have, in order."""
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    rest = min(len(before), len(after)) - head
    while tail < rest and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    found = [_Match(0, 0, head)]
    found += _inside(before, after, (head, head), (len(before) - tail, len(after) - tail))
    found.append(_Match(len(before) - tail, len(after) - tail, tail))
    return [match for match in found if match.size]


def _inside(
    before: Sequence[str], after: Sequence[str], start: tuple[int, int], end: tuple[int, int]
) -> Iterator[_Match]:
    """Find matches between two places: lines that are there once on each side hold it together.

    `SequenceMatcher` alone would take a time that grows with the square of the text.
    """
    at_old, at_new = start
    for old, new in (*_anchors(before, after, start, end), end):
        yield from _between(before, after, (at_old, at_new), (old, new))
        if (old, new) != end:
            yield _Match(old, new, 1)
        at_old, at_new = old + 1, new + 1


def _anchors(
    before: Sequence[str], after: Sequence[str], start: tuple[int, int], end: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return the places of lines that are unique in both texts, as far as they keep their order."""
    old_counts = Counter(before[start[0] : end[0]])
    new_counts = Counter(after[start[1] : end[1]])
    places = {after[place]: place for place in range(start[1], end[1])}
    pairs = [
        (place, places[before[place]])
        for place in range(start[0], end[0])
        if old_counts[before[place]] == 1 == new_counts[before[place]]
    ]
    return _rising(pairs)


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of the pairs whose second numbers rise, too."""
    ends: list[int] = []
    holders: list[int] = []
    before: list[int] = []
    for place, (_, new) in enumerate(pairs):
        length = bisect_left(ends, new)
        before.append(holders[length - 1] if length else -1)
        ends[length : length + 1] = [new]
        holders[length : length + 1] = [place]
    rising: list[tuple[int, int]] = []
    place = holders[-1] if holders else -1
    while place >= 0:
        rising.append(pairs[place])
        place = before[place]
    return rising[::-1]


def _between(
    before: Sequence[str], after: Sequence[str], start: tuple[int, int], end: tuple[int, int]
) -> Iterator[_Match]:
    old, new = before[start[0] : end[0]], after[start[1] : end[1]]
    if not old or not new or len(old) * len(new) > _GAP_CELLS:
        return
    for match in SequenceMatcher(None, old, new).get_matching_blocks():
        if match.size:
            yield _Match(start[0] + match.a, start[1] + match.b, match.size)


# --- what changed inside lines --------------------------------------------------------------------


def _replaced(
    old: Sequence[str], new: Sequence[str], budget: _Budget, first_old: int, first_new: int
) -> list[Row]:
    """Return the rows of lines that took the place of others."""
    rows: list[Row] = []
    for before, after in _paired(old, new):
        if before is None or after is None:
            rows.append(
                Row(
                    None if before is None else _whole(first_old + before, "-", old[before]),
                    None if after is None else _whole(first_new + after, "+", new[after]),
                )
            )
            continue
        left, right = _pieces(old[before], new[after], budget)
        rows.append(Row(Side(first_old + before, "-", left), Side(first_new + after, "+", right)))
    return rows


def _whole(number: int, sign: Sign, line: str) -> Side:
    return Side(number, sign, (Piece(line, is_changed=True),))


def _paired(old: Sequence[str], new: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Return which line stands beside which, in order, each of them once."""
    if len(old) * len(new) > _PAIRED_CELLS:
        both: list[tuple[int | None, int | None]] = [
            (place, place) for place in range(min(len(old), len(new)))
        ]
        both += [(place, None) for place in range(len(new), len(old))]
        return both + [(None, place) for place in range(len(old), len(new))]
    return _best_pairs(old, new)


def _best_pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Pair lines so that they share as many words as they can."""
    alike = [[_likeness(before, after) for after in new] for before in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            pair = best[i + 1][j + 1] + alike[i][j] if alike[i][j] >= _ALIKE else 0.0
            best[i][j] = max(pair, best[i + 1][j], best[i][j + 1])
    pairs: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if alike[i][j] >= _ALIKE and best[i][j] == best[i + 1][j + 1] + alike[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, j))
            j += 1
    pairs += [(place, None) for place in range(i, len(old))]
    return pairs + [(None, place) for place in range(j, len(new))]


def _likeness(one: str, other: str) -> float:
    """Return the share of words that two lines have in common, 0 to 1."""
    words, others = Counter(one.split()), Counter(other.split())
    total = words.total() + others.total()
    return 2 * (words & others).total() / total if total else 1.0


def _pieces(old: str, new: str, budget: _Budget) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if not budget.take(len(before) * len(after)):
        return (Piece(old, is_changed=True),), (Piece(new, is_changed=True),)
    left: list[Piece] = []
    right: list[Piece] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        is_changed = tag != "equal"
        left.append(Piece("".join(before[i:i_end]), is_changed))
        right.append(Piece("".join(after[j:j_end]), is_changed))
    return _filled(left), _filled(right)


def _filled(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    return tuple(piece for piece in pieces if piece.text)
