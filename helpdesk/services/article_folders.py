# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds articles and pictures in a folder, and gives files names that are safe everywhere.

What is outside of the folder is never looked at: a path in a text is only compared with the files
that were found, and symbolic links are found by nobody.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import NamedTuple
from urllib.parse import quote, unquote

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.articles import IMAGE_BYTES_LIMIT
from helpdesk.services.article_files import FILE_LIMIT

MOST_FILES = 100_000
IMAGES = "images"
_NO_LINK = "a symbolic link, which is not followed; put there what it stands for"
_ENDING, _DRAFT = ".md", ".draft.md"
_LONGEST_SLUG = 60
_LONGEST_NAME = 200
"""Bytes of a folder's name; no file system takes more than 255."""
_DIGITS = re.compile("([0-9]{1,9})")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_NOT_IN_NAMES = '<>:"/\\|?*'
_UNSAFE = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
"""The Unicode categories of what is not seen."""
_ASCII = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})


class Target(NamedTuple):
    """Where a relative address leads."""

    file: str | None
    """The file of the folder, or ``None`` where there is none."""
    fragment: str
    """What follows, such as '#problem'."""


class ArticleFolder:
    """The files below a folder, without those that begin with a dot."""

    def __init__(self, path: Path) -> None:
        """Look through all of it. Raises ``Invalid`` when there is nothing to import."""
        if not path.is_dir():
            raise Invalid(f"There is no folder at {path}; check the name.")
        self.path = path
        self.refused: list[tuple[str, str]] = []
        """What was found and cannot be taken, and why."""
        self._files: dict[str, str] = {}
        for name in self._found():
            self._take(name)
            if len(self._files) > MOST_FILES:
                raise Invalid(f"{path} has more than {MOST_FILES:,} files; import a part of it.")
        self.articles = sorted(filter(is_article, self._files.values()), key=natural)
        if not self.articles and not self.refused:
            raise Invalid(f"{path} has no files that end in .md; there is nothing to import.")

    def read(self, name: str) -> bytes:
        """Return an article's file, or more than it may hold of one that is too large."""
        return self._read(name, FILE_LIMIT)

    def picture(self, name: str) -> bytes:
        """Return a picture, or more than it may hold of one that is too large."""
        return self._read(name, IMAGE_BYTES_LIMIT)

    def target(self, source: str, href: str) -> Target | None:
        """Return where an address in a file leads, or ``None`` for one that is not relative."""
        path, sign, rest = href.partition("#")
        if not path or path.startswith("/") or _SCHEME.match(path):
            return None
        return Target(self.file(source, unquote(path)), sign + rest)

    def file(self, source: str, path: str) -> str | None:
        """Return the file that a path in another file names, if there is one."""
        wanted = normpath(join(dirname(source), path))
        return self._files.get(unicodedata.normalize("NFC", wanted))

    def _take(self, name: str) -> None:
        """Take a file, or refuse one of two that nobody could tell apart in an address."""
        key = unicodedata.normalize("NFC", name)
        kept, other = sorted((name, self._files.get(key, name)))
        self._files[key] = kept
        if kept != other:
            # As numbers, since both look the same.
            same = f"{other!a} and {kept!a} are one name in two spellings of Unicode"
            self.refused.append((other, f"{same}; rename one of them"))

    def _found(self) -> Iterator[str]:
        """Yield every file by its path from here, with slashes."""
        folders = [""]
        while folders:
            folder = folders.pop()
            with os.scandir(self.path / folder) as entries:
                for entry in entries:
                    name = join(folder, entry.name)
                    if entry.name.startswith("."):
                        continue
                    if entry.is_symlink() or _is_junction(entry):
                        self.refused.append((name, _NO_LINK))
                    elif entry.is_dir():
                        folders.append(name)
                    elif entry.is_file():
                        yield name
                    else:
                        self.refused.append((name, "no file and no folder; take it away"))

    def _read(self, name: str, limit: int) -> bytes:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        with open(self.path / name, "rb", opener=lambda path, _: os.open(path, flags)) as file:
            return file.read(limit + 1)


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Return whether it is Windows' other kind of link, which Python knows from 3.12 on."""
    return bool(getattr(entry, "is_junction", bool)())


def is_article(name: str) -> bool:
    """Return whether a file is an article by its name."""
    return name.casefold().endswith(_ENDING)


def natural(name: str) -> tuple[str | int, ...]:
    """Return a key that sorts 'a.md' before 'a-2.md' and that before 'a-10.md'."""
    parts = _DIGITS.split(name[: -len(_ENDING)])
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts))


def address_from(source: str, target: str) -> str:
    """Return the relative address of a file, as it stands in Markdown without harm.

    Signs that Markdown knows are written as numbers, as the parser counts them.
    """
    path = quote(relpath(target, dirname(source) or "."))
    return path.replace("_", "%5F").replace("~", "%7E")


# --- names ------------------------------------------------------------------------------------


def slug(title: str) -> str:
    """Return a name for an article's file: small letters, digits and hyphens."""
    letters = unicodedata.normalize("NFKD", title.casefold().translate(_ASCII))
    words = re.findall("[a-z0-9]+", letters.encode("ascii", "ignore").decode())
    name = "-".join(words)[:_LONGEST_SLUG].strip("-") or "article"
    return f"{name}-article" if _RESERVED.fullmatch(name) else name


def folder_name(category: str) -> str:
    """Return a name for a category's folder: its own, without what some system does not take."""
    letters = unicodedata.normalize("NFC", category)
    name = "".join("-" if _is_unsafe(letter) else letter for letter in letters)
    name = name.encode()[:_LONGEST_NAME].decode(errors="ignore").strip(". ") or "category"
    return f"{name}-category" if _RESERVED.fullmatch(name) else name


def _is_unsafe(letter: str) -> bool:
    return letter in _NOT_IN_NAMES or unicodedata.category(letter) in _UNSAFE


class FileNames:
    """Gives out paths in a folder that is still empty, each once on every file system."""

    def __init__(self) -> None:
        """Begin with the folder of pictures, whose name no category gets."""
        self._taken: defaultdict[str, set[str]] = defaultdict(set)
        self._taken[""].add(IMAGES)
        self._folders: dict[tuple[str, ...], str] = {(): ""}

    def folders(self, categories: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
        """Return the folder of each category; who comes first does not matter."""
        wanted = {path[:depth] for path in categories for depth in range(1, len(path) + 1)}
        for path in sorted(wanted, key=lambda path: (len(path), path)):
            parent = self._folders[path[:-1]]
            name = self._free(parent, folder_name(path[-1]), ("",))
            self._folders[path] = join(parent, name)
        return dict(self._folders)

    def file(self, folder: str, name: str) -> str:
        """Return the path of an article's file; that of its draft is free as well."""
        return join(folder, self._free(folder, name, (_ENDING, _DRAFT)) + _ENDING)

    def _free(self, folder: str, name: str, endings: tuple[str, ...]) -> str:
        taken, number, free = self._taken[folder], 1, name
        while any(f"{free}{ending}".casefold() in taken for ending in endings):
            number += 1
            free = f"{name}-{number}"
        taken |= {f"{free}{ending}".casefold() for ending in endings}
        return free


def draft_name(name: str) -> str:
    """Return the file of the newer text of an article, beside that of the published one."""
    return name[: -len(_ENDING)] + _DRAFT
