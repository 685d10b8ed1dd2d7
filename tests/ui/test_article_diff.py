# SPDX-License-Identifier: GPL-3.0-or-later
"""Two texts are compared so that each line stands beside its own, in little time for any text."""

from __future__ import annotations

import random

import pytest

from helpdesk.ui.articles.diff import LONGEST_LINE, Row, compare, folded, lines_of

TEXT = "\n".join(f"Line {number} of the text." for number in range(40))


def signs(rows: tuple[Row, ...]) -> str:
    """Return the rows as a string: '=' same, '~' changed, '-' removed, '+' added."""
    kinds = {(True, True): "~", (True, False): "-", (False, True): "+"}
    return "".join(
        "=" if row.is_same else kinds[row.old is not None, row.new is not None] for row in rows
    )


def halves(rows: tuple[Row, ...]) -> tuple[str, str]:
    """Return both texts out of the rows of their comparison."""
    old = [row.old.text for row in rows if row.old is not None]
    new = [row.new.text for row in rows if row.new is not None]
    return "\n".join(old), "\n".join(new)


def test_the_same_text_has_no_change():
    assert signs(compare(TEXT, TEXT)) == "=" * 40


def test_a_changed_word_is_marked_alone_on_both_sides():
    [row] = compare("Press the red button now", "Press the green button now")
    assert row.old is not None
    assert row.new is not None
    assert [piece for piece in row.old.pieces if piece.is_changed] == [("red", True)]
    assert [piece for piece in row.new.pieces if piece.is_changed] == [("green", True)]
    assert (row.old.sign, row.new.sign) == ("-", "+")


def test_lines_that_came_and_went_leave_the_others_beside_each_other():
    rows = compare("one\ntwo\nthree\nfour", "one\nnew here\ntwo\nfour")
    assert signs(rows) == "=+=-="
    assert [row.new.number for row in rows if row.new] == [1, 2, 3, 4]


def test_a_line_that_moved_keeps_the_longer_part_in_place():
    rows = compare("z\na\nb\nc\nd", "a\nb\nc\nd\nz")
    assert signs(rows) == "-====+"


def test_a_rewritten_line_stands_beside_what_it_was_and_not_beside_its_neighbour():
    rows = compare("alpha beta gamma delta", "wholly else\nalpha beta gamma omega")
    assert signs(rows) == "+~"


@pytest.mark.parametrize(
    ("old", "new"),
    [("", ""), ("", "a\nb"), ("a\nb", ""), ("a\r\nb", "a\nb"), ("x" * 5_000, "y"), ("🖨 é", "🖨 e")],
)
def test_odd_texts_come_out_whole(old, new):
    before, after = halves(compare(old, new))
    assert before.split() == "\n".join(lines_of(old)).split()
    assert after.split() == "\n".join(lines_of(new)).split()


def test_random_changes_come_out_whole():
    chance = random.Random(7)  # noqa: S311 - texts to compare
    for _ in range(200):
        old = [
            chance.choice("abcde f") * chance.randint(0, 3) for _ in range(chance.randint(0, 12))
        ]
        new = [chance.choice([line, line, "x y", line + "z"]) for line in old]
        chance.shuffle(new)
        before, after = halves(compare("\n".join(old), "\n".join(new)))
        assert before.split("\n") == ("\n".join(old).splitlines() or [""])
        assert after.split("\n") == ("\n".join(new).splitlines() or [""])


def test_long_unchanged_stretches_are_folded_around_changes():
    changed = TEXT.replace("Line 20 of", "Line twenty of")
    blocks = folded(compare(TEXT, changed))
    assert [block.is_folded for block in blocks] == [True, False, True]
    assert [len(block.rows) for block in blocks] == [17, 7, 16]


def test_a_short_unchanged_stretch_is_not_worth_a_fold():
    changed = TEXT.replace("Line 10 ", "Line x ").replace("Line 19 ", "Line y ")
    assert [block.is_folded for block in folded(compare(TEXT, changed))] == [
        True, False, False, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n".join("abcdefgh"[n * 7 % 8] for n in range(100_000)),
         "\n".join("abcdefgh"[n * 5 % 8] for n in range(100_000))),
        ("x" * 200_000, "y" * 200_000),
        ("\n".join(map(str, range(34_000))), "\n".join(map(str, reversed(range(34_000))))),
        ("w " * 100_000, "v " * 100_000),
        ("\n".join("word " * 40 + str(n) for n in range(900)),
         "\n".join("term " * 40 + str(n) for n in range(900))),
    ],
    ids=["few-lines", "one-line", "reversed", "one-word", "all-other"],
)  # fmt: skip
@pytest.mark.timeout(60)
def test_the_longest_texts_are_compared_with_bounded_work(old, new):
    """Without bounds some of these take hours."""
    rows = compare(old, new)
    sides = [side for row in rows for side in (row.old, row.new) if side is not None]
    assert max(len(side.text) for side in sides) <= LONGEST_LINE
