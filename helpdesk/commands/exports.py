# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk export``: writes data into files that can be read without the program."""

from __future__ import annotations

from argparse import Namespace

from helpdesk.client.exports import note_export
from helpdesk.commands.place import Place
from helpdesk.commands.terminal import complain, counted, progress, say
from helpdesk.core.schemas.audit import ExportKind
from helpdesk.services.article_exports import export


def articles(place: Place, options: Namespace) -> int:
    """Export all articles into an empty folder."""
    folder = options.folder.absolute()
    with place.desk() as desk, progress("Exporting", "articles") as report:
        note_export(desk.as_system(), ExportKind.ARTICLES, "")
        done = export(desk.database, folder, progress=report)
    for line in done.remarks:
        complain(line)
    counts = (
        counted(done.articles, "article", "articles"),
        counted(done.drafts, "newer draft", "newer drafts"),
        counted(len(done.pictures), "picture", "pictures"),
    )
    say(f"Exported to {folder}: {', '.join(counts)}.")
    return 0
