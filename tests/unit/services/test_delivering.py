# SPDX-License-Identifier: GPL-3.0-or-later
"""E07 and K02: whatever a mail server or a chat does, nothing is lost and nothing comes thrice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from helpdesk.channels import mail_message
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.notifications import DeliveryState, Happening, OutboxChannel
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.models import ChatChannel, OutboxMessage, User
from helpdesk.repositories.deliveries import LEASE, DeliveryRepository
from helpdesk.services import delivering
from helpdesk.services.delivering import MOST_TRIES, Delivering, Seams, is_waiting
from tests.conftest import SettableClock
from tests.contract.desks import opened_again
from tests.faults.model_server import Call, Play, model_server, says
from tests.matrix import LOCAL, LOCAL_SQLITE
from tests.outboxes import a_chat, person_id, put, rows, states, use_mail, waits_until
from tests.smtp_server import CUT, MailServer, Step, mail_server

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE)
WAITING, SENT, PARKED, DROPPED = DeliveryState
MINUTE = timedelta(minutes=1)
KEYS = ("k1", "k2", "k3")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


class Desk:
    """A desk whose mail goes to the server, and whose outbox is seen to when told."""

    def __init__(self, embedded: EmbeddedDesk, clock: SettableClock) -> None:
        self.embedded, self.clock, self.database = embedded, clock, embedded.database
        self.settings = embedded.settings
        self.seconds = 0.0

    def put(self, *keys: str, **more: Any) -> None:
        put(self.database, keys, self.clock(), **more)

    def run(self) -> int:
        """Send what is due, by dice that always fall on the longest wait."""
        seams = Seams(dice=lambda: 1.0, elapsed=lambda: self.seconds)
        return Delivering(self.database, self.settings, self.clock(), seams).run()

    def states(self) -> list[DeliveryState]:
        return list(states(self.database).values())

    def problem(self, key: str) -> str:
        return rows(self.database)[key].problem


@pytest.fixture
def desk(embedded: EmbeddedDesk, clock: SettableClock, server: MailServer) -> Desk:
    use_mail(embedded.database, server.port)
    return Desk(embedded, clock)


def failing(command: str, answer: str, *, times: int = 10**6) -> Callable[[Step], str | None]:
    return lambda step: answer if step.command == command and step.before < times else None


# --- mail ----------------------------------------------------------------------------------------


def test_what_waits_is_sent_in_order_over_one_connection(desk: Desk, server: MailServer):
    later = desk.clock() + timedelta(hours=1)
    desk.put("quiet", next_try_at=later)
    desk.put("part", digest=True)
    desk.put(*KEYS)
    assert desk.run() == 3
    assert [each.id for each in server.received] == [f"<{key}@corp.example>" for key in KEYS]
    assert server.connections == 1
    assert desk.states() == [WAITING, WAITING, SENT, SENT, SENT]
    assert desk.run() == 0
    assert not is_waiting(desk.database, desk.settings, desk.clock())
    desk.clock.forward(hours=1)
    assert desk.run() == 1


def test_a_server_that_is_down_for_an_hour_loses_nothing(desk: Desk, server: MailServer):
    server.down()
    desk.put(*KEYS)
    for minute in range(60):
        assert desk.run() == 0
        if minute == 30:
            desk.put("k4")
        desk.clock.forward(minutes=1)
    assert set(desk.states()) == {WAITING}
    # It is no fault of theirs: no try is counted, and an admin sees why they wait.
    assert rows(desk.database)["k1"].attempts == 0
    assert "cannot be reached" in desk.problem("k1")
    server.up()
    desk.clock.forward(minutes=15)
    assert desk.run() == 4
    assert list(server.ids.values()) == [1] * 4
    assert [each.id for each in server.received][-1] == "<k4@corp.example>"
    desk.put("k5")
    assert desk.run() == 1


def test_the_server_is_left_alone_longer_and_longer(desk: Desk, server: MailServer):
    server.play = failing("EHLO", "421 too busy")
    desk.put("k1")
    asked: list[int] = []
    for minute in range(60):
        if desk.run() == 0 and server.asked["EHLO "] > len(asked):
            asked.append(minute)
        desk.clock.forward(minutes=1)
    assert asked == [0, 1, 3, 7, 15, 30, 45]


def test_wrong_settings_park_nothing(desk: Desk, server: MailServer):
    server.play = failing("MAIL", "550 5.7.60 not your address")
    desk.put(*KEYS)
    assert desk.run() == 0
    assert desk.states() == [WAITING] * 3
    assert "refuses the sender" in desk.problem("k1")
    assert server.asked["MAIL "] == 1
    server.play = lambda _step: None
    desk.clock.forward(minutes=15)
    assert desk.run() == 3


def test_a_mailbox_that_is_busy_is_tried_again_and_others_go_on(desk: Desk, server: MailServer):
    database = desk.database
    desk.put("k1", person_id=person_id(database, "erin"))
    desk.put("k2", person_id=person_id(database, "alice"))

    def busy(step: Step) -> str | None:
        is_first = step.command == "RCPT" and step.before < 2
        return "450 4.2.1 busy" if is_first and "erin" in step.to else None

    server.play = busy
    assert desk.run() == 1
    assert states(database) == {"k1": WAITING, "k2": SENT}
    assert desk.problem("k1") == "The mail server takes the message later: 450 4.2.1 busy"
    assert waits_until(database, "k1", desk.clock()) == MINUTE
    desk.clock.forward(minutes=1)
    assert desk.run() == 0
    assert waits_until(database, "k1", desk.clock()) == 2 * MINUTE
    desk.clock.forward(minutes=2)
    assert desk.run() == 1
    assert (rows(database)["k1"].attempts, desk.problem("k1")) == (3, "")


def test_what_is_refused_for_good_is_parked_and_others_go_on(desk: Desk, server: MailServer):
    desk.put("k1", person_id=person_id(desk.database, "erin"))
    desk.put("k2")
    server.play = lambda step: "550 5.1.1 no such user" if step.to.startswith("erin") else None
    assert desk.run() == 1
    assert states(desk.database) == {"k1": PARKED, "k2": SENT}
    assert "550 5.1.1 no such user" in desk.problem("k1")
    desk.clock.forward(days=30)
    assert desk.run() == 0


def test_after_too_many_tries_it_is_parked(desk: Desk, server: MailServer):
    server.play = failing("RCPT", "450 4.2.1 busy")
    desk.put("k1")
    waits = []
    while desk.run() == 0 and states(desk.database)["k1"] is WAITING:
        waits.append(waits_until(desk.database, "k1", desk.clock()))
        desk.clock.forward(hours=1)
    assert len(waits) == MOST_TRIES - 1
    assert waits == [MINUTE * min(2**number, 60) for number in range(MOST_TRIES - 1)]
    assert desk.problem("k1").startswith("It was tried 12 times: ")


@pytest.mark.parametrize("cuts", [1, 2])
def test_cut_after_the_data_it_comes_twice_at_most(desk: Desk, server: MailServer, cuts: int):
    server.play = failing("DATA", CUT, times=cuts)
    desk.put("k1")
    for _ in range(20):
        desk.run()
        desk.clock.forward(hours=1)
    assert server.ids == {"<k1@corp.example>": 2}
    assert states(desk.database)["k1"] is (SENT if cuts == 1 else PARKED)
    if cuts == 2:
        assert "nobody knows whether it arrived" in desk.problem("k1")


def test_one_message_that_ends_every_connection_stops_no_other(desk: Desk, server: MailServer):
    desk.put("k1", person_id=person_id(desk.database, "erin"))
    desk.put("k2", "k3")
    server.play = lambda step: CUT if step.to.startswith("erin") else None
    assert desk.run() == 2
    assert desk.states() == [WAITING, SENT, SENT]
    assert "broke off" in desk.problem("k1")


def test_a_server_that_ends_every_connection_is_left_alone(desk: Desk, server: MailServer):
    server.play = failing("RCPT", CUT)
    desk.put(*(f"k{number}" for number in range(9)))
    assert desk.run() == 0
    assert server.connections == 3
    assert set(desk.states()) == {WAITING}


def test_a_connection_that_carried_enough_is_made_anew(desk: Desk, server: MailServer):
    def three_each(step: Step) -> str | None:
        return "421 enough" if step.command == "MAIL" and step.before % 3 == 2 else None

    server.play = three_each
    desk.put(*(f"k{number}" for number in range(6)))
    assert desk.run() == 6
    assert set(server.ids.values()) == {1}
    assert all(row.attempts == 1 for row in rows(desk.database).values())


def test_many_mails_leave_in_one_go(desk: Desk, server: MailServer):
    desk.put(*(f"k{number}" for number in range(100)))
    assert desk.run() == 100
    assert server.connections == 1
    assert set(server.ids.values()) == {1}


def test_a_run_ends_before_its_lease_and_leaves_the_rest_as_it_was(desk: Desk, server: MailServer):
    def slow(step: Step) -> str | None:
        desk.seconds += 10 if step.command == "DATA" else 0
        return None

    server.play = slow
    desk.put(*(f"k{number}" for number in range(9)))
    assert desk.run() == 5
    left = [row for row in rows(desk.database).values() if row.state is WAITING]
    assert [(row.attempts, row.leased_until) for row in left] == [(0, None)] * 4
    desk.seconds = 0
    assert desk.run() == 4


def test_while_mail_is_off_it_waits(desk: Desk, server: MailServer):
    use_mail(desk.database, server.port, enabled=False)
    desk.put("k1")
    assert not is_waiting(desk.database, desk.settings, desk.clock())
    assert desk.run() == 0
    assert desk.states() == [WAITING]


# --- whom it is for ------------------------------------------------------------------------------


def test_rights_hold_as_they_are_when_it_is_sent(desk: Desk, server: MailServer, sign_in):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="Printer jams"))
    with desk.database.writing() as session:
        session.execute(update(OutboxMessage).values(state=DROPPED))
    before = set(rows(desk.database))
    alice, erin, bob = (person_id(desk.database, each) for each in ("alice", "erin", "bob"))
    about: dict[str, Any] = {"ticket_id": ticket.id}
    desk.put("own", person_id=alice, **about)
    desk.put("staff only", person_id=alice, happening=Happening.NOTED, **about)
    desk.put("foreign", person_id=erin, **about)
    desk.put("work", person_id=bob, happening=Happening.ASSIGNED, **about)
    desk.put("left", person_id=person_id(desk.database, "frank"), **about)
    desk.put("nowhere", person_id=person_id(desk.database, "dana"), **about)
    with desk.database.writing() as session:
        session.execute(update(User).where(User.username == "frank").values(active=False))
        session.execute(update(User).where(User.username == "dana").values(email=None))
    assert desk.run() == 2
    found = {key: row for key, row in rows(desk.database).items() if key not in before}
    assert {key: row.state for key, row in found.items()} == {
        "own": SENT, "staff only": DROPPED, "foreign": DROPPED, "work": SENT, "left": DROPPED,
        "nowhere": DROPPED,
    }  # fmt: skip
    assert "may not see" in found["foreign"].problem
    assert "deactivated" in found["left"].problem
    assert "no mail address" in found["nowhere"].problem
    first, second = (each.message for each in server.received)
    assert first["References"] == second["References"]
    assert str(first["References"]).startswith(f"<ticket-{ticket.id}.")


def test_one_bad_message_never_stops_the_rest(desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog):
    desk.put("k1", body="no JSON")
    desk.put("k2", person_id=person_id(desk.database, "erin"))
    with desk.database.writing() as session:
        session.execute(update(User).where(User.username == "erin").values(email="a b@c"))
    composed = mail_message.compose

    def fail(envelope: Any, *rest: Any) -> Any:
        if envelope.key.startswith("k3"):
            raise IndexError("secret text of a ticket")
        return composed(envelope, *rest)

    monkeypatch.setattr(delivering, "compose", fail)
    desk.put("k3", "k4")
    assert desk.run() == 1
    assert desk.states() == [PARKED, PARKED, PARKED, SENT]
    assert "no address that mail can be sent to" in desk.problem("k2")
    assert "IndexError" in desk.problem("k3")
    assert "secret text" not in desk.problem("k3")
    caplog.clear()


# --- leases and clocks ---------------------------------------------------------------------------


@pytest.mark.desk_kinds(*LOCAL)
def test_two_who_look_at_once_get_no_message_both(desk: Desk):
    """On PostgreSQL the second passes over what the first is about to take."""
    desk.put(*(f"k{number}" for number in range(8)))
    with opened_again(desk.embedded) as again, threading_of_two() as both:
        claims = both(lambda: claim(desk.embedded, desk.clock), lambda: claim(again, desk.clock))
    ids = [claimed.id for each in claims for claimed in each]
    assert len(ids) == len(set(ids)) == 8


def claim(embedded: EmbeddedDesk, clock: SettableClock) -> list[Any]:
    with embedded.database.writing() as session:
        return DeliveryRepository(session).claim((OutboxChannel.MAIL,), clock(), 4)


@contextmanager
def threading_of_two() -> Iterator[Callable[..., list[Any]]]:
    def both(*calls: Callable[[], Any]) -> list[Any]:
        found: list[Any] = []
        threads = [threading.Thread(target=lambda c=call: found.append(c())) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return found

    yield both


@pytest.mark.desk_kinds(*LOCAL)
def test_what_a_killed_process_had_taken_is_taken_over(desk: Desk, server: MailServer):
    desk.put("k1", "k2")
    assert len(claim(desk.embedded, desk.clock)) == 2
    assert desk.run() == 0
    desk.clock.forward(minutes=2)
    assert desk.run() == 0
    desk.clock.forward(minutes=1)
    assert desk.run() == 2
    assert set(server.ids.values()) == {1}


def test_who_was_too_slow_settles_nothing_of_who_took_over(desk: Desk):
    desk.put("k1")
    (slow,) = claim(desk.embedded, desk.clock)
    desk.clock.forward(minutes=3)
    (quick,) = claim(desk.embedded, desk.clock)
    with desk.database.writing() as session:
        deliveries = DeliveryRepository(session)
        assert not deliveries.doubt(slow)
        assert not deliveries.give_up(slow, PARKED, "x")
        assert deliveries.sent(quick, desk.clock())
        assert not deliveries.sent(quick, desk.clock())


def test_no_clock_keeps_a_message_for_ever(desk: Desk, server: MailServer):
    """K02: ten years ahead and back again, and an hour back in the middle."""
    desk.clock.forward(days=3_650)
    desk.put("future")
    claim(desk.embedded, desk.clock)
    server.down()
    desk.put("k1")
    desk.run()
    desk.clock.forward(days=-3_650)
    desk.put("k2")
    server.up()
    assert desk.run() == 3
    # They leave in the order in which they were written, whatever the clock said then.
    written = ["future", "k1", "k2"]
    assert [each.id for each in server.received] == [f"<{key}@corp.example>" for key in written]
    desk.put("k3")
    claim(desk.embedded, desk.clock)
    desk.clock.forward(hours=-1)
    assert desk.run() == 1
    assert rows(desk.database)["k3"].next_try_at > desk.clock()
    assert timedelta(hours=1) > LEASE


# --- chats ---------------------------------------------------------------------------------------


def run_with_chat(desk: Desk, play: Play, *, rounds: int = 1) -> tuple[list[int], list[Any]]:
    """See to the outbox beside a chat that plays; return how many arrived, and what came."""

    async def run() -> tuple[list[int], list[Any]]:
        async with model_server(play) as chat:
            host, _, port = chat.url.removeprefix("http://").partition(":")
            section = desk.settings.channels.model_copy(
                update={
                    "allowed_hosts": (f"{host}:{port}",),
                    "urls": {"escalations": f"{chat.url}/services/T0P-S3CRET"},
                }
            )
            desk.settings = desk.settings.model_copy(update={"channels": section})
            arrived = []
            for _ in range(rounds):
                arrived.append(await asyncio.to_thread(desk.run))
                desk.clock.forward(hours=1)
            return arrived, [call.json for call in chat.calls]

    return asyncio.run(run())


def chat_of(desk: Desk) -> ChatChannel:
    with desk.database.reading() as session:
        found = session.get(ChatChannel, 1)
        assert found is not None
        session.expunge_all()
    return found


@pytest.fixture
def chats(desk: Desk) -> dict[str, Any]:
    channel_id = a_chat(desk.database, "127.0.0.1")
    return {"channel": OutboxChannel.CHAT, "person_id": None, "chat_channel_id": channel_id}


def test_a_post_arrives_in_the_chat(desk: Desk, chats: dict[str, Any]):
    desk.put("k1", **chats)
    arrived, came = run_with_chat(desk, says("ok"))
    assert (arrived, len(came)) == ([1], 1)
    assert "Bob Keller replied" in came[0]["text"]
    assert chat_of(desk).last_posted_at is not None


def test_a_chat_that_wants_to_be_left_alone_is(desk: Desk, chats: dict[str, Any]):
    desk.put("k1", "k2", **chats)
    begun = desk.clock()
    arrived, came = run_with_chat(desk, says("slow", status=429, retry_after="3600"))
    # The second waits, too, though it was not tried more than once itself.
    assert (arrived, len(came)) == ([0], 2)
    assert waits_until(desk.database, "k2", begun) == timedelta(hours=1)
    desk.put("k3", **chats, next_try_at=begun)
    assert chat_of(desk).problem.startswith("Slack takes the message later: 429")


def test_a_chat_that_breaks_off_gets_it_twice_at_most(desk: Desk, chats: dict[str, Any]):
    async def reset(call: Call) -> None:
        call.reset()

    desk.put("k1", **chats)
    arrived, came = run_with_chat(desk, reset, rounds=5)
    assert (arrived, len(came)) == ([0] * 5, 2)
    assert desk.states() == [PARKED]


def test_a_chat_without_its_address_or_switched_off(desk: Desk, chats: dict[str, Any]):
    desk.put("k1", **chats)
    desk.run()
    assert "not known on this machine" in desk.problem("k1")
    with desk.database.writing() as session:
        session.execute(update(ChatChannel).values(active=False))
    desk.clock.forward(hours=1)
    desk.run()
    assert desk.states() == [DROPPED]


def test_an_address_of_another_host_than_was_entered_is_not_used(desk: Desk, chats: dict[str, Any]):
    with desk.database.writing() as session:
        session.execute(update(ChatChannel).values(host="hooks.slack.com"))
    desk.put("k1", **chats)
    arrived, came = run_with_chat(desk, says("ok"))
    assert (arrived, came) == ([0], [])
    assert "S3CRET" not in desk.problem("k1")
