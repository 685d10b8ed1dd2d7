# SPDX-License-Identifier: GPL-3.0-or-later
"""How the text of an article looks: type, tables, code and quotations in the theme's colours."""

from __future__ import annotations

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


def _fixed_family() -> str:
    """Return a family whose letters are all as wide; some systems name one that is not."""
    font = theme.current().font("mono")
    return font.family() if QFontInfo(font).fixedPitch() else "monospace"
