# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills a desk with solved tickets of a few topics, for it to learn from."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from helpdesk.core.schemas.tickets import DEFAULT_CATEGORIES, Priority, Status
from helpdesk.database.bulk import TicketRow, bulk_loading
from helpdesk.database.db_manager import DbManager
from helpdesk.database.types import to_microseconds
from helpdesk.models.base import PRIORITY_RANKS, STATUS_RANKS
from helpdesk.services.catching_up import fit, learn_waiting

ALICE, ERIN, BOB, FRANK, CHARLIE = 1, 2, 3, 4, 5
"""The accounts of ``tests.conftest.PEOPLE``, by their order."""

TOPICS = {
    "Network": (BOB, "vpn wifi tunnel gateway drops router signal disconnects slow roaming"),
    "Printing": (BOB, "printer toner jams tray paper duplex scanner queue smudges feeder"),
    "Access": (FRANK, "password account locked login expired token badge folder rights reset"),
    "Email": (FRANK, "outlook mailbox calendar inbox attachment signature spam archive invite"),
}
_FILLER = "please help since this morning at my desk nobody else here thanks regards team"
SOLVED = 240


def category(name: str) -> int:
    """Return the id of a category that every desk begins with."""
    return DEFAULT_CATEGORIES.index(name) + 1


def text_of(topic: str, dice: random.Random) -> tuple[str, str]:
    """Return subject and description of somebody's trouble."""
    words = TOPICS[topic][1].split()
    subject = " ".join(dice.sample(words, 3))
    description = " ".join(dice.sample(words, 4) + dice.sample(_FILLER.split(), 5))
    return subject.capitalize(), description


def fill(database: DbManager, now: datetime, count: int = SOLVED) -> None:
    """Write solved tickets, one every ten hours until now, by two requesters in turn."""
    dice = random.Random(1042)  # noqa: S311 - the same tickets in each run
    with bulk_loading(database) as load:
        first = load.next_id("ticket")
        for number in range(count):
            topic = dice.choice(sorted(TOPICS))
            at = to_microseconds(now - timedelta(hours=10 * (count - number)))
            load.add_ticket(_row(first + number, topic, at, dice), (), ())


def taught(database: DbManager, now: datetime, count: int = SOLVED) -> None:
    """Fill a desk, let it learn and measure itself."""
    fill(database, now, count)
    learn_waiting(database, now)
    fit(database, now)


def _row(id_: int, topic: str, at: int, dice: random.Random) -> TicketRow:
    subject, description = text_of(topic, dice)
    hour = 3_600_000_000
    return TicketRow(
        id=id_,
        version=1,
        status=STATUS_RANKS.index(Status.RESOLVED) + 1,
        priority=PRIORITY_RANKS.index(Priority.MEDIUM) + 1,
        category_id=category(topic),
        requester_id=(ALICE, ERIN)[id_ % 2],
        assignee_id=TOPICS[topic][0],
        created_at=at,
        updated_at=at + 2 * hour,
        first_response_due=at + hour,
        first_responded_at=at + hour // 2,
        resolution_due=at + 8 * hour,
        resolved_at=at + 2 * hour,
        closed_at=None,
        replies=0,
        notes=0,
        source="desktop",
        subject=subject,
        description=description,
    )
