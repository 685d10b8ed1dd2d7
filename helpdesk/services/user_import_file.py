# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads people from a CSV file as any other program writes it, whatever its columns are called."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.users import ImportedUser
from helpdesk.core.text import folded, single_line
from helpdesk.services import import_columns
from helpdesk.services.import_files import Row, TicketFile

FIELDS = ("username", "full_name", "email", "role", "teams")
"""What a file can tell of a person; user name and name it has to."""
MOST_ROWS = 100_000

_EXAMPLES = 3

_NEEDED = {"username": "user name", "full_name": "name"}
_PLACE = re.compile(r"\{([^{}]*)\}")
_SEPARATORS = re.compile(r"[\s_\-.]+")
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_NAMES: dict[str, tuple[str, ...]] = {
    "username": (
        "username", "user", "login", "loginname", "account", "accountname", "samaccountname",
        "uid", "userprincipalname", "upn", "userid",
    ),
    "full_name": ("fullname", "name", "displayname", "cn", "person", "employee"),
    "email": ("email", "mail", "emailaddress", "mailaddress", "primaryemail", "smtp"),
    "role": ("role", "rights", "profile", "usertype", "type"),
    "teams": ("teams", "team", "groups", "group", "department"),
}  # fmt: skip
"""What columns are usually called, without blanks and dashes; the likeliest first."""
_FIRST = ("firstname", "givenname", "forename", "first")
_LAST = ("lastname", "surname", "familyname", "sn", "last")

_NO_FIELD = "There is no field “{name}”; there are {fields}."
_NO_COLUMN = "There is no column “{name}”; the file has {columns}."
_MISSING = "Say which column has the {what}; the file has {columns}."
_TOO_MANY = "The file has more than {most:,} lines; make several of it."


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """A file of people that was read: its columns, and its lines as a spreadsheet numbers them."""

    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]


def read_people(
    path: Path, encoding: str | None = None, delimiter: str | None = None
) -> PeopleFile:
    """Read a file. Without an encoding it is UTF-8, or what Excel writes on Windows.

    Raises ``Invalid`` with what is wrong about it.
    """
    encoding = encoding or encoding_of(path)
    wanted = [import_columns.Mapping("subject", column=each) for each in _well_known()]
    file = TicketFile(path, encoding, delimiter)
    rows: list[Row] = []
    with file.opened(wanted) as (header, found):
        for row in found:
            rows.append(row)
            if len(rows) > MOST_ROWS:
                raise Invalid(_TOO_MANY.format(most=MOST_ROWS))
    return PeopleFile(path.name, tuple(single_line(name) for name in header), tuple(rows))


def encoding_of(path: Path) -> str | None:
    """Return what Excel writes on Windows where a file is not of Unicode, else nothing."""
    return "cp1252" if path.is_file() and not _is_unicode(path) else None


def guessed(header: Sequence[str]) -> dict[str, str]:
    """Return which column is likely to fill which field; a name may be made of two columns."""
    by_name = {_plain(name): name for name in reversed(header) if name}
    found: dict[str, str] = {}
    for field, names in _NAMES.items():
        column = next((by_name[name] for name in names if name in by_name), None)
        if column is not None:
            found[field] = column
    first = next((by_name[name] for name in _FIRST if name in by_name), None)
    last = next((by_name[name] for name in _LAST if name in by_name), None)
    if first and last and "full_name" not in found:
        found["full_name"] = f"{{{first}}} {{{last}}}"
    return found


def examples_of(file: PeopleFile, mapping: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return what the first lines would fill each field with, so that one sees a wrong column."""
    rows = [row for row in file.rows if not row.problem][:_EXAMPLES]
    found: dict[str, tuple[str, ...]] = {}
    for field, source in mapping.items():
        if source:
            read = PeopleColumns.reader(file.header, source)
            cells = (single_line(read(row.cells)) for row in rows)
            found[field] = tuple(cell for cell in cells if cell)
    return found


def parsed_mapping(text: str) -> tuple[str, str]:
    """Understand ``field=column`` or ``field={column} {other}``. Raises ``ValueError``."""
    name, equals, rest = text.partition("=")
    field = _SEPARATORS.sub("_", folded(name))
    if not equals or not rest:
        raise ValueError(f"'{text}' is not FIELD=COLUMN")
    if field not in FIELDS:
        raise ValueError(_NO_FIELD.format(name=name, fields=", ".join(FIELDS)))
    return field, rest


class PeopleColumns:
    """Says which columns of a file fill which fields."""

    def __init__(self, header: Sequence[str], mapping: Mapping[str, str]) -> None:
        """Find each. Raises ``Invalid`` for a column that is not there, and without a name."""
        self._readers = {
            field: self.reader(header, source) for field, source in mapping.items() if source
        }
        for field, what in _NEEDED.items():
            if field not in self._readers:
                raise Invalid(_MISSING.format(what=what, columns=_named(header)), field=field)

    def person(self, row: Row) -> ImportedUser:
        """Return what a line says of a person."""
        cells = {field: single_line(read(row.cells)) for field, read in self._readers.items()}
        return ImportedUser(line=row.number, **cells)

    @staticmethod
    def reader(header: Sequence[str], source: str) -> Callable[[Sequence[str]], str]:
        """Return what reads a column, or several put together. Raises ``Invalid``."""
        places = _PLACE.split(source)
        if len(places) == 1:
            return _cell(_index(header, source))
        literals, readers = places[::2], [_cell(_index(header, name)) for name in places[1::2]]

        def read(cells: Sequence[str]) -> str:
            values = [reader(cells).strip() for reader in readers]
            pairs = zip(literals, [*values, ""], strict=True)
            return "".join(part for pair in pairs for part in pair) if any(values) else ""

        return read


def _index(header: Sequence[str], name: str) -> int:
    if name in header:
        return header.index(name)
    wanted = _plain(name)
    for index, other in enumerate(header):
        if _plain(other) == wanted:
            return index
    raise Invalid(_NO_COLUMN.format(name=name, columns=_named(header)))


def _named(header: Sequence[str]) -> str:
    return ", ".join(name for name in header if name)


def _cell(index: int) -> Callable[[Sequence[str]], str]:
    def read(cells: Sequence[str]) -> str:
        return cells[index] if index < len(cells) else ""

    return read


def _plain(name: str) -> str:
    return _SEPARATORS.sub("", folded(name))


def _well_known() -> list[str]:
    return [*(name for names in _NAMES.values() for name in names), *_FIRST, *_LAST]


def _is_unicode(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(4)
        if head.startswith(_MARKS) or b"\x00" in head:
            return True
    try:
        with path.open(encoding="utf-8", newline="") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True
