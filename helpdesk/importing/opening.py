# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens an export of another help desk by the name of the system it comes from."""

from __future__ import annotations

from datetime import UTC, tzinfo
from enum import StrEnum
from pathlib import Path

from helpdesk.importing.export_files import ExportFiles
from helpdesk.importing.freescout import FreeScoutReader
from helpdesk.importing.osticket import OsTicketReader
from helpdesk.importing.osticket_csv import OsTicketListReader
from helpdesk.importing.zammad import ZammadReader

Reader = OsTicketReader | OsTicketListReader | ZammadReader | FreeScoutReader
"""Each is an ``ExportReader`` with ``close()``."""


class ExportKind(StrEnum):
    """The systems whose exports can be read."""

    OSTICKET = "osticket"
    ZAMMAD = "zammad"
    FREESCOUT = "freescout"


def open_export(kind: ExportKind | str, path: Path | str, zone: tzinfo = UTC) -> Reader:
    """Return a reader of the export at ``path``: a file, a folder or a zip archive.

    Times that the export names without an offset are of ``zone``. Raises a ``DeskError`` with the
    remedy where there is nothing that can be read; ``close()`` the reader in the end.
    """
    chosen = ExportKind(kind)
    files = ExportFiles(Path(path))
    try:
        return _reader(chosen, files, zone)
    except BaseException:
        files.close()
        raise


def _reader(kind: ExportKind, files: ExportFiles, zone: tzinfo) -> Reader:
    if kind is ExportKind.ZAMMAD:
        return ZammadReader(files, zone)
    if kind is ExportKind.FREESCOUT:
        return FreeScoutReader(files, zone)
    if files.names(".csv") and not files.names(".sql", ".sql.gz"):
        return OsTicketListReader(files, zone)
    return OsTicketReader(files, zone)
