# SPDX-License-Identifier: GPL-3.0-or-later
"""D04: whoever is killed while files are sent leaves no file that is not whole, and no orphan."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from helpdesk import cli
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.paths import DataFolder
from helpdesk.database.checks import examine
from helpdesk.database.db_manager import database_at
from helpdesk.jobs.housekeeping import forget_attachments
from helpdesk.models import Attachment, AttachmentPiece, Ticket
from tests.conftest import PASSWORD
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE
from tests.places import postgres_copy

CHILD = Path(__file__).with_name("file_child.py")
ROOT = Path(cli.__file__).parents[1]
STEP = {LOCAL_SQLITE: 17, LOCAL_POSTGRESQL: 31}
"""At every so many of the moments around statements and commits one is killed."""


@pytest.mark.parametrize("kind", STEP)
def test_d04_no_row_stays_without_its_file(folder: DataFolder, template: Path, kind: str):
    for url in _places(folder, template, kind):
        killed = _killed(folder, url, STEP[kind])
        assert killed >= 4
        desk = EmbeddedDesk(database_at(url), settings_module.load(folder))
        try:
            # Each file that stands on a ticket is whole, to the byte.
            assert examine(desk.database).findings == ()
            forget_attachments(desk, datetime.now(UTC) + timedelta(hours=25))
            with desk.database.reading() as session:
                left = select(func.count()).select_from(Attachment)
                pieces = select(func.count()).select_from(AttachmentPiece)
                waits = left.where(Attachment.ticket_id.is_(None))
                assert session.execute(waits).scalar_one() == 0
                files = session.execute(left).scalar_one()
                assert session.execute(pieces).scalar_one() == 2 * files
                assert files >= session.execute(select(func.count(Ticket.id))).scalar_one() > 0
            assert examine(desk.database).findings == ()
        finally:
            desk.close()


def _places(folder: DataFolder, template: Path, kind: str) -> Iterator[str]:
    if kind == LOCAL_POSTGRESQL:
        with postgres_copy(template) as url:
            yield url
        return
    folder.database.write_bytes(template.read_bytes())
    yield f"sqlite:///{folder.database}"


def _killed(folder: DataFolder, url: str, step: int) -> int:
    done = subprocess.run(
        [sys.executable, str(CHILD), str(folder.path), url, PASSWORD, "1", str(step)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    killed, code = map(int, done.stdout.split())
    assert code == 0, done.stderr
    return killed
