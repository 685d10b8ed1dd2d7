# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens what tickets are imported from, by the name of its kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.import_records import ExportReader
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
_CONSTANT = "With --from, a column is named for each field; “{field}=={value}” is for other files."


@contextmanager
def opened(
    kind: str, path: Path, mappings: Sequence[import_columns.Mapping] = ()
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

        reader = open_export(kind, path)
        try:
            yield reader
        finally:
            reader.close()
