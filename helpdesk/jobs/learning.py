# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that learns from tickets nobody has learnt from yet, and measures suggestions daily."""

from __future__ import annotations

from datetime import datetime

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.services.catching_up import fit, learn_waiting, needs_fit


def catch_up(desk: EmbeddedDesk, now: datetime) -> int:
    """Learn what an import or an older version has left, and return how many tickets it was.

    Most runs find nothing to do, and only read.
    """
    learnt = learn_waiting(desk.database, now)
    if needs_fit(desk.database, now):
        fit(desk.database, now)
    return learnt
