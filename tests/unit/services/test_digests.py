# SPDX-License-Identifier: GPL-3.0-or-later
"""One mail a day of all that waits: once, at its time, and for who may still read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.notifications import (
    Delivery,
    DeliveryState,
    Happening,
    MailBody,
    Preference,
    PreferencesChange,
)
from helpdesk.core.schemas.tickets import NewComment
from helpdesk.core.schemas.users import Role
from helpdesk.jobs.digests import make_digests
from helpdesk.models import NotificationSetting, OutboxMessage, User
from helpdesk.repositories.outbox import OutboxRepository
from helpdesk.services import digests
from helpdesk.services.delivering import Delivering
from tests.conftest import SettableClock
from tests.outboxes import use_mail
from tests.smtp_server import mail_server
from tests.unit.services.telling import Telling

pytestmark = pytest.mark.desk_kinds("local-sqlite", "local-postgresql")
H = Happening
MORNING = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
"""Eight o'clock in Berlin."""


@pytest.fixture
def desk(embedded: EmbeddedDesk) -> Telling:
    desk = Telling(embedded)
    daily = tuple(
        Preference(happening=each, app=True, desktop=False, mail=Delivery.DIGEST)
        for each in (H.CUSTOMER_REPLIED, H.NOTED, H.CHANGED)
    )
    wanted = PreferencesChange(choices=daily, time_zone="Europe/Berlin")
    desk.as_("bob").notifications.change_preferences(wanted)
    return desk


def say(
    desk: Telling, ticket: int, text: str, by: str = "alice", *, internal: bool = False
) -> None:
    desk.as_(by).tickets.comment(ticket, NewComment(body=text, internal=internal))


def planned(desk: Telling) -> dict[str, datetime | None]:
    statement = select(NotificationSetting.person_id, NotificationSetting.next_digest_at)
    with desk.embedded.database.reading() as session:
        return {desk.names[id_]: at for id_, at in session.execute(statement)}


def whole(desk: Telling) -> list[OutboxMessage]:
    """Return what is sent by itself."""
    return [row for row in desk.messages() if not row.digest]


def test_what_waits_becomes_one_mail_at_its_time(desk: Telling, clock: SettableClock):
    first, second = desk.given().id, desk.given().id
    say(desk, first, "Still jams.")
    say(desk, second, "No tone.")
    clock.forward(minutes=5)
    say(desk, first, "Now it burns.")
    assert planned(desk) == {"bob": MORNING}
    assert [row.next_try_at for row in desk.messages()] == [MORNING] * 3
    assert whole(desk) == []
    assert make_digests(desk.embedded, MORNING - timedelta(seconds=1)) == 0
    assert make_digests(desk.embedded, MORNING) == 1
    (mail,) = whole(desk)
    body = MailBody.model_validate_json(mail.body)
    assert mail.subject == "Your digest: 3 things on 2 tickets"
    assert (mail.state, mail.next_try_at, mail.ticket_id) == (DeliveryState.WAITING, MORNING, None)
    assert body.to_name == "Bob Keller"
    # The ticket that something happened to last stands last.
    assert body.lines == (
        f"HD-{second} Printer jams",
        f"23 Nov, 10:00 – Alice Moreau replied to HD-{second}: No tone.",
        f"HD-{first} Printer jams",
        f"23 Nov, 10:00 – Alice Moreau replied to HD-{first}: Still jams.",
        f"23 Nov, 10:05 – Alice Moreau replied to HD-{first}: Now it burns.",
    )
    parts = [row for row in desk.messages() if row.digest]
    assert {(row.state, row.sent_at) for row in parts} == {(DeliveryState.SENT, MORNING)}
    assert planned(desk) == {"bob": None}
    assert make_digests(desk.embedded, MORNING + timedelta(days=3)) == 0


def test_nothing_is_lost_and_nothing_sent_twice_when_it_is_cut_off(
    desk: Telling, monkeypatch: pytest.MonkeyPatch
):
    say(desk, desk.given().id, "Still jams.")
    add = OutboxRepository.add

    def cut(self: OutboxRepository, rows: Sequence[Mapping[str, Any]]) -> None:
        add(self, rows)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(OutboxRepository, "add", cut)
        with pytest.raises(KeyboardInterrupt):
            make_digests(desk.embedded, MORNING)
    assert whole(desk) == []
    assert planned(desk) == {"bob": MORNING}
    assert make_digests(desk.embedded, MORNING) == 1
    assert len(whole(desk)) == 1


def test_who_left_the_staff_gets_no_internal_things(desk: Telling, clock: SettableClock):
    ticket = desk.given().id
    say(desk, ticket, "A secret note.", by="frank", internal=True)
    with desk.embedded.database.writing() as session:
        session.execute(update(User).where(User.username == "bob").values(role=Role.USER))
    assert make_digests(desk.embedded, MORNING) == 0
    (part,) = desk.messages()
    assert (part.state, part.sent_at) == (DeliveryState.DROPPED, None)
    assert part.problem


@pytest.mark.parametrize("change", [{"role": Role.USER}, {"active": False}], ids=str)
def test_who_leaves_while_a_digest_is_on_its_way_gets_none(
    desk: Telling, clock: SettableClock, change: dict[str, object]
):
    ticket = desk.given().id
    say(desk, ticket, "A secret note.", by="frank", internal=True)
    assert make_digests(desk.embedded, MORNING) == 1
    with desk.embedded.database.writing() as session:
        session.execute(update(User).where(User.username == "bob").values(**change))
    clock.now = MORNING + timedelta(minutes=30)
    with mail_server() as server:
        use_mail(desk.embedded.database, server.port)
        assert Delivering(desk.embedded.database, desk.embedded.settings, clock()).run() == 0
        assert server.received == []
    (mail,) = whole(desk)
    assert (mail.state, mail.sent_at) == (DeliveryState.DROPPED, None)
    assert mail.problem


@pytest.mark.desk_kinds("local-sqlite")
def test_a_digest_of_one_s_own_tickets_arrives_whatever_one_has_become(
    desk: Telling, clock: SettableClock
):
    daily = Preference(happening=H.ANSWERED, app=True, desktop=False, mail=Delivery.DIGEST)
    desk.as_("bob").notifications.change_preferences(PreferencesChange(choices=(daily,)))
    say(desk, desk.ticket(by="bob").id, "Restart it.", by="frank")
    assert make_digests(desk.embedded, MORNING) == 1
    with desk.embedded.database.writing() as session:
        session.execute(update(User).where(User.username == "bob").values(role=Role.USER))
    clock.now = MORNING
    with mail_server() as server:
        use_mail(desk.embedded.database, server.port)
        assert Delivering(desk.embedded.database, desk.embedded.settings, clock()).run() == 1
        assert len(server.received) == 1


@pytest.mark.desk_kinds("local-sqlite")
def test_a_new_time_holds_for_what_waits_already(desk: Telling):
    say(desk, desk.given().id, "Still jams.")
    change = PreferencesChange(digest_at=17 * 60, time_zone="Asia/Tokyo")
    desk.as_("bob").notifications.change_preferences(change)
    afternoon = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert planned(desk) == {"bob": afternoon}
    assert [row.next_try_at for row in desk.messages()] == [afternoon]


@pytest.mark.desk_kinds("local-sqlite")
def test_who_has_set_nothing_else_gets_a_digest_too(desk: Telling):
    choice = Preference(happening=H.ANSWERED, app=True, desktop=False, mail=Delivery.DIGEST)
    alice = desk.as_("alice").notifications
    alice.change_preferences(PreferencesChange(choices=(choice,)))
    ticket = desk.given().id
    say(desk, ticket, "Restart it.", by="bob")
    say(desk, ticket, "Did you?", by="bob")
    assert planned(desk) == {"bob": None, "alice": datetime(2026, 11, 24, 8, 0, tzinfo=UTC)}
    assert alice.preferences().digest_at == 8 * 60


@pytest.mark.desk_kinds("local-sqlite")
def test_a_clock_gone_wrong_holds_no_digest_back_for_years(desk: Telling, clock: SettableClock):
    ticket = desk.given().id
    right = clock.now
    with desk.embedded.database.writing() as session:
        session.execute(
            update(NotificationSetting).values(next_digest_at=right + timedelta(days=3650))
        )
    say(desk, ticket, "Still jams.")
    assert planned(desk) == {"bob": MORNING}
    with desk.embedded.database.writing() as session:
        session.execute(
            update(NotificationSetting).values(next_digest_at=right + timedelta(days=3650))
        )
    assert make_digests(desk.embedded, right) == 1


@pytest.mark.desk_kinds("local-sqlite")
def test_a_digest_is_bounded(desk: Telling, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(digests, "_MOST_LINES", 3)
    ticket = desk.given().id
    for number in range(4):
        say(desk, ticket, f"Line {number}")
    assert make_digests(desk.embedded, MORNING) == 1
    (mail,) = whole(desk)
    lines = MailBody.model_validate_json(mail.body).lines
    assert len(lines) == 4
    assert lines[-1] == "And 2 more; the window shows all."


def test_who_follows_no_more_reads_nothing_of_the_ticket_in_a_digest(desk: Telling):
    daily = Preference(happening=H.FOLLOWED, app=True, desktop=False, mail=Delivery.DIGEST)
    desk.as_("erin").notifications.change_preferences(
        PreferencesChange(choices=(daily,), time_zone="Europe/Berlin")
    )
    left, kept = desk.given().id, desk.given().id
    erin = desk.id_of("erin")
    for ticket in (left, kept):
        desk.as_("bob").watchers.add(ticket, erin)
    say(desk, left, "The secret is 42.", by="bob")
    say(desk, kept, "Restart it.", by="bob")
    desk.as_("bob").watchers.remove(left, erin)
    say(desk, left, "Nobody else is told.", by="bob")
    assert make_digests(desk.embedded, MORNING) == 1
    [mail] = [row for row in whole(desk) if row.person_id == erin]
    assert "Restart it." in mail.body
    assert "42" not in mail.body
    states = {row.ticket_id: row.state for row in desk.messages() if row.digest}
    assert states == {left: DeliveryState.DROPPED, kept: DeliveryState.SENT}
