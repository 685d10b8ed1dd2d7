# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads answers of Zammad's REST API that were kept as files of JSON, one page or object a file.

docs.zammad.org, "REST API": ``/api/v1/tickets?expand=true``, the ``by_ticket`` of
``/api/v1/ticket_articles``, ``/api/v1/users?expand=true``, and of ``groups``, ``ticket_states``,
``ticket_priorities``. Which of them an answer is, its objects tell by their attributes; how the
files are called does not matter. A file of an article is found under the path it has in the API,
``ticket_attachment/<ticket>/<article>/<attachment>``, or as base64 in ``data``.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.import_records import ImportedFile
from helpdesk.importing.export_files import ExportFiles
from helpdesk.importing.kept_files import kept
from helpdesk.importing.values import Problems, name

_TOLD_BY = (
    ("ticket_articles", {"ticket_id", "body"}),
    ("tickets", {"number", "title"}),
    ("users", {"login", "firstname"}),
    ("ticket_states", {"name", "state_type_id"}),
    ("ticket_priorities", {"name", "ui_color"}),
    ("groups", {"name", "email_address_id"}),
    ("roles", {"name", "default_at_signup"}),
)
_MANY = 200


def tables(files: ExportFiles, notes: Problems) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the table that objects of each file belong to; what is kept twice counts once."""
    seen: set[tuple[str, int]] = set()
    for file_name in files.names(".json"):
        found: dict[str, list[dict[str, Any]]] = {}
        for each in _objects(files, notes, file_name):
            table = _table(each)
            key = (table or "", each.get("id") if isinstance(each.get("id"), int) else 0)
            if table and key not in seen:
                seen.add(key)  # type: ignore[arg-type]
                found.setdefault(table, []).append(each)
        if not found:
            notes.note(file_name, "There is nothing in it that is known of Zammad.")
        yield from found.items()


def file(
    files: ExportFiles, notes: Problems, where: str, of: tuple[int, int], attachment: Any
) -> ImportedFile | None:
    """The file that an article names, of the ticket and the article ``of``."""
    if not isinstance(attachment, dict):
        return None
    called = name(attachment.get("filename")) or "file"
    said = attachment.get("preferences")
    told = said if isinstance(said, dict) else {}
    kind = str(
        told.get("Content-Type") or told.get("Mime-Type") or attachment.get("mime-type") or ""
    )
    kind = kind.partition(";")[0].strip() or "application/octet-stream"
    if isinstance(attachment.get("data"), str):
        return _decoded(notes, where, called, kind, attachment["data"])
    found = files.find(f"ticket_attachment/{of[0]}/{of[1]}/{attachment.get('id')}")
    if found is None:
        notes.note(
            where,
            f"Its file {called} is not in the export: fetch"
            f" ticket_attachment/{of[0]}/{of[1]}/{attachment.get('id')} from the API.",
        )
        return None
    return kept(files, notes, where, called, kind, found)


def _decoded(notes: Problems, where: str, called: str, kind: str, data: str) -> ImportedFile | None:
    try:
        return ImportedFile(called, kind, content=base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError):
        notes.note(where, f"Its file {called} is no sound base64, and was left out.")
        return None


def _objects(files: ExportFiles, notes: Problems, file_name: str) -> Iterator[dict[str, Any]]:
    try:
        answer = json.loads(files.whole(file_name))
    except (ValueError, RecursionError):
        notes.note(file_name, "It is no sound JSON, and was left out.")
        return
    except DeskError as error:
        notes.note(file_name, str(error))
        return
    for each in answer if isinstance(answer, list) else [answer]:
        if isinstance(each, dict):
            yield each


def _table(found: dict[str, Any]) -> str | None:
    return next((table for table, keys in _TOLD_BY if keys <= found.keys()), None)
