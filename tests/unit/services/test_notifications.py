# SPDX-License-Identifier: GPL-3.0-or-later
"""One's own notifications and how one is told: nobody else's are seen, marked or changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, select, update

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import Invalid
from helpdesk.core.notification_defaults import CONCERNS, USUAL
from helpdesk.core.schemas.notifications import (
    Delivery,
    Happening,
    NotificationQuery,
    Preference,
    PreferencesChange,
    Seen,
)
from helpdesk.core.schemas.tickets import NewComment, NewTicket
from helpdesk.core.schemas.users import Role
from helpdesk.models import Notification, NotificationChoice, NotificationSetting, User
from tests.contract.desks import dump
from tests.unit.services.telling import Telling

pytestmark = pytest.mark.desk_kinds("local-sqlite", "http-postgresql")
EVERYTHING = NotificationQuery()


@pytest.fixture
def desk(embedded: EmbeddedDesk) -> Telling:
    return Telling(embedded)


def tell(desk: Telling, who: str, count: int, *, urgent: int = 0) -> None:
    """Let somebody have some notifications, the last ones urgent."""
    row = {
        "person_id": desk.id_of(who), "at": datetime(2026, 11, 23, tzinfo=UTC), "ticket_id": None,
        "happening": Happening.NOTED, "actor_id": None, "text": "", "why": "", "shown": True,
    }  # fmt: skip
    rows = [
        {**row, "title": f"{who} {number}", "urgent": number >= count - urgent}
        for number in range(count)
    ]
    with desk.embedded.database.writing() as session:
        session.execute(insert(Notification), rows)


def test_one_reads_ones_own_newest_first_page_by_page(desk: Telling):
    tell(desk, "bob", 5, urgent=2)
    tell(desk, "frank", 3)
    bob = desk.as_("bob").notifications
    page = bob.search(NotificationQuery(limit=2))
    assert [item.title for item in page.items] == ["bob 4", "bob 3"]
    assert (page.unread, page.urgent_unread, page.has_more) == (5, 2, True)
    rest = bob.search(NotificationQuery(before_id=page.items[-1].id))
    assert [item.title for item in rest.items] == ["bob 2", "bob 1", "bob 0"]
    assert not rest.has_more
    news = bob.search(NotificationQuery(after_id=rest.items[0].id))
    assert news.items == page.items
    assert (news.items[0].ticket_id, news.items[0].number, news.items[0].actor) == (None, "", None)


def test_each_opens_its_ticket_and_says_who_did_it(desk: Telling):
    ticket = desk.given()
    desk.as_("alice").tickets.comment(ticket.id, NewComment(body="Still jams."))
    (item,) = desk.as_("bob").notifications.search(EVERYTHING).items
    assert (item.happening, item.ticket_id, item.number) == (
        Happening.CUSTOMER_REPLIED,
        ticket.id,
        ticket.number,
    )
    assert item.actor is not None
    assert item.actor.full_name == "Alice Moreau"
    assert (item.title, item.text) == (f"Alice Moreau replied to {ticket.number}", "Still jams.")


def test_an_open_window_hears_of_it_at_once(desk: Telling):
    bob, frank = desk.as_("bob"), desk.as_("frank")
    ticket = desk.given()
    cursors = bob.tickets.changes("").cursor, frank.tickets.changes("").cursor
    desk.as_("alice").tickets.comment(ticket.id, NewComment(body="Still jams."))
    (heard,) = bob.tickets.changes(cursors[0]).others
    assert (heard.kind, heard.ids) == ("notification", (desk.id_of("bob"),))
    assert frank.tickets.changes(cursors[1]).others == ()


def test_marking_changes_ones_own_alone(desk: Telling):
    tell(desk, "frank", 2)
    tell(desk, "bob", 4, urgent=1)
    bob, frank = desk.as_("bob").notifications, desk.as_("frank").notifications
    hers = tuple(item.id for item in frank.search(EVERYTHING).items)
    own = [item.id for item in bob.search(EVERYTHING).items]
    cursor = desk.as_("bob").tickets.changes("").cursor
    page = bob.mark(Seen(ids=(own[0], *hers)))
    assert (page.unread, page.urgent_unread) == (3, 0)
    assert frank.search(EVERYTHING).unread == 2
    (heard,) = desk.as_("bob").tickets.changes(cursor).others
    assert (heard.kind, heard.ids) == ("notification", (desk.id_of("bob"),))
    unread = bob.search(NotificationQuery(unread_only=True))
    assert [item.id for item in unread.items] == own[1:]
    page = bob.mark(Seen(until_id=own[2]))
    assert page.unread == 1
    # The system tells of what nobody has read, and of nothing twice.
    assert [item.shown for item in page.items] == [False, True, False, False]
    assert bob.mark(Seen(ids=(own[3],), unread=True)).unread == 2
    bob.mark(Seen(until_id=max(hers)))
    assert frank.search(EVERYTHING).unread == 2
    with pytest.raises(Invalid):
        bob.mark(Seen())


def test_who_left_the_staff_reads_no_more_of_its_affairs(desk: Telling):
    tell(desk, "bob", 2)
    bob = desk.as_("bob")
    bob.tickets.open(NewTicket(subject="My own"))
    with desk.embedded.database.writing() as session:
        session.execute(update(User).where(User.username == "bob").values(role=Role.USER))
    page = bob.notifications.search(EVERYTHING)
    assert [item.happening for item in page.items] == [Happening.RECEIVED]
    assert page.unread == 1


@pytest.mark.desk_kinds("local-sqlite")
@pytest.mark.parametrize("name", ["alice", "bob", "charlie"])
def test_preferences_are_the_usual_ones_of_the_role_until_they_are_changed(
    desk: Telling, name: str
):
    own = desk.as_(name)
    role = own.sessions.current().user.role
    before = dump(desk.embedded.database)
    found = own.notifications.preferences()
    assert found.choices == tuple(USUAL[each] for each in CONCERNS[role])
    assert (found.quiet, found.quiet_from, found.quiet_until) == (False, 1_320, 420)
    assert (found.digest_at, found.sound, found.urgent_breaks_quiet) == (480, True, True)
    assert (found.time_zone, found.email) == ("UTC", f"{name}@corp.example")
    assert found.mail_works
    assert dump(desk.embedded.database) == before


def test_changing_touches_only_what_is_set_and_only_ones_own(desk: Telling):
    bob, frank = desk.as_("bob").notifications, desk.as_("frank").notifications
    others = frank.preferences()
    mine = Preference(happening=Happening.NOTED, app=False, desktop=True, mail=Delivery.DIGEST)
    changed = bob.change_preferences(PreferencesChange(choices=(mine,), time_zone="Asia/Tokyo"))
    assert mine in changed.choices
    assert changed.time_zone == "Asia/Tokyo"
    again = bob.change_preferences(PreferencesChange(quiet=True, sound=False))
    assert again == changed.model_copy(update={"quiet": True, "sound": False})
    assert bob.preferences() == again
    assert frank.preferences() == others
    # What is chosen as it usually is needs no row: a later program's usual way holds for it.
    bob.change_preferences(PreferencesChange(choices=(USUAL[Happening.NOTED],)))
    with desk.embedded.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(NotificationChoice)) == 0
        assert session.scalars(select(NotificationSetting.person_id)).all() == [desk.id_of("bob")]


def off(happening: Happening) -> PreferencesChange:
    choice = Preference(happening=happening, app=False, desktop=False, mail=Delivery.OFF)
    return PreferencesChange(choices=(choice,))


@pytest.mark.desk_kinds("local-sqlite")
@pytest.mark.parametrize(
    ("who", "change", "field"),
    [
        ("alice", off(Happening.NOTED), "choices"),
        ("bob", off(Happening.URGENT), "choices"),
        ("bob", PreferencesChange(choices=(USUAL[Happening.NOTED],) * 2), "choices"),
        ("bob", PreferencesChange(time_zone="Mars/Olympus"), "time_zone"),
        ("bob", PreferencesChange(time_zone="Europe"), "time_zone"),
        ("bob", PreferencesChange(quiet=True, quiet_from=60, quiet_until=60), "quiet_until"),
    ],
)
def test_what_makes_no_sense_is_refused(
    desk: Telling, who: str, change: PreferencesChange, field: str
):
    own = desk.as_(who).notifications
    before = dump(desk.embedded.database)
    with pytest.raises(Invalid) as refused:
        own.change_preferences(change)
    assert refused.value.field == field
    assert dump(desk.embedded.database) == before


def test_the_program_itself_is_told_of_nothing(desk: Telling):
    with pytest.raises(Invalid):
        desk.embedded.as_system().notifications.search(EVERYTHING)
