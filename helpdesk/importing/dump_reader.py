# SPDX-License-Identifier: GPL-3.0-or-later
"""What readers of dumps have in common: they find them, lay down their rows, say what is amiss."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import tzinfo

from helpdesk.core.errors import DiskFull, Invalid, NotFound
from helpdesk.core.schemas.import_records import ImportProblem
from helpdesk.importing.export_files import ExportFiles
from helpdesk.importing.tables import Tables, Wanted
from helpdesk.importing.values import Problems

_ENDINGS = (".sql", ".sql.gz", ".psql", ".psql.gz", ".dump", ".dump.gz")
_HEAD = 4096


class DumpReader:
    """The ground of a reader whose export is a dump of a database."""

    system: str
    wanted: Mapping[str, Wanted]
    prefixes = False

    def __init__(self, files: ExportFiles, zone: tzinfo) -> None:
        """Read all dumps among the files; times in them are of ``zone``."""
        self.files = files
        self.zone = zone
        self.notes = Problems()
        self.problems: list[ImportProblem] = self.notes.found
        self.tables = Tables(self.wanted, prefixes=self.prefixes)
        try:
            self.lay_down()
            self.tables.settle(self.system)
        except sqlite3.OperationalError as error:
            self.close()
            raise DiskFull(
                f"The export cannot be laid down for reading ({error}): make room on the disk."
            ) from error
        except BaseException:
            self.close()
            raise
        self._tell()

    def close(self) -> None:
        """Let go of the export and of what was laid down of it."""
        self.tables.close()
        self.files.close()

    def lay_down(self) -> None:
        """Lay down the rows of every dump among the files."""
        names = self.files.names(*_ENDINGS)
        if not names:
            raise NotFound(
                f"There is no dump (.sql or .sql.gz) of {self.system}:"
                " make one of its whole database."
            )
        for name in names:
            head = self.files.beginning(name, _HEAD)
            if head.startswith(b"PGDMP"):
                raise Invalid(f"{name} is a dump in PostgreSQL's own format: use pg_dump -F plain.")
            with self.files.opened(name) as stream:
                self.tables.read_dump(stream, postgres=b"PostgreSQL database dump" in head)

    def _tell(self) -> None:
        for sentence in self.tables.broken:
            self.notes.note("dump", f"The dump breaks off, the rest is not there: {sentence}.")
        for table, number in self.tables.odd.items():
            self.notes.note(
                f"table {table}",
                f"{number:,} rows do not fit the columns that the dump names:"
                " make it with CREATE TABLE.",
            )
