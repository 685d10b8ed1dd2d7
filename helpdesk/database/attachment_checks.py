# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks whether each file on a ticket is what was sent, and for pieces that belong to none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from helpdesk.database.figure_rows import Statements
from helpdesk.database.findings import REPAIR, RESTORE, TICKET, told

ATTACHMENT_WEIGHT = 4
FORGET_STRAYS = (
    "DELETE FROM attachment_piece WHERE attachment_id NOT IN (SELECT id FROM attachment)"
)

_DAMAGED = "A file on {which} is not what was sent; " + RESTORE
_MISPLACED = "A file on {which} stands on a comment that is not of this ticket; " + RESTORE
_STRAYS = "There are pieces of files that belong to none; " + REPAIR
_FILES = (
    "SELECT id, ticket_id, size, sha256 FROM attachment WHERE ticket_id IS NOT NULL ORDER BY id"
)
_PIECE = (
    "SELECT data FROM attachment_piece WHERE attachment_id = :attachment_id"
    " AND position = :position"
)
_COUNT = "SELECT count(*) FROM attachment_piece WHERE attachment_id = :attachment_id"
_ELSEWHERE = (
    "SELECT DISTINCT a.ticket_id FROM attachment a LEFT JOIN comment c ON c.id = a.comment_id"
    " WHERE a.comment_id IS NOT NULL AND (c.id IS NULL OR c.internal <> a.internal"
    " OR a.ticket_id IS NULL OR c.ticket_id <> a.ticket_id) ORDER BY 1"
)
_LEFT_OVER = (
    "SELECT 1 FROM attachment_piece WHERE attachment_id NOT IN (SELECT id FROM attachment) LIMIT 1"
)


def attachment_findings(statements: Statements) -> list[str]:
    """Return what is wrong with files, a line each; every byte of them is read."""
    damaged = sorted(set(_damaged(statements)))
    misplaced = [row[0] or 0 for row in statements.run(_ELSEWHERE, {})]
    strays = [_STRAYS] if next(statements.run(_LEFT_OVER, {}), None) else []
    return told(_DAMAGED, damaged, TICKET) + told(_MISPLACED, misplaced, TICKET) + strays


def _damaged(statements: Statements) -> Iterator[int]:
    for id_, ticket_id, size, sha256 in list(statements.run(_FILES, {})):
        if not _is_whole(statements, id_, size, sha256):
            yield ticket_id


def _is_whole(statements: Statements, attachment_id: int, size: int, sha256: str | None) -> bool:
    digest, seen = hashlib.sha256(), 0
    ((count,),) = statements.run(_COUNT, {"attachment_id": attachment_id})
    for position in range(count):
        values = {"attachment_id": attachment_id, "position": position}
        # One piece in memory, whatever is kept of a file.
        piece = next(statements.run(_PIECE, values), None)
        if piece is None:
            return False
        digest.update(piece[0])
        seen += len(piece[0])
    return (seen, digest.hexdigest()) == (size, sha256)
