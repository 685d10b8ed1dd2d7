# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk on PostgreSQL as people use it: whatever they type, and when the server is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, event

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.errors import Busy, NoDesk, NotFound, WrongPassword
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import NewComment, NewTicket, TicketQuery
from helpdesk.core.schemas.users import NewSession
from helpdesk.core.settings import Settings
from tests.conftest import PASSWORD
from tests.places import postgres_copy
from tests.postgres import server


@pytest.fixture
def url(template: Path) -> Iterator[str]:
    with postgres_copy(template) as url:
        yield url


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_module.load(DataFolder(tmp_path))


@pytest.fixture
def desk(url: str, settings: Settings) -> Iterator[EmbeddedDesk]:
    desk = EmbeddedDesk.at(url, settings)
    yield desk
    desk.close()


@pytest.fixture
def alice(desk: EmbeddedDesk) -> HelpDesk:
    facade = desk.facade()
    facade.sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    return facade


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "\x00\ud800\x00"], ids=ascii)
def test_what_no_database_can_hold_is_replaced_before_it(
    desk: EmbeddedDesk, alice: HelpDesk, odd: str
):
    ticket = alice.tickets.open(NewTicket(subject=f"Jam{odd}med", description=f"since{odd}noon"))
    alice.tickets.comment(ticket.id, NewComment(body=f"still{odd}so"))
    shown = alice.tickets.view(ticket.id)
    assert "\ufffd" in shown.subject
    assert odd not in shown.subject + shown.description
    alice.tickets.search(TicketQuery(text=f"Jam{odd}"))
    with pytest.raises(WrongPassword):
        desk.facade().sessions.sign_in(NewSession(username=f"al{odd}ice", password=PASSWORD))
    with pytest.raises(WrongPassword):
        desk.facade().sessions.sign_in(NewSession(username="alice", password=f"x{odd}"))


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, 2**63, 2**200])
def test_a_number_that_no_ticket_can_have_is_not_found(alice: HelpDesk, number: int):
    with pytest.raises(NotFound):
        alice.tickets.view(number)


def test_an_operation_whose_server_is_lost_has_no_effect_and_can_be_repeated(
    desk: EmbeddedDesk, alice: HelpDesk
):
    lost: list[int] = []

    def lose(connection, _cursor, statement, *_rest):
        if "INSERT INTO event" in statement and not lost:
            bare = connection.connection.driver_connection
            lost.append(bare.info.backend_pid)
            with server().admin() as admin:
                admin.execute("SELECT pg_terminate_backend(%s, 5000)", (lost[0],))

    event.listen(Engine, "before_cursor_execute", lose)
    try:
        with pytest.raises(Busy, match="was lost; nothing was changed"):
            alice.tickets.open(NewTicket(subject="Once"))
    finally:
        event.remove(Engine, "before_cursor_execute", lose)
    assert lost
    assert alice.tickets.count(TicketQuery()).count == 0
    alice.tickets.open(NewTicket(subject="Once"))
    assert alice.tickets.count(TicketQuery()).count == 1


def test_a_desk_that_is_not_there_is_told_and_leaves_no_connection(
    empty_database: str, settings: Settings
):
    with pytest.raises(NoDesk, match="make one with: helpdesk init-db"):
        EmbeddedDesk.at(empty_database, settings)
    with psycopg.connect(empty_database) as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'Help Desk'"
        row = connection.execute(others + " AND datname = current_database()").fetchone()
        assert row == (0,)
