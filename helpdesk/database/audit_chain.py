# SPDX-License-Identifier: GPL-3.0-or-later
"""How each entry of the audit log is chained to the one before, and what it is found by."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

from helpdesk.core.text import folded

FIRST_DIGEST = "0" * 64
"""What the first entry is chained to."""
_FOUND_BY = 400
"""So many letters of names an index can hold, whatever they are."""


class Written(NamedTuple):
    """All of an entry that its digest vouches for, as it lies in the database."""

    id: int
    at: int
    action: str
    actor_id: int | None
    actor_name: str
    by_key: bool
    source: str
    about: str
    about_id: int | None
    about_name: str
    changes: str


COLUMNS = Written._fields


def digest_of(before: str, written: Written) -> str:
    """Return the digest that chains an entry to the one before: SHA-256 over both as JSON."""
    told = [before, *written._replace(by_key=bool(written.by_key))]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def names_of(actor_name: str, about_name: str) -> str:
    """Return the names of an entry as its search finds them: each word follows a blank."""
    words = folded(f"{actor_name} {about_name}").split()
    return f" {' '.join(words)}"[:_FOUND_BY]
