# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not come back with a copy of a desk that is put in its place."""

from __future__ import annotations

import secrets
import sqlite3

FEED_EPOCH = "feed_epoch"
"""The fact that tells one feed of changes from another."""

_EPOCH_BYTES = 8


def new_epoch() -> str:
    """Return a name for a feed that no other one has."""
    return secrets.token_hex(_EPOCH_BYTES)


def forget_sessions(connection: sqlite3.Connection) -> None:
    """End every session that a copy holds, and begin its feed of changes anew.

    A session may have been ended since the copy was made, and would be alive again; and the
    entries of the feed get numbers again that other ones had. A copy of an older schema has
    neither. To be called on the copy, before anybody can see it.
    """
    tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'session'")
    if tables.fetchone() is None:
        return
    with connection:
        connection.execute("DELETE FROM session")
        connection.execute(
            "INSERT OR REPLACE INTO desk_fact (name, value) VALUES (?, ?)",
            (FEED_EPOCH, new_epoch()),
        )
