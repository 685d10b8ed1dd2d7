# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes of what somebody calls a file a name that is safe to show, and to save it under."""

from __future__ import annotations

import re
import unicodedata

from helpdesk.core.text import storable

LONGEST_NAME, MOST_BYTES = 200, 240
"""Characters, and bytes in UTF-8: no file system takes more than 255 of those."""
UNNAMED = "file"

_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(?:\..*)?",
    re.IGNORECASE,
)
"""What Windows takes for a device, whatever follows a dot."""
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_BLANKS = re.compile(r"\s+")
_LONGEST_ENDING = 20


def safe_name(name: str) -> str:
    """Return the name alone of what may be a path of any system; never empty.

    What is not seen, or turns the direction of reading, is left out: a name must say what the
    file is. None begins with a dot, or is one that a system has for something else.
    """
    text = unicodedata.normalize("NFC", storable(name))
    text = re.split(r"[/\\]", text)[-1]
    text = _BLANKS.sub(" ", "".join(each for each in text if not _is_unseen(each)))
    text = _FORBIDDEN.sub("_", text).lstrip(". ").rstrip(". ")
    text = _shortened(text) or UNNAMED
    return f"_{text}" if _RESERVED.fullmatch(text) else text


def _is_unseen(letter: str) -> bool:
    # Line breaks and tabs are controls, too, but part words.
    return unicodedata.category(letter).startswith("C") and not letter.isspace()


def _shortened(name: str) -> str:
    """Cut a name before its ending, which tells what kind of file it is."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    room = LONGEST_NAME - 1 - len(dot + ending)
    stem = stem[:room]
    while len(f"_{stem}{dot}{ending}".encode()) > MOST_BYTES:
        stem = stem[:-1]
    return f"{stem.rstrip('. ')}{dot}{ending}" if stem.rstrip(". ") else ending
