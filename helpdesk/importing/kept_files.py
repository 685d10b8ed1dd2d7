# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a ticket that an export holds beside its dump."""

from __future__ import annotations

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.import_records import ImportedFile
from helpdesk.importing.export_files import LONGEST_FILE, ExportFiles
from helpdesk.importing.values import Problems

_LONGEST_NUMBER = 18


def is_too_large(size: object) -> bool:
    """Whether a file is said to be longer than what is read whole; an odd number says nothing."""
    digits = str(size or 0)[: _LONGEST_NUMBER + 1]
    return digits.isascii() and digits.isdigit() and int(digits) > LONGEST_FILE


def kept(
    files: ExportFiles, notes: Problems, where: str, called: str, kind: str, found: str
) -> ImportedFile | None:
    """The file ``found`` of an export; a problem where it cannot be read or is too large."""
    path = files.path(found)
    try:
        content = None if path else files.whole(found)
    except DeskError as error:
        notes.note(where, f"Its file {called} was left out: {error}")
        return None
    return ImportedFile(called, kind, content, path)
