# SPDX-License-Identifier: GPL-3.0-or-later
"""However much people were told: reading, counting and asking whom to tell walk an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.notifications import (
    DeliveryQuery,
    DeliveryState,
    Happening,
    NotificationQuery,
    OutboxChannel,
)
from helpdesk.core.schemas.users import Role
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import Notification, OutboxMessage, User
from helpdesk.repositories.deliveries import DeliveryRepository
from helpdesk.repositories.notifications import NotificationRepository
from tests.contract.desks import opened

pytestmark = pytest.mark.desk_kinds("local-sqlite")


@pytest.fixture(scope="module", params=["no statistics", "statistics"])
def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, template: Path
) -> Iterator[EmbeddedDesk]:
    with opened(tmp_path_factory.mktemp("plans"), template) as embedded:
        row: dict[str, Any] = {
            "at": datetime(2026, 11, 23, tzinfo=UTC), "happening": Happening.NOTED, "title": "",
            "text": "", "why": "", "urgent": False, "shown": False, "ticket_id": None,
        }  # fmt: skip
        with embedded.database.writing() as session:
            rows = [{**row, "person_id": n % 6 + 1, "read": n % 7 > 0} for n in range(600)]
            session.execute(insert(Notification), rows)
            session.execute(insert(OutboxMessage), [_message(n, row["at"]) for n in range(600)])
            session.add_all(
                User.new(f"person{n}", f"Person {n}", None, Role.USER, row["at"])
                for n in range(300)
            )
        if request.param == "statistics":
            assert isinstance(embedded.database, SqliteManager)
            with closing(embedded.database.connect()) as connection:
                connection.execute("ANALYZE")
        yield embedded


def _message(number: int, at: datetime) -> dict[str, Any]:
    state = DeliveryState.PARKED if number % 100 == 0 else DeliveryState.SENT
    return {
        "key": str(number), "channel": OutboxChannel.MAIL, "state": state, "person_id": 1,
        "digest": False, "for_staff": False, "subject": "", "body": "{}", "created_at": at,
        "next_try_at": at, "attempts": 1, "doubts": 0, "problem": "",
    }  # fmt: skip


def plan_of(
    desk: EmbeddedDesk, read: Callable[[Any], Any], repository: Any = NotificationRepository
) -> str:
    sent: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with desk.database.reading() as session:
            read(repository(session))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert isinstance(desk.database, SqliteManager)
    with closing(desk.database.connect()) as connection:
        rows = [
            row
            for statement, parameters in sent
            if "SELECT" in statement
            for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
        return "\n".join(row[3] for row in rows)


def test_a_page_is_a_walk_from_the_newest(desk: EmbeddedDesk):
    plan = plan_of(desk, lambda r: r.page(1, NotificationQuery(), staff=True))
    assert "SEARCH notification USING INDEX ix_notification_person_id (person_id=?)" in plan
    assert "TEMP B-TREE" not in plan
    newer = plan_of(desk, lambda r: r.page(1, NotificationQuery(after_id=500), staff=True))
    assert "(person_id=? AND id>?)" in newer


def test_counting_what_is_unread_reads_an_index_alone(desk: EmbeddedDesk):
    plan = plan_of(desk, lambda r: r.unread(1, staff=True))
    wanted = "SEARCH notification USING COVERING INDEX ix_notification_unread"
    assert plan.count(f"{wanted} (person_id=? AND read=? AND urgent=?)") == 2


@pytest.mark.parametrize("state", DeliveryState)
def test_messages_of_a_state_and_their_numbers_are_ranges_of_indexes(
    desk: EmbeddedDesk, state: DeliveryState
):
    now, query = datetime(2026, 11, 23, tzinfo=UTC), DeliveryQuery(states=(state,))
    plan = plan_of(desk, lambda r: r.page(query, now), DeliveryRepository)
    assert "SEARCH outbox_message USING INDEX ix_outbox_message_state_id (state=?)" in plan
    assert "TEMP B-TREE" not in plan
    counted = "USING COVERING INDEX ix_outbox_message_state_created_at (state=? AND created_at>?)"
    assert plan.count(counted) == 3


@pytest.mark.parametrize("whom", [{}, {"team_id": 1}, {"askers": True}])
def test_asking_whom_to_tell_reads_no_table_whole(desk: EmbeddedDesk, whom: dict[str, Any]):
    plan = plan_of(desk, lambda r: r.recipients([1, 2], mail_fact="mail_settings", **whom))
    assert "SEARCH user USING INTEGER PRIMARY KEY (rowid=?)" in plan
    whole = {line for line in plan.splitlines() if line.startswith("SCAN ")}
    assert whole <= {"SCAN CONSTANT ROW"}
