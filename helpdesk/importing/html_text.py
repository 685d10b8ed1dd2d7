# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes plain text of the HTML that other systems keep messages in.

Messages come from outside and may be large: parsers that build a tree, or look again from each '<',
take minutes for a megabyte that was made to slow them down. Here every character is looked at once.
Text is shown as plain text, so nothing depends on reading broken markup as a browser does.
"""

from __future__ import annotations

import html
import re

_PARAGRAPHS = frozenset(
    ("blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul")
)
_BLOCKS = _PARAGRAPHS | {
    *("address", "article", "aside", "center", "dd", "div", "dt", "fieldset", "figure", "footer"),
    *("form", "header", "hr", "li", "main", "nav", "section", "tr"),
}
_PIECES = re.compile(
    r"""
      <!--(?:[^-]++|-(?!->))*+(?:-->)?
    | <(?P<unseen>script|style|title|template)\b[^>]*+>?(?:[^<]++|<(?!/(?P=unseen)))*+
    | <[!?][^>]*+>?
    | <(?P<ending>/?)(?P<tag>[a-z][a-z0-9]*+)(?P<attributes>(?:[^>"']++|"[^"]*+"|'[^']*+')*+)>?
    | (?P<text>[^<]++|<)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ADDRESS = re.compile(r"""\bhref\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.IGNORECASE)
_CAPTION = re.compile(r"""\balt\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.IGNORECASE)
_FOLLOWED = ("http://", "https://", "mailto:", "tel:")
_ENDLESS = re.compile(r"(&#(?:[0-9]{9,}+|[xX][0-9A-Fa-f]{9,}+);?)")
"""A reference to a character by a number that no character has; Python reads no thousands of
digits, and so an error would come of it."""
_BLANKS, _MANY_LINES = re.compile(r"[ \t\r\n\f]+"), re.compile(r"\n{3,}")


def unescaped(text: str) -> str:
    """Return text with its references to characters resolved; what refers to none stays."""
    pieces = _ENDLESS.split(text)
    pieces[::2] = map(html.unescape, pieces[::2])
    return "".join(pieces)


def text_of_html(markup: str) -> str:
    """Return what a person reads of it: paragraphs, lists, where links lead, names of pictures."""
    reader = _Reader()
    for piece in _PIECES.finditer(markup):
        if (text := piece.group("text")) is not None:
            reader.see(text)
        elif tag := piece.group("tag"):
            reader.meet(tag.lower(), bool(piece.group("ending")), piece.group("attributes"))
    return reader.text()


class _Reader:
    """Collects text with the line breaks that its elements make."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._link: tuple[str, int] | None = None
        self._exact = False

    def see(self, text: str) -> None:
        """Take text between two tags."""
        # Blanks that count outlive the trimming of lines as blanks that do not break.
        if not text.strip() and not self._exact and self._at_line_start():
            return
        shown = text.replace(" ", "\xa0") if self._exact else _BLANKS.sub(" ", text)
        self._parts.append(unescaped(shown))

    def meet(self, tag: str, ending: bool, attributes: str) -> None:
        """Take a tag."""
        if tag in _PARAGRAPHS and self._parts:
            self._parts.append("\n\n")
        elif tag in _BLOCKS and not self._at_line_start():
            self._parts.append("\n")
        if tag == "pre":
            self._exact = not ending
        elif tag == "a":
            self._end_link() if ending else self._begin_link(attributes)
        elif not ending:
            self._parts.append(_opening(tag, attributes))

    def text(self) -> str:
        """All of it, with no more than one empty line at a time."""
        lines = "".join(self._parts).split("\n")
        trimmed = "\n".join(line.strip(" \t").rstrip().replace("\xa0", " ") for line in lines)
        return _MANY_LINES.sub("\n\n", trimmed).strip()

    def _at_line_start(self) -> bool:
        return not self._parts or self._parts[-1].endswith("\n")

    def _begin_link(self, attributes: str) -> None:
        address = _value(_ADDRESS, attributes)
        self._link = (address, len(self._parts)) if address.startswith(_FOLLOWED) else None

    def _end_link(self) -> None:
        if self._link:
            address, since = self._link
            shown = "".join(self._parts[since:]).strip()
            if shown not in {address, address.removeprefix("mailto:")}:
                self._parts.append(f" ({address})" if shown else address)
        self._link = None


def _opening(tag: str, attributes: str) -> str:
    if tag == "img":
        caption = _value(_CAPTION, attributes)
        return f"[{caption}]" if caption else ""
    return {"br": "\n", "li": "- ", "td": "\t", "th": "\t"}.get(tag, "")


def _value(pattern: re.Pattern[str], attributes: str) -> str:
    found = pattern.search(attributes)
    return unescaped(next(filter(None, found.groups()), "")).strip() if found else ""
