# SPDX-License-Identifier: GPL-3.0-or-later
"""How the text of an article looks, in the theme's colours, and how much is shown at once."""

from __future__ import annotations

import re
from typing import Final

from PyQt5.QtGui import QFontInfo

from helpdesk.ui import theme

_SHEET = """
p, ul, ol {{ margin-top: 0; margin-bottom: 10px; }}
p, li {{ line-height: 130%; }}
li {{ margin-bottom: 4px; }}
li p {{ margin-bottom: 4px; }}
h1, h2, h3, h4, h5, h6 {{ font-weight: 600; margin-bottom: 6px; }}
h1 {{ font-size: 18px; margin-top: 16px; }}
h2 {{ font-size: 16px; margin-top: 18px; }}
h3 {{ font-size: 14px; margin-top: 14px; }}
h4, h5, h6 {{ font-size: 13px; margin-top: 12px; }}
strong {{ font-weight: 600; }}
a[href] {{ color: {ink_accent}; text-decoration: underline; }}
code, pre {{ font-family: "{mono}"; font-size: 12px; }}
code {{ background-color: {low_soft}; }}
pre {{ margin: 0; white-space: pre-wrap; }}
table.code {{ background-color: {low_soft}; }}
table.code code {{ background-color: transparent; }}
table.data {{ border-collapse: collapse; border: 1px solid {line}; }}
table.data th, table.data td {{ border: 1px solid {line}; padding: 5px 9px; }}
table.data th {{ background-color: {background}; font-weight: 600; text-align: left; }}
td.edge {{ background-color: {line_strong}; }}
td.quoted {{ color: {muted}; padding-left: 12px; }}
td.quoted p {{ margin-bottom: 4px; }}
"""
_TOKENS = ("low_soft", "line", "line_strong", "background", "muted")
# Qt knows borders and paddings only of tables, so what needs them becomes one. The text's own
# angle brackets are escaped: only true tags are met.
_DRESS = (
    ("<table>", '<table class="data" cellspacing="0">'),
    ("<pre>", '<table class="code" width="100%" cellpadding="10"><tr><td><pre>'),
    ("\n</code></pre>", "</code></pre>"),
    ("</pre>", "</pre></td></tr></table>"),
    (
        "<blockquote>",
        '<table class="quote" width="100%" cellspacing="0" cellpadding="0"><tr>'
        '<td class="edge" width="3"></td><td class="quoted">',
    ),
    ("</blockquote>", "</td></tr></table>"),
)

_ENOUGH = 20_000
"""What a part may cost: Qt makes it and lays it out in about 200 ms on a slow machine."""
_COSTS: Final = {
    **dict.fromkeys(("table", "blockquote"), 75),
    "pre": 110,
    **dict.fromkeys(("td", "th"), 65),
    "img": 30,
    "li": 14,
    **dict.fromkeys(("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6"), 12),
}
"""Measured, in about 10 microseconds."""
_OTHER_TAG = 10
_CODE_LINE = 8
_LETTERS = 4
"""So many letters cost one."""
_VOID: Final = frozenset({"img", "br", "hr"})
_PIECE: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)[^<>]*>|[^<]+|<")
_HALF_ENTITY: Final = re.compile(r"&[^;\s]{0,10}\Z")


def style_sheet() -> str:
    """Return the style sheet of articles in the theme in use."""
    look = theme.current()
    colours = {name: look.colour(name).name() for name in (*_TOKENS, "ink_accent")}
    return _SHEET.format(mono=_fixed_family(), **colours)


def dressed(html: str) -> str:
    """Return the HTML of an article with what Qt needs to give it room and lines."""
    for plain, rich in _DRESS:
        html = html.replace(plain, rich)
    return html


def first_part(html: str) -> str | None:
    """Return the beginning of a text too long to be shown at once, or ``None`` if it is not.

    It ends between two blocks or rows where there are such, and what is open there is closed.
    """
    spent, opened = 0, list[str]()
    for found in _PIECE.finditer(html):
        closing, name = found.group(1), (found.group(2) or "").lower()
        if not name:
            room = (_limit(opened) - spent) * _LETTERS
            cost, end = _text_cost(found.group(), room, code="pre" in opened)
            spent += cost
            if end < len(found.group()):
                return _closed(html[: found.start() + end], opened)
        elif closing:
            _close(opened, name)
        elif spent >= _limit(opened):
            return _closed(html[: found.start()], opened)
        else:
            spent += _COSTS.get(name, _OTHER_TAG)
            if name not in _VOID:
                opened.append(name)
    return None


def _limit(opened: list[str]) -> int:
    """Return what may be spent here; a row that is begun is finished, unless it is vast."""
    return 2 * _ENOUGH if "tr" in opened else _ENOUGH


def _text_cost(text: str, room: int, *, code: bool) -> tuple[int, int]:
    """Return what a text costs, and how much of it there is room for."""
    line_cost = _CODE_LINE * _LETTERS if code else 0
    spent = start = 0
    for line in text.splitlines(keepends=True):
        if spent + len(line) > room:
            end = start + _last_gap(line, room - spent)
            return room // _LETTERS, end
        spent += len(line) + line_cost
        start += len(line)
    return -(-spent // _LETTERS), len(text)


def _last_gap(line: str, room: int) -> int:
    """Return the end of the last word there is room for, or of what there is of a vast word."""
    part = line[: max(room, 0)]
    gap = part.rfind(" ")
    return gap if gap > 0 else len(_HALF_ENTITY.sub("", part))


def _close(opened: list[str], name: str) -> None:
    """Take a closed tag off those that are open, with what was left open in it."""
    if name in opened:
        while opened.pop() != name:
            pass


def _closed(html: str, opened: list[str]) -> str:
    return html + "".join(f"</{name}>" for name in reversed(opened))


def _fixed_family() -> str:
    """Return a family whose letters are all as wide; some systems name one that is not."""
    font = theme.current().font("mono")
    return font.family() if QFontInfo(font).fixedPitch() else "monospace"
