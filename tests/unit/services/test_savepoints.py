# SPDX-License-Identifier: GPL-3.0-or-later
"""Of an attempt that fails nothing stays, be it in the database or on its way there."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from sqlalchemy import select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.notifications import (
    ChatKind,
    Delivery,
    Happening,
    Preference,
    PreferencesChange,
)
from helpdesk.core.schemas.rules import Action, ActionKind, Audience, RunOutcome, Trigger
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.models import ChatChannel, NotificationSetting
from helpdesk.repositories.rules import Firing, NewRun
from helpdesk.services.notifying import Notifying
from helpdesk.services.rule_engine import _ONLY_IN_MEMORY
from helpdesk.services.work import Transacted, Work
from tests.conftest import SettableClock, SignIn
from tests.contract.desks import statements
from tests.unit.services.rule_desks import BOB, DANA, rule, working
from tests.unit.services.telling import Telling

pytestmark = pytest.mark.desk_kinds("local-sqlite")


@pytest.fixture
def telling(embedded: EmbeddedDesk) -> Telling:
    """Return a desk whose dana wants a daily mail of what rules tell."""
    telling = Telling(embedded)
    daily = Preference(happening=Happening.ESCALATED, app=True, desktop=False, mail=Delivery.DIGEST)
    telling.as_("dana").notifications.change_preferences(PreferencesChange(choices=(daily,)))
    return telling


def has_plan(telling: Telling) -> bool:
    planned = select(NotificationSetting.next_digest_at).where(
        NotificationSetting.person_id == DANA
    )
    with telling.embedded.database.reading() as session:
        return session.scalar(planned) is not None


def test_nothing_waits_and_nothing_is_known(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock
):
    ticket_id = sign_in("alice").tickets.open(NewTicket(subject="No tone")).id
    fired = Firing(1, "A rule", None, None)
    run = NewRun(1, ticket_id, None, clock.now, RunOutcome.FIRED, "once", "{}")
    with working(embedded, clock.now) as work:
        desk = work.desk
        with pytest.raises(ZeroDivisionError), desk.attempt():  # noqa: PT012 - undone together
            desk.facts.set("figures_zone", "Pacific/Auckland")
            desk.ticket_figures.count(ticket_id, is_new=False, has_moved=True)
            desk.rules.note_turn(fired, BOB)
            desk.rules.note_firing(fired.id)
            desk.rules.log(run)
            raise ZeroDivisionError
        assert desk.facts.get("figures_zone") == "UTC"
        assert desk.rules.turn_of(fired) is None
        assert desk.rules.ran(("once",)) == frozenset()
        with statements() as sent:
            desk.ticket_figures.write(0)
            desk.rules.keep_firings(clock.now)
        assert sent == []


def test_a_digest_is_planned_only_for_what_stays(telling: Telling):
    ticket_id = telling.ticket().id

    def tell(work: Work, *, fails: bool) -> None:
        ticket = work.desk.tickets.get(ticket_id)
        with work.desk.attempt_in_memory(ticket):
            Notifying(work).tell_of(ticket, Happening.ESCALATED, [DANA], text="Late", why="Rule")
            if fails:
                raise ZeroDivisionError

    def in_vain(work: Work) -> None:
        with pytest.raises(ZeroDivisionError):
            tell(work, fails=True)

    telling.act(in_vain)
    assert not has_plan(telling)
    telling.act(lambda work: tell(work, fails=False))
    assert has_plan(telling)


def test_no_statement_writes_where_only_memory_is_put_back(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
):
    sent: list[str] = []
    attempts = 0
    real = Transacted.attempt_in_memory

    @contextmanager
    def watched(desk: Transacted, *changed):
        nonlocal attempts
        attempts += 1
        with real(desk, *changed), statements() as seen:
            yield
        sent.extend(seen)

    admin = telling.as_("dana")
    with telling.embedded.database.writing() as session:
        values = {"name": "#ops", "host": "hooks.slack.com", "problem": ""}
        channel = ChatChannel(kind=ChatKind.SLACK, **values)
        session.add(channel)
        session.flush()
        channel_id = channel.id
    actions = (
        Action(kind=ActionKind.NOTIFY, audiences=(Audience.ADMINS,), text="Look"),
        Action(kind=ActionKind.POST, target_id=channel_id, text="Look"),
        Action(kind=ActionKind.SET_PRIORITY, value="low"),
        Action(kind=ActionKind.RAISE_PRIORITY),
    )
    assert {each.kind for each in actions} == _ONLY_IN_MEMORY
    admin.rules.add(rule("All at once", Trigger.CREATED, *actions))
    monkeypatch.setattr(Transacted, "attempt_in_memory", watched)
    telling.as_("alice").tickets.open(NewTicket(subject="No tone"))
    assert attempts == len(actions)
    assert [each for each in sent if not each.startswith("SELECT")] == []
    assert has_plan(telling)
