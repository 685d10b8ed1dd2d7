# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a desk of the zip that another one was exported into: all of it, or nothing.

The zip is taken for hostile. Nothing of it is unpacked to a path; only names that the manifest and
this program know are read; sizes are bounded before anything is read and kept to while it is; and
every member is compared with its digest before the first row is written.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NoReturn

from pydantic import ValidationError

from helpdesk.core.errors import Invalid
from helpdesk.database import SCHEMA_VERSION
from helpdesk.database.archive import (
    CHUNK,
    EXPORTED,
    FILE_NAME,
    FORMAT,
    FORMAT_VERSION,
    IN_FILES,
    LARGEST_MANIFEST,
    LONGEST_LINE,
    MANIFEST,
    MOST_RATIO,
    RATIO_ALLOWANCE,
    Manifest,
    Member,
    table_member,
)
from helpdesk.database.archive_pausing import paused
from helpdesk.database.bulk import BulkConnection, Row
from helpdesk.database.copying import CopiedTable, Copying, Progress, filling
from helpdesk.database.db_manager import DbManager

_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_LARGEST_NUMBER = 2**63

_NOT_ONE = "{name} is no export of a desk; name a file that “helpdesk export desk” has written."
_VERSION = "{name} has the format {found}, and this program reads {known}; use a newer program."
_SCHEMA = (
    "{name} was exported from a desk of schema {found}, and this program has {known}; import it"
    " with Help Desk {program}, upgrade that desk, and export it again."
)
_BROKEN = "{name} is damaged or was changed ({what}); export the desk again. Nothing was imported."


def import_desk(
    file: Path, target: DbManager, *, progress: Progress | None = None
) -> tuple[Manifest, tuple[CopiedTable, ...]]:
    """Make the desk of an export in a database that is empty, and compare it row by row.

    What it would do by itself is paused there, see ``archive_pausing``.

    Raises ``Invalid`` for a file that is not whole, ``Conflict`` where there is a desk already,
    and what ``copy_desk`` raises. Whatever is raised, the target stays as it was.
    """
    with _explained(file.name), file.open("rb") as stream, zipfile.ZipFile(stream) as archive:
        manifest = _manifest(archive, file.name)
        _require_sound(archive, manifest, file.stat().st_size)
        for name, member in _members(manifest).items():
            _require_digest(archive, name, member)
        with filling(target) as load:
            source = ArchiveSource(archive, manifest, load)
            return manifest, Copying(source, load, progress).run()


class ArchiveSource:
    """The rows of an export, in the order in which they stand there."""

    def __init__(
        self, archive: zipfile.ZipFile, manifest: Manifest, target: BulkConnection
    ) -> None:
        """Read an export whose members were looked at, for a database with these tables."""
        self._archive = archive
        self._manifest = manifest
        self._target = target

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the names of a table's columns."""
        return self._target.columns(table)

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        found = self._manifest.tables.get(table)
        return found.rows if found else 0

    def rows(self, table: str, columns: Sequence[str], order: Sequence[str] = ()) -> Iterator[Row]:
        """Yield every row; they stand in their order already."""
        if table not in self._manifest.tables:
            return iter(())
        # Asked before the first row: while rows are written nothing else can be.
        return self._read(table, columns, self._target.kinds(table))

    def _read(self, table: str, columns: Sequence[str], kinds: Sequence[type]) -> Iterator[Row]:
        files, count = _Files(self._archive, table), 0
        with self._archive.open(table_member(table)) as stream:
            for line in _lines(stream):
                count += 1
                yield paused(table, columns, self._row(line, columns, kinds, files))
        if count != self.count(table):
            _refuse(f"{table} has {count:,} rows")

    @staticmethod
    def _row(line: bytes, columns: Sequence[str], kinds: Sequence[type], files: _Files) -> Row:
        told = json.loads(line, parse_constant=_refuse)
        if not isinstance(told, dict) or tuple(told) != tuple(columns):
            _refuse("a row has other columns")
        values = tuple(files.value(each) for each in told.values())
        for value, kind in zip(values, kinds, strict=True):
            if value is not None and type(value) is not kind:
                _refuse("a value is of another kind")
            if isinstance(value, int) and not -_LARGEST_NUMBER <= value < _LARGEST_NUMBER:
                _refuse("a number is too large")
        return values


class _Files:
    """The files of a table, of which one after the other is read."""

    def __init__(self, archive: zipfile.ZipFile, table: str) -> None:
        self._archive = archive
        self._folder = IN_FILES[table][0] if table in IN_FILES else None
        self._name, self._at = "", 0
        self._stream: IO[bytes] | None = None

    def value(self, told: object) -> Any:
        """Return the value that stands for itself, or for bytes elsewhere."""
        if not isinstance(told, dict):
            return told
        if told.keys() == {"base64"} and isinstance(told["base64"], str):
            return base64.b64decode(told["base64"], validate=True)
        if told.keys() == {"file", "at", "size"} and self._folder:
            return self._piece(told["file"], told["at"], told["size"])
        return _refuse("a value is of another kind")

    def _piece(self, name: object, at: object, size: object) -> bytes:
        is_known = isinstance(name, str) and name.startswith(f"files/{self._folder}/")
        if not is_known or type(at) is not int or type(size) is not int:
            _refuse("a file is not named rightly")
        if name != self._name:
            self._open(str(name))
        if at != self._at or self._stream is None or not 0 <= size <= LONGEST_LINE:
            _refuse("the pieces of a file do not fit together")
        data = self._stream.read(size)
        self._at += len(data)
        if len(data) != size:
            _refuse("a file is too short")
        return data

    def _open(self, name: str) -> None:
        if self._stream is not None:
            self._stream.close()
        self._name, self._at = name, 0
        self._stream = self._archive.open(name)


def _manifest(archive: zipfile.ZipFile, name: str) -> Manifest:
    found = [info for info in archive.infolist() if info.filename == MANIFEST]
    if len(found) != 1 or found[0].file_size > LARGEST_MANIFEST:
        raise Invalid(_NOT_ONE.format(name=name))
    _require_readable(found[0])
    told = json.loads(_read(archive, MANIFEST, LARGEST_MANIFEST))
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise Invalid(_NOT_ONE.format(name=name))
    if told.get("version") != FORMAT_VERSION:
        found_version = str(told.get("version"))[:20]
        raise Invalid(_VERSION.format(name=name, found=found_version, known=FORMAT_VERSION))
    manifest = Manifest.model_validate(told)
    if manifest.schema_version != SCHEMA_VERSION:
        raise Invalid(
            _SCHEMA.format(
                name=name,
                found=manifest.schema_version[:20],
                known=SCHEMA_VERSION,
                program=manifest.program[:20],
            )
        )
    return manifest


def _members(manifest: Manifest) -> dict[str, Member]:
    tables = {table_member(name): member for name, member in manifest.tables.items()}
    return {**tables, **manifest.files}


def _require_sound(archive: zipfile.ZipFile, manifest: Manifest, size: int) -> None:
    """Refuse what the manifest does not account for, before any of it is read."""
    if set(manifest.tables) != set(EXPORTED):
        _refuse("it has other tables")
    if not all(map(FILE_NAME.fullmatch, manifest.files)):
        _refuse("a file has a name of another kind")
    members, infos = _members(manifest), archive.infolist()
    names = [info.filename for info in infos]
    if len(names) != len(set(names)) or set(names) != {*members, MANIFEST}:
        _refuse("it holds other files than it says")
    for info in infos:
        _require_readable(info)
        if info.filename != MANIFEST and info.file_size != members[info.filename].size:
            _refuse(f"{info.filename} has another size")
    unpacked = sum(info.file_size for info in infos)
    if sum(info.compress_size for info in infos) > size:
        _refuse("its files overlap")
    if unpacked > MOST_RATIO * size + RATIO_ALLOWANCE:
        _refuse("it unpacks to far more than a desk does")


def _require_readable(info: zipfile.ZipInfo) -> None:
    if info.compress_type not in _PACKED or info.flag_bits & _ENCRYPTED:
        _refuse(f"{info.filename[:60]!r} is packed in another way")


def _require_digest(archive: zipfile.ZipFile, name: str, member: Member) -> None:
    digest, size = hashlib.sha256(), 0
    with archive.open(name) as stream:
        while data := stream.read(CHUNK):
            size += len(data)
            if size > member.size:
                _refuse(f"{name} has another size")
            digest.update(data)
    if size != member.size or digest.hexdigest() != member.sha256:
        _refuse(f"{name} is not what was exported")


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        _refuse(f"{name} is too large")
    return data


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    while line := stream.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE or not line.endswith(b"\n"):
            _refuse("a row is too long or cut off")
        yield line


class _Refused(ValueError):
    """Why a file is not taken."""


def _refuse(what: str) -> NoReturn:
    raise _Refused(what)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn whatever a damaged file makes Python raise into one sentence."""
    try:
        yield
    except _Refused as error:
        raise Invalid(_BROKEN.format(name=name, what=error)) from error
    except zipfile.BadZipFile as error:
        raise Invalid(_BROKEN.format(name=name, what="it is no whole zip")) from error
    except (
        zlib.error,
        EOFError,
        NotImplementedError,
        KeyError,
        RecursionError,
        UnicodeError,
        binascii.Error,
        ValidationError,
        ValueError,
    ) as error:
        what = "it cannot be read"
        raise Invalid(_BROKEN.format(name=name, what=what)) from error
