# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes all of a desk into one zip in an open format, as of one moment and in bounded memory."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import IO, Any, BinaryIO

from helpdesk import __version__
from helpdesk.database import SCHEMA_VERSION, schema
from helpdesk.database.archive import (
    CHUNK,
    EXPORTED,
    FACTS_LEFT_OUT,
    IN_FILES,
    MANIFEST,
    Manifest,
    Member,
    Table,
    table_member,
)
from helpdesk.database.bulk import Row, RowSource, bulk_reading
from helpdesk.database.copying import KEYS, Progress
from helpdesk.database.db_manager import DbManager

_TELL_EVERY = 500


def export_desk(
    source: DbManager,
    file: BinaryIO,
    *,
    at: datetime,
    with_passwords: bool = False,
    progress: Progress | None = None,
) -> Manifest:
    """Write a desk into a file; what ``progress`` raises ends it.

    People's passwords are left out unless they are asked for, and then come as they are kept;
    who has a second factor comes without one all the same, since that is a secret and stays.
    """
    schema.check(source)
    with bulk_reading(source) as view, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        return _Export(view.connection, target, progress, with_passwords=with_passwords).run(at)


class _Export:
    """One export under way."""

    def __init__(
        self,
        source: RowSource,
        target: zipfile.ZipFile,
        progress: Progress | None,
        *,
        with_passwords: bool,
    ) -> None:
        self._source = source
        self._target = target
        self._progress = progress
        self._with_passwords = with_passwords
        self._done, self._total = 0, sum(map(source.count, EXPORTED))
        self._tables: dict[str, Table] = {}
        self._files: dict[str, Member] = {}
        self._guarded = {row[0] for row in source.rows("second_factor", ("person_id",))}

    def run(self, at: datetime) -> Manifest:
        """Write every table, and last of all what was written."""
        for table in EXPORTED:
            if table in IN_FILES:
                self._write_with_files(table)
            else:
                with self._member(table_member(table)) as member:
                    self._write(table, member)
        manifest = Manifest(
            program=__version__,
            schema_version=SCHEMA_VERSION,
            made_at=at.isoformat(),
            with_passwords=self._with_passwords,
            tables=self._tables,
            files=self._files,
        )
        text = json.dumps(manifest.model_dump(), indent=1)
        self._target.writestr(MANIFEST, text)
        if self._progress:
            self._progress(self._total, self._total)
        return manifest

    def _write(self, table: str, member: IO[bytes]) -> None:
        digest, size, count = hashlib.sha256(), 0, 0
        columns = self._source.columns(table)
        for row in self._rows(table, columns):
            told = {name: _told(value) for name, value in zip(columns, row, strict=True)}
            line = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            member.write(line)
            digest.update(line)
            size, count = size + len(line), count + 1
        self._tables[table] = Table(size=size, sha256=digest.hexdigest(), rows=count)

    def _write_with_files(self, table: str) -> None:
        """Write the bytes first, since a zip takes one member after the other."""
        with tempfile.TemporaryFile() as lines:
            self._write(table, lines)
            lines.seek(0)
            with self._member(table_member(table)) as member:
                shutil.copyfileobj(lines, member, CHUNK)

    def _rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        rows = self._source.rows(table, columns, order=KEYS.get(table, ("id",)))
        if table == "desk_fact":
            name = columns.index("name")
            rows = (row for row in rows if row[name] not in FACTS_LEFT_OUT)
        elif table == "user":
            rows = (self._person(columns, row) for row in rows)
        elif table in IN_FILES:
            rows = self._filed(table, columns, rows)
        for row in rows:
            if self._progress and self._done % _TELL_EVERY == 0:
                self._progress(self._done, self._total)
            self._done += 1
            yield row

    def _person(self, columns: Sequence[str], row: Row) -> Row:
        told = dict(zip(columns, row, strict=True))
        if not self._with_passwords or told["id"] in self._guarded:
            told |= {"password_hash": None, "password_one_time": 0}
        return tuple(told.values())

    def _filed(self, table: str, columns: Sequence[str], rows: Iterator[Row]) -> Iterator[Row]:
        """Put the bytes of rows into files; pieces of one file follow each other."""
        folder, key = IN_FILES[table]
        by, last, file = columns.index(key), None, None
        try:
            for row in rows:
                if row[by] != last or file is None:
                    if file is not None:
                        self._close(file)
                    last = row[by]
                    file = _File(self._target, f"files/{folder}/{last}")
                yield tuple(file.put(v) if isinstance(v, bytes) else v for v in row)
        finally:
            if file is not None:
                self._close(file)

    def _close(self, file: _File) -> None:
        if file.close():
            self._files[file.name] = file.member()

    def _member(self, name: str) -> AbstractContextManager[IO[bytes]]:
        return self._target.open(name, "w", force_zip64=True)


class _File:
    """A file within the zip that grows; it begins with its first bytes."""

    def __init__(self, target: zipfile.ZipFile, name: str) -> None:
        self.name = name
        self._target = target
        self._stream: IO[bytes] | None = None
        self._digest, self._size = hashlib.sha256(), 0

    def put(self, data: bytes) -> dict[str, object]:
        """Write bytes, and return what stands for them in the line of their row."""
        if self._stream is None:
            # Most files are packed already.
            info = zipfile.ZipInfo(self.name)
            self._stream = self._target.open(info, "w", force_zip64=True)
        begins = self._size
        self._stream.write(data)
        self._digest.update(data)
        self._size += len(data)
        return {"file": self.name, "at": begins, "size": len(data)}

    def close(self) -> bool:
        """End it, and return whether there is such a file."""
        if self._stream is not None:
            self._stream.close()
        return self._stream is not None

    def member(self) -> Member:
        """Return what the manifest says of it."""
        return Member(size=self._size, sha256=self._digest.hexdigest())


def _told(value: Any) -> object:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return value
