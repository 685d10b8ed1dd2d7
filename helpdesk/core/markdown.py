# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes Markdown from people safe to show, and says what it holds: its words, its links.

Only what stands in ``_TAGS`` comes out, whatever went in: raw HTML is shown as text, and an
address leads somewhere only as http, https or mailto, or as another article (``KB-12``), a ticket
(``HD-5``) or a picture of the desk's own (``image-7``). Nothing is fetched by rendering.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img",
    "li", "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
}
_SCHEMES = {"http", "https", "mailto"}
_DEEPEST = 12
"""Lists in quotations in lists: deeper is taken for plain text."""
_OPTIONS = {"html": False, "maxNesting": _DEEPEST}
_SIGNS = "[*_~`<"
_MOST_SIGNS = 5_000
"""Of the signs that may begin or end something: with more, reading would take seconds."""
_MOST_LINES, _MOST_CELLS = 5_000, 10_000
"""The same of lines, each of which may stand in several quotations, and of what parts cells."""
_REMEMBERED = 4
"""Texts that were read last: saving one asks for its words, its links and its HTML."""

_OUTSIDE = re.compile(r"(?:https?://|mailto:)\S+", re.IGNORECASE)
_ARTICLE = re.compile(r"KB-(\d{1,18})(?:#.*)?", re.IGNORECASE)
_TICKET = re.compile(r"HD-(\d{1,18})", re.IGNORECASE)
_IMAGE = re.compile(r"image-(\d{1,18})", re.IGNORECASE)


class References(NamedTuple):
    """The articles and pictures that a text refers to, in their order."""

    articles: tuple[int, ...]
    images: tuple[int, ...]


def html_of(markdown: str) -> str:
    """Return Markdown as HTML that is safe to show."""
    import nh3

    return nh3.clean(
        _parser(markdown).renderer.render(_tokens(markdown), _parser(markdown).options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_allowed,
        url_schemes=_SCHEMES,
        link_rel=None,
    )


def plain_of(markdown: str) -> str:
    """Return the words of Markdown, a line for each paragraph, heading, cell and line of code."""
    lines = (" ".join(_said(token).split()) for token in _tokens(markdown))
    return "\n".join(line for line in lines if line)


def references_of(markdown: str) -> References:
    """Return what a text leads to and shows."""
    articles: dict[int, None] = {}
    images: dict[int, None] = {}
    for token in _tokens(markdown):
        for child in token.children or ():
            if child.type == "link_open":
                _note(articles, article_in(str(child.attrs.get("href", ""))))
            elif child.type == "image":
                _note(images, image_in(str(child.attrs.get("src", ""))))
    return References(tuple(articles), tuple(images))


def article_in(address: str) -> int | None:
    """Return the article that an address leads to, or ``None``."""
    return _number(_ARTICLE, address)


def ticket_in(address: str) -> int | None:
    """Return the ticket that an address leads to, or ``None``."""
    return _number(_TICKET, address)


def image_in(address: str) -> int | None:
    """Return the picture that an address stands for, or ``None``."""
    return _number(_IMAGE, address)


def leads_outside(address: str) -> bool:
    """Return whether an address may be opened by a browser or a mail program."""
    return _OUTSIDE.fullmatch(address) is not None


def is_no_prose(markdown: str) -> bool:
    """Return whether a text has so many signs or lines that it is shown as it is."""
    return (
        sum(map(markdown.count, _SIGNS)) > _MOST_SIGNS
        or markdown.count("\n") > _MOST_LINES
        or markdown.count("|") > _MOST_CELLS
    )


def usual_parser() -> MarkdownIt:
    """Return a new parser of what articles may hold, for rules of one's own."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", _OPTIONS).enable(["table", "strikethrough"])


def _number(pattern: re.Pattern[str], address: str) -> int | None:
    match = pattern.fullmatch(address)
    number = int(match[1]) if match else 0
    return number or None


def _note(found: dict[int, None], number: int | None) -> None:
    if number is not None:
        found[number] = None


def _allowed(_tag: str, attribute: str, value: str) -> str | None:
    """Return an attribute's value, or ``None`` to leave it out."""
    if attribute == "href":
        inside = article_in(value) or ticket_in(value)
        return value if inside or leads_outside(value) else None
    if attribute == "src":
        return value if image_in(value) else None
    return value


@lru_cache(_REMEMBERED)
def _tokens(markdown: str) -> Sequence[Token]:
    return _parser(markdown).parse(markdown)


def _parser(markdown: str) -> MarkdownIt:
    return _parsers()[is_no_prose(markdown)]


@cache
def _parsers() -> tuple[MarkdownIt, MarkdownIt]:
    """Return the usual parser, and one for what is no text: it knows lines alone."""
    from markdown_it import MarkdownIt

    lines = MarkdownIt("commonmark", {**_OPTIONS, "breaks": True})
    lines.block.ruler.enableOnly(["paragraph"])
    lines.inline.ruler.enableOnly(["text", "newline"])
    lines.inline.ruler2.enableOnly([])
    return usual_parser(), lines


def _said(token: Token) -> str:
    if token.type in ("fence", "code_block"):
        return token.content
    return "".join(_words(token.children or ()))


def _words(children: Sequence[Token]) -> Iterator[str]:
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            yield " "
        elif child.type == "image":
            yield from _words(child.children or ())
        else:
            yield child.content
