# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is at which ticket: seen at once, gone by leaving or by silence, and cheap to keep."""

from __future__ import annotations

import pytest

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.operation import operations_of
from helpdesk.core.schemas.presence import PRESENT_SECONDS, TYPING_SECONDS, PresenceSign
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.services.presence import Presence
from tests.conftest import SettableClock, SignIn
from tests.contract.desks import statements

pytestmark = pytest.mark.desk_kinds("local-sqlite", "http-postgresql")

LOOKS, WRITES = PresenceSign(typing=False), PresenceSign(typing=True)


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return sign_in("bob")


@pytest.fixture
def frank(sign_in: SignIn) -> HelpDesk:
    return sign_in("frank")


@pytest.fixture
def ticket(sign_in: SignIn) -> int:
    return sign_in("alice").tickets.open(NewTicket(subject="No tone")).id


def told(desk: HelpDesk) -> list[tuple[int, str, bool]]:
    return [(each.ticket_id, each.person.full_name, each.typing) for each in desk.presence.others()]


def test_others_see_who_looks_and_who_writes_and_nobody_sees_themselves(
    bob: HelpDesk, frank: HelpDesk, ticket: int
):
    bob.presence.show(ticket, LOOKS)
    assert told(frank) == [(ticket, "Bob Keller", False)]
    bob.presence.show(ticket, WRITES)
    assert told(frank) == [(ticket, "Bob Keller", True)]
    assert told(bob) == []
    bob.presence.leave(ticket)
    assert told(frank) == []
    bob.presence.leave(ticket)


def test_who_gives_no_sign_any_more_is_gone(
    bob: HelpDesk, frank: HelpDesk, ticket: int, clock: SettableClock
):
    bob.presence.show(ticket, WRITES)
    (there,) = frank.presence.others()
    assert there.expires_in == TYPING_SECONDS
    clock.forward(seconds=TYPING_SECONDS + 1)
    (there,) = frank.presence.others()
    assert (there.typing, there.expires_in) == (False, PRESENT_SECONDS - TYPING_SECONDS - 1)
    clock.forward(seconds=there.expires_in + 1)
    assert told(frank) == []
    bob.presence.show(ticket, LOOKS)
    assert told(frank) == [(ticket, "Bob Keller", False)]


def test_windows_hear_of_news_and_not_of_signs_of_life(
    bob: HelpDesk, frank: HelpDesk, sign_in: SignIn, ticket: int, clock: SettableClock
):
    alice = sign_in("alice")
    cursor = frank.tickets.changes("").cursor
    bob.presence.show(ticket, LOOKS)
    news = frank.tickets.changes(cursor)
    assert [(each.kind, each.ids) for each in news.others] == [("presence", (ticket,))]
    assert news.ticket_ids == ()
    assert alice.tickets.changes(cursor).others == ()
    clock.forward(seconds=20)
    bob.presence.show(ticket, LOOKS)
    assert frank.tickets.changes(news.cursor).others == ()
    bob.presence.show(ticket, WRITES)
    assert frank.tickets.changes(news.cursor).others != ()


@pytest.mark.desk_kinds("local-sqlite")
def test_signs_are_cheap_and_few(bob: HelpDesk, frank: HelpDesk, sign_in: SignIn, ticket: int):
    bob.presence.show(ticket, LOOKS)
    with statements() as sent:
        bob.presence.show(ticket, LOOKS)
    assert not [each for each in sent if not each.startswith("SELECT")]
    alice = sign_in("alice")
    for number in range(12):
        bob.presence.show(alice.tickets.open(NewTicket(subject=f"Tone {number}")).id, LOOKS)
    assert len(frank.presence.others()) == 8


def test_a_sign_keeps_no_session_alive():
    assert all(each.declaration.passive for each in operations_of(Presence).values())
