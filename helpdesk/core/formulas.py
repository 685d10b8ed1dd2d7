# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps spreadsheets from taking people's text for formulas, in files and on the clipboard."""

from __future__ import annotations

import re

_BEGINS = "=+\\-@＝＋－＠"
_HIDDEN = "\\s\ufeff\u200b-\u200f\u2060-\u2064"
"""What nobody sees in front of a beginning, and some programs pass over."""
_RISKY = re.compile(f"[\t\r\n{_BEGINS}]")
_FORMULA = re.compile(f'(?:^(?=[\t\r\n])|(?:^|(?<=[;\t\r\n"|]))(?=[{_HIDDEN}"\']*[{_BEGINS}]))')


def safe(text: str) -> str:
    """Return a text with an apostrophe wherever a spreadsheet could take it for a formula."""
    # Most texts hold none of these letters at all, and a file may hold millions of them.
    return _FORMULA.sub("'", text) if _RISKY.search(text) else text
