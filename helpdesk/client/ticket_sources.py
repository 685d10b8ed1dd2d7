# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens what tickets are imported from, by the name of its kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, tzinfo
from pathlib import Path
from typing import NamedTuple

from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.ticket_imports import Loaded, Progress, Wanted, import_tickets
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.import_records import ExportReader
from helpdesk.core.schemas.ticket_imports import SOURCE_PATTERN, UnknownPeople
from helpdesk.importing.json_records import JsonTickets
from helpdesk.services import import_columns
from helpdesk.services.csv_records import CsvTickets

CSV, JSON = "csv", "json"
KINDS: Mapping[str, str] = {
    CSV: "CSV (any program)",
    JSON: "JSON (this program)",
    "osticket": "osTicket",
    "zammad": "Zammad",
    "freescout": "FreeScout",
}
"""Where tickets may come from, and how people call it."""
SOURCE_WORDS = "A name of a system is small letters, digits, dots and hyphens; “{name}” is none."
_CONSTANT = "With --from, a column is named for each field; “{field}=={value}” is for other files."


@contextmanager
def opened(
    kind: str,
    path: Path,
    mappings: Sequence[import_columns.Mapping] = (),
    zone: tzinfo = UTC,
) -> Iterator[ExportReader]:
    """Yield a reader of what lies at ``path``. Raises ``Invalid`` with what is wrong about it."""
    if kind == JSON:
        yield JsonTickets(path)
    elif kind == CSV:
        file = CsvTickets(path)
        for each in mappings:
            if each.constant is not None:
                raise Invalid(_CONSTANT.format(field=each.field, value=each.constant))
            file.mapping[each.field] = each.template or each.column or ""
        yield file
    else:
        from helpdesk.importing.opening import open_export

        reader = open_export(kind, path, zone)
        try:
            yield reader
        finally:
            reader.close()


class Examples(NamedTuple):
    """The columns of a CSV file, which field each is likely to fill, and its first cells."""

    header: tuple[str, ...]
    guessed: Mapping[str, str]
    cells: Mapping[str, tuple[str, ...]]


class Order(NamedTuple):
    """What somebody wants to import, and how."""

    kind: str
    path: Path
    source: str
    mapping: Mapping[str, str]
    known_only: bool
    trial: bool
    total: int


def looked_at(path: Path) -> Examples:
    """Return what a CSV file looks like. Raises ``Invalid``, ``OSError``."""
    file = CsvTickets(path)
    return Examples(file.header, file.mapping, file.examples())


def run(desk: HelpDesk, order: Order, progress: Progress, is_stopped: Callable[[], bool]) -> Loaded:
    """Import what is wanted, or look at it. Raises ``Invalid`` where there is nothing to read."""
    if not re.fullmatch(SOURCE_PATTERN, order.source):
        raise Invalid(SOURCE_WORDS.format(name=order.source), field="source")
    wanted = Wanted(
        source=order.source,
        trial=order.trial,
        unknown_people=UnknownPeople.REFUSE if order.known_only else UnknownPeople.CREATE,
    )
    with opened(order.kind, order.path) as reader:
        if isinstance(reader, CsvTickets):
            reader.mapping = dict(order.mapping)
        return import_tickets(
            desk, reader, wanted, total=order.total, progress=progress, is_stopped=is_stopped
        )
