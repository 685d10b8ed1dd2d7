# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses in Markdown: all of the real ones, to the letter, and nothing that only looks so."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpdesk.core.markdown import usual_parser
from helpdesk.core.markdown_links import Address, addresses_in, readdressed


def written(markdown: str) -> list[str]:
    """Return the addresses as they are written."""
    return [markdown[each.start : each.end] for each in addresses_in(markdown)]


def moved(address: Address) -> str | None:
    """Return another address for each article and picture of a desk."""
    kind, _, number = address.href.partition("-")
    if not (address.leads or address.shows) or kind not in ("KB", "image"):
        return None
    return f"../a%20b/{number}.md" if kind == "KB" else f"images/{number}.png"


@pytest.mark.parametrize(
    ("markdown", "addresses"),
    [
        ("[a](KB-1)", ["KB-1"]),
        ("[a](<KB-1>)", ["KB-1"]),
        ("[a](  KB-1  'a title' )", ["KB-1"]),
        ("[a](\n  KB-1\n  'a title')", ["KB-1"]),
        ("![a](image-1)", ["image-1"]),
        ("[![a](image-1)](KB-2)", ["image-1", "KB-2"]),
        ("[KB-1](KB-1) KB-1 [KB-1](KB-1)", ["KB-1", "KB-1"]),
        ("a **b [c](KB-1)** ~~[d](KB-2)~~", ["KB-1", "KB-2"]),
        ("[a](KB&#45;1) [b](KB\\-2)", ["KB&#45;1", "KB\\-2"]),
        ("# A [a](KB-1) #", ["KB-1"]),
        ("[a](KB-1)\n=========", ["KB-1"]),
        ("- a\n  - [b](KB-1)\n\n    [c](KB-2)", ["KB-1", "KB-2"]),
        ("-\t[b](KB-1)\n\t [c](KB-2)", ["KB-1", "KB-2"]),
        ("> a\n> > [b](KB-1)\nlazy [c](KB-2)", ["KB-1", "KB-2"]),
        ("a\n      [b](KB-1)  \n   [c](KB-2)   ", ["KB-1", "KB-2"]),
        ("| a | b |\n|---|---|\n| [a](KB-1) | [a](KB-1) |\n| | [a](KB-1) |", ["KB-1"] * 3),
        ("| a \\| [b](KB-1) | [c\\|d](<KB-2\\|>) |\n|-|-|", ["KB-1", "KB-2\\|"]),
        ("- | 1 | [a](KB-1) |\n  |---|---|\n  | - | [a](KB-1) |", ["KB-1", "KB-1"]),
        ("[a]\n\n[a]: KB-1", ["KB-1"]),
        ("[a][]\n\n[A]: <KB-1> 'title'", ["KB-1"]),
        ("![x][p]\n\n> [p]:\n> image-1", ["image-1"]),
        ("[a\\]] [b]\n\n[a\\]]: KB-1\n[b]: KB-2\n'two\nlines'\nrest", ["KB-1", "KB-2"]),
        ("\xa0[a](KB-1)\xa0\n", ["KB-1"]),
        ("\x1f[a](KB-1)\x85 \u2028[b](KB-2)", ["KB-1", "KB-2"]),
        ("🙂 [a](KB-1) 🙂", ["KB-1"]),
    ],
)
def test_addresses_are_found_to_the_letter(markdown, addresses):
    assert written(markdown) == addresses


@pytest.mark.parametrize(
    "markdown",
    [
        "`[a](KB-1)`",
        "``[a](KB-1) ` ``",
        "```\n[a](KB-1)\n```",
        "~~~ md\n[a](KB-1)\n\n[b]: KB-2\n~~~",
        "    [a](KB-1)",
        "- a\n\n      [a](KB-1)",
        "\\[a](KB-1)",
        "[a]\\(KB-1)",
        "[a] (KB-1)",
        "[a](KB-1",
        "[a](KB-1 2)",
        "[a]()",
        "[a](<>)",
        "<KB-1>",
        "[a]",
        "[a](javascript:KB-1)",
        "[a](KB-1)" + "*" * 5_000,
    ],
)
def test_what_only_looks_like_a_link_is_none(markdown):
    assert addresses_in(markdown) == []
    assert readdressed(markdown, moved) == markdown


def test_the_words_for_a_picture_hold_no_link():
    assert written("![see [a](KB-1)](image-2)") == ["image-2"]


def test_a_definition_is_what_it_is_used_as():
    markdown = "[a] ![b]\n\n[a]: KB-1\n[b]: image-2\n[c]: KB-3\n[a]: KB-4"
    uses = [(each.href, each.leads, each.shows) for each in addresses_in(markdown)]
    assert uses == [
        ("KB-1", True, False),
        ("image-2", False, True),
        ("KB-3", False, False),
        ("KB-4", False, False),
    ]


def test_only_what_gets_another_address_changes():
    markdown = "[a](KB-1) `[a](KB-1)` [b](HD-1) ![c](<image-3> 't') KB-1"
    assert readdressed(markdown, moved) == (
        "[a](../a%20b/1.md) `[a](KB-1)` [b](HD-1) ![c](<images/3.png> 't') KB-1"
    )


PIECES = st.sampled_from(
    [
        "[a](KB-1)", "[b](<KB-2>)", "![c](image-3)", "[d](KB-4 'KB-4')", "[KB-5](KB-5)", "[r]",
        "![r]", "[r][s]", "[s]: KB-6", "[r]: <image-7> 't'", "[r]:\nKB-8", "[e](KB&#45;9)",
        "[f](KB\\-1)", "[g](\nKB-2\n)", "[h](https://x.example/)", "KB-1", "image-3", "(KB-1)",
        "\n", "\n", "\n\n", "\n", "    ", "  ", " ", "\t", "- ", "1. ", "> ", "# ", " #", "* ",
        "|", " | ", "\\|", "|-|-|", "\n|---|---|\n", "| a | b |\n|--|--|\n", "`", "``", "```\n",
        "~~~\n", "*", "**", "~~", "[", "]", "](", ")", "(", "![", "\\", "<", ">", "---", "===",
        "a", "é", "🙂", "\xa0", "\u2028", "\x0b", "\x1c", "&amp;", "]: ", ":", "'",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join))
@example("- | 1 | [a](KB-1) |\n  |---|---|\n  | - | [a](KB-1) |")
@example("> [s]: KB-6\n\n- [r][s]\n\n  [g](\n KB-2\n)")
def test_a_text_with_other_addresses_reads_the_same(markdown):
    """Compare with what the parser alone makes of the text before and after."""
    parser = usual_parser()
    tokens = parser.parse(markdown)
    expected = 0
    for token in tokens:
        for child in token.children or ():
            for name, leads in (("href", True), ("src", False)):
                href = str(child.attrs.get(name, ""))
                new = href and moved(Address(0, 0, href, leads=leads, shows=not leads))
                if new:
                    child.attrs[name] = new
                    expected += 1
    after = readdressed(markdown, moved)
    wanted = parser.renderer.render(tokens, parser.options, {})
    assert parser.render(after) == wanted
    assert (after != markdown) == bool(expected)
    assert readdressed(after, lambda _: None) == after
