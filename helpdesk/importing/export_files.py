# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of an export: one file, a folder or a zip archive, and nothing beside it.

Nothing is ever unpacked to disk under a name from an archive. Names that lead out of the export are
not known here, links are not followed out of it, and nothing grows beyond what an honest archive
grows to.
"""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO

from helpdesk.core.errors import Invalid, NotFound, TooLarge

MOST_FILES = 500_000
LONGEST_FILE = 100 * 1024 * 1024
"""Bytes of one file that is read whole: an attachment, or a page of JSON."""
_ALWAYS_FINE, _MOST_GROWTH = 64 * 1024 * 1024, 100
"""Text shrinks by 5 to 20; what grows a hundredfold is made to fill a disk."""
_READ_ERRORS = (
    *(OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError),
)
_HEAD_ERRORS = (*_READ_ERRORS, ValueError, RuntimeError, OverflowError, struct.error)
"""What comes of damage to the directory of an archive, or to what stands before a member."""


class ExportFiles:
    """Reads the files of an export by their names in it, with ``/`` between folders."""

    def __init__(self, place: Path) -> None:
        """Look at the file, folder or archive at ``place``."""
        if not place.exists():
            raise NotFound(f"There is nothing at {place}: name the file or folder of the export.")
        self.place = place.resolve()
        self._archive = _archive(self.place)
        self._packed: dict[str, int] = {}
        """How many bytes the files of an archive take in it."""
        self._found = self._sizes()

    def close(self) -> None:
        """Let go of the archive."""
        if self._archive is not None:
            self._archive.close()

    def names(self, *endings: str) -> tuple[str, ...]:
        """Names of the files with one of the endings, in order."""
        return tuple(name for name in sorted(self._found) if name.lower().endswith(endings))

    def beginning(self, name: str, size: int) -> bytes:
        """The first bytes of a file, uncompressed."""
        with self.opened(name) as stream:
            return stream.read(size)

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        """A file to be read from its beginning; one that ends in ``.gz`` is uncompressed."""
        try:
            with self._raw(name) as raw:
                if not name.lower().endswith(".gz"):
                    yield raw
                    return
                # What is packed twice grows no further than what is packed once.
                packed = self._packed.get(name, self._found[name])
                limit = _ALWAYS_FINE + _MOST_GROWTH * packed
                with gzip.GzipFile(fileobj=raw) as plain:
                    yield io.BufferedReader(_Limited(plain, limit))
        except _READ_ERRORS as error:
            raise Invalid(f"{name} cannot be read ({error}): make the export again.") from error

    def whole(self, name: str) -> bytes:
        """All of a file that is not longer than ``LONGEST_FILE``."""
        with self.opened(name) as stream:
            content = stream.read(LONGEST_FILE + 1)
        if len(content) > LONGEST_FILE:
            raise TooLarge(f"{name} is larger than {LONGEST_FILE // 1024**2} MB.")
        return content

    def find(self, *names: str) -> str | None:
        """The first of the names that the export holds, whatever folders stand before it."""
        for name in names:
            wanted = _inside(name)
            if wanted is None:
                continue
            if wanted in self._found:
                return wanted
            for found in self._by_last_part.get(wanted.rpartition("/")[2], ()):
                if found.endswith("/" + wanted):
                    return found
        return None

    def path(self, name: str) -> str | None:
        """Where a file lies on disk; ``None`` inside an archive."""
        return str(self._on_disk(name)) if self._archive is None else None

    @cached_property
    def _by_last_part(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = {}
        for name in self._found:
            names.setdefault(name.rpartition("/")[2], []).append(name)
        return names

    def _sizes(self) -> dict[str, int]:
        found: dict[str, int] = {}
        most = _ALWAYS_FINE + _MOST_GROWTH * self.place.stat().st_size
        whole = 0
        for name, size in self._entries():
            found[name] = size
            whole += size
            if self._archive is not None and whole > most:
                raise TooLarge(f"{self.place.name} grows without end when it is uncompressed.")
            if len(found) > MOST_FILES:
                raise TooLarge(
                    f"The export has more than {MOST_FILES:,} files: import it in parts."
                )
        return found

    def _entries(self) -> Iterator[tuple[str, int]]:
        if self._archive is not None:
            for name, size, packed in _members(self._archive):
                self._packed[name] = packed
                yield name, size
        elif self.place.is_file():
            yield self.place.name, self.place.stat().st_size
        else:
            for path in self.place.rglob("*"):
                # A link may lead anywhere.
                if path.is_file() and path.resolve().is_relative_to(self.place):
                    yield path.relative_to(self.place).as_posix(), path.stat().st_size

    def _raw(self, name: str) -> IO[bytes]:
        if name not in self._found:
            raise NotFound(f"The export has no file {name}.")
        if self._archive is not None:
            try:
                return self._archive.open(name)
            except _HEAD_ERRORS as error:
                raise zipfile.BadZipFile(str(error)) from error
        return self._on_disk(name).open("rb")

    def _on_disk(self, name: str) -> Path:
        return self.place if self.place.is_file() else self.place / name


class _Limited(io.RawIOBase):
    """A stream that ends with an error where it grows beyond ``limit`` bytes."""

    def __init__(self, stream: gzip.GzipFile, limit: int) -> None:
        super().__init__()
        self._stream = stream
        self._left = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        read = self._stream.read(len(buffer))
        self._left -= len(read)
        if self._left < 0:
            raise TooLarge("A file of the export grows without end when it is uncompressed.")
        buffer[: len(read)] = read
        return len(read)


def _archive(place: Path) -> zipfile.ZipFile | None:
    if place.suffix.lower() != ".zip":
        return None
    try:
        return zipfile.ZipFile(place)
    except _HEAD_ERRORS as error:
        raise Invalid(f"{place.name} is no sound zip archive: make the export again.") from error


def _members(archive: zipfile.ZipFile) -> Iterator[tuple[str, int, int]]:
    """Yield the name of each file, its bytes, and how many of them it takes in the archive."""
    for member in archive.infolist():
        if member.is_dir() or _inside(member.filename) != member.filename:
            continue
        if member.flag_bits & 1:
            raise Invalid("The archive is encrypted: make one without a password.")
        if member.file_size > _ALWAYS_FINE + _MOST_GROWTH * member.compress_size:
            raise TooLarge(f"{member.filename} grows without end when it is uncompressed.")
        yield member.filename, member.file_size, member.compress_size


def _inside(name: str) -> str | None:
    """The name in its plain form; ``None`` for one that leads out of the export."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name:
        return None
    return path.as_posix()
