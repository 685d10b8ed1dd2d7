# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends files in children that are killed at one statement after the other."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from sqlalchemy import Engine, event

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.file_transfer import Outgoing
from helpdesk.core import settings as settings_module
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.attachments import PIECE_BYTES
from helpdesk.core.schemas.tickets import NewComment, NewTicket
from helpdesk.core.schemas.users import NewSession
from helpdesk.database.db_manager import database_at

DATA = b"0123456789abcdef" * (PIECE_BYTES // 16) + b"the end of it"


def sent(folder: DataFolder, url: str, password: str, dies_at: int) -> None:
    """Send files with a ticket and a reply; the process ends at a statement, or at the end."""
    desk = EmbeddedDesk(database_at(url), settings_module.load(folder))
    alice = desk.facade()
    alice.sessions.sign_in(NewSession(username="alice", password=password))
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, name, count)
    key = Outgoing("a.log", DATA).send(alice).key
    ticket = alice.tickets.open(NewTicket(subject="Killed", attachment_keys=(key,)))
    key = Outgoing("b.log", DATA).send(alice).key
    alice.tickets.comment(ticket.id, NewComment(body="x", attachment_keys=(key,)))


def main() -> None:
    """Let one child after the other die a little later, until one does not."""
    path, url, password, first, step = sys.argv[1:6]
    dies_at, died = int(first), 0
    while True:
        child = os.fork()
        if child == 0:
            sent(DataFolder(Path(path)), url, password, dies_at)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            break
        died, dies_at = died + 1, dies_at + int(step)
    sys.stdout.write(f"{died} {os.WEXITSTATUS(status)}\n")


if __name__ == "__main__":
    main()
