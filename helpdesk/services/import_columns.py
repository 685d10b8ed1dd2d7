# SPDX-License-Identifier: GPL-3.0-or-later
"""Says which column of a file fills which field of a ticket."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from helpdesk.core.errors import Invalid
from helpdesk.core.text import folded

FIELDS = (
    "subject",
    "description",
    "status",
    "priority",
    "category",
    "requester",
    "assignee",
    "created_at",
    "resolved_at",
    "closed_at",
)
"""The fields of a ticket that a file can fill; columns of the same names need no mapping."""

Cells = Sequence[str]

_PLACE = re.compile(r"\{([^{}]*)\}")
_NAME_SEPARATORS = re.compile(r"[\s_\-]+")
# What a template leaves at its ends when a column is empty.
_DANGLING = " \t:;,-–—/|()[]"


class FieldSource(NamedTuple):
    """Where a field comes from."""

    field: str
    column: str
    """How messages name it: the column's name, or the field's own for a template."""
    read: Callable[[Cells], str]


class Mapping(NamedTuple):
    """One ``--map``: a column, a template over columns, or the same value for every row."""

    field: str
    column: str | None = None
    template: str | None = None
    constant: str | None = None

    @classmethod
    def parse(cls, text: str) -> Mapping:
        """Understand ``field=column``, ``field={column}: {other}`` or ``field==value``.

        Raises ``ValueError`` with what is wrong about it.
        """
        name, equals, rest = text.partition("=")
        field = _folded_name(name)
        if not equals or not rest:
            raise ValueError(f"'{text}' is not FIELD=COLUMN")
        if field not in FIELDS:
            raise ValueError(f"there is no field '{name}'; there are {', '.join(FIELDS)}")
        if rest.startswith("="):
            return cls(field, constant=rest[1:])
        return cls(field, template=rest) if _PLACE.search(rest) else cls(field, column=rest)


class Columns:
    """The columns of a file and the fields they fill."""

    def __init__(self, header: Sequence[str], mappings: Sequence[Mapping]) -> None:
        """Find a source for every field that has one.

        Raises ``Invalid`` when a mapping names a column that is not there or twice there, and
        when neither subject nor description has a source.
        """
        self._header = [name.strip() for name in header]
        self._used: set[int] = set()
        mapped = {mapping.field: mapping for mapping in mappings}
        if len(mapped) < len(mappings):
            twice = next(m.field for m in mappings if mappings.count(m) > 1 or mapped[m.field] != m)
            raise Invalid(f"The field {twice} is mapped twice; map it once.")
        found = (self._source(field, mapped.get(field)) for field in FIELDS)
        self.sources = {source.field: source for source in found if source}
        if not self.sources.keys() & {"subject", "description"}:
            raise Invalid(
                "Neither a column 'subject' nor 'description' is there; name one, such as"
                f" --map subject=COLUMN. {self._columns_found()}"
            )

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self._header)

    @property
    def unused(self) -> tuple[str, ...]:
        """The columns that fill nothing."""
        named = enumerate(self._header)
        return tuple(name for index, name in named if name and index not in self._used)

    def _source(self, field: str, mapping: Mapping | None) -> FieldSource | None:
        if mapping is None:
            if not self._indexes(field):
                return None
            return FieldSource(field, *self._column(field))
        if mapping.constant is not None:
            return FieldSource(field, field, _constant(mapping.constant))
        if mapping.template is not None:
            return FieldSource(field, field, self._template(mapping.template))
        return FieldSource(field, *self._column(mapping.column or field))

    def _column(self, name: str) -> tuple[str, Callable[[Cells], str]]:
        index = self._index(name)
        return self._header[index], _cell(index)

    def _template(self, template: str) -> Callable[[Cells], str]:
        texts = _PLACE.split(template)
        literals, readers = texts[::2], [_cell(self._index(name)) for name in texts[1::2]]

        def read(cells: Cells) -> str:
            values = [reader(cells).strip() for reader in readers]
            if not any(values):
                return ""
            pairs = zip(literals, [*values, ""], strict=True)
            return "".join(part for pair in pairs for part in pair).strip(_DANGLING)

        return read

    def _index(self, name: str) -> int:
        indexes = self._indexes(name)
        if not indexes:
            raise Invalid(f"There is no column '{name}'. {self._columns_found()}")
        if len(indexes) > 1:
            raise Invalid(f"The column '{name}' is there {len(indexes)} times; rename the others.")
        self._used.add(indexes[0])
        return indexes[0]

    def _indexes(self, name: str) -> list[int]:
        """Return the columns of a name: written exactly so, else in any case."""
        exact = [index for index, other in enumerate(self._header) if other == name.strip()]
        if exact:
            return exact
        wanted = _folded_name(name)
        return [i for i, other in enumerate(self._header) if _folded_name(other) == wanted]

    def _columns_found(self) -> str:
        return f"The file has the columns: {', '.join(self._header)}."


def score(header: Sequence[str], mappings: Sequence[Mapping]) -> tuple[int, int]:
    """Return how well a header reads: how many wanted columns it has, and how many in all."""
    wanted = {_folded_name(m.column) for m in mappings if m.column} | set(FIELDS)
    wanted |= {_folded_name(n) for m in mappings for n in _PLACE.findall(m.template or "")}
    return len({_folded_name(name) for name in header} & wanted), len(header)


def _folded_name(name: str) -> str:
    return _NAME_SEPARATORS.sub("_", folded(name))


def _cell(index: int) -> Callable[[Cells], str]:
    def read(cells: Cells) -> str:
        return cells[index] if index < len(cells) else ""

    return read


def _constant(value: str) -> Callable[[Cells], str]:
    return lambda _cells: value
