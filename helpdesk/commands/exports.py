# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk export``: writes data into files that can be read without the program."""

from __future__ import annotations

from argparse import Namespace

from helpdesk.client.exports import growing
from helpdesk.commands.place import Place
from helpdesk.commands.terminal import complain, counted, progress, say
from helpdesk.core.clock import system_clock
from helpdesk.core.errors import Invalid
from helpdesk.database.archive import EXPORTED
from helpdesk.database.archive_writing import export_desk
from helpdesk.services.article_exports import export

_THERE = "There is already something at {file}; name a file that is not there yet."


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


def desk(place: Place, options: Namespace) -> int:
    """Export all of a desk into one zip."""
    file = options.file.absolute()
    if file.exists():
        raise Invalid(_THERE.format(file=file))
    with (
        place.database(read_only=True) as database,
        progress("Exporting", "rows") as report,
        growing(file) as target,
    ):
        done = export_desk(
            database,
            target,
            at=system_clock(),
            with_passwords=options.with_accounts,
            progress=report,
        )
    rows = done.tables
    counts = (
        counted(rows["ticket"].rows, "ticket", "tickets"),
        counted(rows["comment"].rows, "comment", "comments"),
        counted(rows["user"].rows, "person", "people"),
        counted(rows["article"].rows, "article", "articles"),
        counted(len(done.files), "file", "files"),
    )
    say(f"Exported to {file}: {', '.join(counts)} in {len(EXPORTED)} tables.")
    say("Keep it where only you can read it: it holds what all people have written.")
    return 0
