# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the whole of a desk into a file, where its database is at hand: not over a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from helpdesk.client.exports import Progress, Stopped, growing
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.clock import system_clock

if TYPE_CHECKING:
    from helpdesk.client.embedded import EmbeddedDesk

_STOPPED = "The export was stopped; no file was written."


class DeskFiles:
    """The files of a desk that is open in this process."""

    def __init__(self, embedded: EmbeddedDesk) -> None:
        """Bind to the desk."""
        self._database = embedded.database

    def export(
        self,
        desk: HelpDesk,
        target: Path,
        *,
        with_passwords: bool,
        progress: Progress = lambda _done, _total: None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Write all of the desk into a zip, as whoever is signed in may.

        Raises ``Forbidden``, ``Stopped``, ``NotWritten`` and what ``export_desk`` does.
        """
        from helpdesk.database.archive_writing import export_desk

        desk.ticket_exports.note_desk()

        def tell(done: int, total: int) -> None:
            if is_stopped():
                raise Stopped(_STOPPED)
            progress(done, total)

        with growing(target, is_stopped) as file:
            export_desk(
                self._database,
                file,
                at=system_clock(),
                with_passwords=with_passwords,
                progress=tell,
            )
