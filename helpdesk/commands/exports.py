# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk export``: writes data into files that can be read without the program."""

from __future__ import annotations

from argparse import Namespace

from helpdesk.commands.place import Place
from helpdesk.commands.terminal import complain, counted, progress, say
from helpdesk.core.clock import system_clock
from helpdesk.services.article_exports import export


def articles(place: Place, options: Namespace) -> int:
    """Export all articles into an empty folder."""
    folder = options.folder.absolute()
    with place.desk() as desk, progress("Exporting", "articles") as report:
        done = export(desk.database, folder, at=system_clock(), progress=report)
    for line in done.remarks:
        complain(line)
    counts = (
        counted(done.articles, "article", "articles"),
        counted(done.drafts, "newer draft", "newer drafts"),
        counted(len(done.pictures), "picture", "pictures"),
    )
    say(f"Exported to {folder}: {', '.join(counts)}.")
    return 0
