# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail and chats as admins set them up, and what they see of what is on its way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta

import keyring
import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.core.schemas.notifications import (
    ChatChannelChange,
    ChatChannelSettings,
    ChatKind,
    DeliveryChoice,
    DeliveryQuery,
    DeliveryState,
    MailChange,
    MailSecurity,
    MailTestAsk,
)
from helpdesk.core.settings import Settings
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.services.delivering import Delivering
from tests.conftest import SettableClock
from tests.contract.desks import dump
from tests.faults.model_server import model_server, says
from tests.keyrings import ForgetfulKeyring, MemoryKeyring
from tests.matrix import HTTP_POSTGRESQL, LOCAL_SQLITE
from tests.outboxes import put, states, use_mail
from tests.smtp_server import MailServer, mail_server

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)
WAITING, SENT, PARKED, DROPPED = DeliveryState
SECRET = "T0P-S3CRET-T0KEN"
WEBHOOK = f"https://hooks.slack.com/services/T0/B0/{SECRET}"
OTHER = f"https://hooks.slack.com/services/T1/B1/{SECRET}"
SENDER = "desk@corp.example"


@pytest.fixture(autouse=True)
def memory() -> Iterator[MemoryKeyring]:
    before, made = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture
def dana(sign_in) -> HelpDesk:
    desk: HelpDesk = sign_in("dana")
    return desk


def slack(name: str = "Escalations", url: str | None = WEBHOOK) -> ChatChannelSettings:
    return ChatChannelSettings(name=name, kind=ChatKind.SLACK, url=url)


def plain(server: MailServer) -> MailChange:
    return MailChange(host="localhost", port=server.port, security=MailSecurity.NONE, sender=SENDER)


# --- mail ----------------------------------------------------------------------------------------


def test_mail_is_set_up_and_switched_off_again(embedded: EmbeddedDesk, dana, clock):
    before = dana.channels.mail()
    assert (before.enabled, before.host, before.problem) == (False, "", "")
    with pytest.raises(Invalid) as refused:
        dana.channels.change_mail(MailChange(enabled=True))
    assert refused.value.field == "host"
    change = MailChange(
        enabled=True, host="mail.corp.example", sender=SENDER, username="desk", password=SECRET
    )
    after = dana.channels.change_mail(change)
    assert (after.enabled, after.has_password, after.password_place) == (True, True, "keyring")
    assert dana.channels.mail() == after
    assert SECRET not in repr(dump(embedded.database)) + repr(after)
    put(embedded.database, ("k1", "k2"), clock())
    dana.channels.change_mail(MailChange(enabled=False))
    assert set(states(embedded.database).values()) == {DROPPED}


def test_a_trial_tells_step_by_step_what_works(dana, server: MailServer):
    ask = MailTestAsk(change=plain(server))
    found = dana.channels.test_mail(ask)
    assert (found.works, found.steps) == (True, ("connected",))
    assert server.received == []
    found = dana.channels.test_mail(ask.model_copy(update={"to": "dana@corp.example"}))
    assert (found.works, found.steps) == (True, ("connected", "sent"))
    assert "dana@corp.example" in found.sentence
    (mail,) = server.received
    assert mail.message["Auto-Submitted"] == "auto-generated"
    # Nothing of it was saved.
    assert dana.channels.mail().host == ""

    server.play = lambda step: "550 5.1.1 nobody" if step.command == "RCPT" else None
    found = dana.channels.test_mail(ask.model_copy(update={"to": "dana@corp.example"}))
    assert (found.works, found.steps) == (False, ("connected",))
    assert "550 5.1.1 nobody" in found.sentence
    server.down()
    found = dana.channels.test_mail(ask)
    assert (found.works, found.steps) == (False, ())
    assert "cannot be reached" in found.sentence
    with pytest.raises(Invalid, match="Name the mail server first"):
        dana.channels.test_mail(MailTestAsk())


def test_what_keeps_mail_from_leaving_is_shown_until_it_is_mended(
    embedded: EmbeddedDesk, dana, server: MailServer, clock: SettableClock
):
    use_mail(embedded.database, server.port)
    put(embedded.database, ("k1",), clock())
    server.down()
    run(embedded, clock)
    shown = dana.channels.mail()
    assert "cannot be reached" in shown.problem
    assert shown.paused_until is not None
    server.up()
    assert run(embedded, clock) == 0
    # Who asks for it does not wait for the pause to end.
    dana.channels.retry(DeliveryChoice())
    assert dana.channels.mail().problem == ""
    assert run(embedded, clock) == 1


def run(embedded: EmbeddedDesk, clock: SettableClock) -> int:
    return Delivering(embedded.database, embedded.settings, clock()).run()


# --- chats ---------------------------------------------------------------------------------------


def test_a_chat_channel_is_added_changed_and_removed(
    embedded: EmbeddedDesk, dana, sign_in, memory: MemoryKeyring, caplog
):
    with caplog.at_level(logging.DEBUG, "helpdesk"):
        made = dana.channels.add_chat(slack())
        assert (made.host, made.has_url, made.active) == ("hooks.slack.com", True, True)
        assert dana.channels.chats() == (made,)
        assert sign_in("charlie").channels.chats() == (made,)
        with pytest.raises(Invalid, match="of this name already"):
            dana.channels.add_chat(slack("ESCALATIONS", OTHER))
        change = ChatChannelChange(name="On call", kind=ChatKind.SLACK, active=False, version=1)
        changed = dana.channels.change_chat(made.id, change)
        assert (changed.name, changed.has_url, changed.active) == ("On call", True, False)
        with pytest.raises(Conflict, match="On call"):
            dana.channels.change_chat(made.id, change)
        teams = change.model_copy(update={"kind": ChatKind.TEAMS, "version": 2})
        with pytest.raises(Invalid) as refused:
            dana.channels.change_chat(made.id, teams)
        assert refused.value.field == "url"
        # F03: whoever has the desk's file or its log cannot post there.
        everything = repr(dump(embedded.database)) + repr(changed) + caplog.text
        assert SECRET not in everything
        assert list(memory.secrets.values()) == [WEBHOOK]
        dana.channels.remove_chat(made.id)
    assert memory.secrets == {}
    assert dana.channels.chats() == ()
    with pytest.raises(NotFound):
        dana.channels.test_chat(made.id)
    assert dana.channels.add_chat(slack("On call")).id != made.id


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com.evil.example/x", "http://hooks.slack.com/x", "https://127.0.0.1/x",
        "https://hooks.slack.com:8443/x", "https://me:pw@hooks.slack.com/x", "https://10.0.0.1/x",
    ],
)  # fmt: skip
def test_where_a_webhook_must_not_lead_it_is_refused_when_saved(dana, url: str):
    with pytest.raises(Invalid) as refused:
        dana.channels.add_chat(slack(url=url))
    assert refused.value.field == "url"
    assert dana.channels.chats() == ()


@pytest.mark.desk_kinds(LOCAL_SQLITE)
def test_an_address_may_stand_in_the_environment(embedded: EmbeddedDesk, sign_in, settings):
    with_urls(embedded, {"escalations": WEBHOOK})
    dana = sign_in("dana")
    keyring.set_keyring(ForgetfulKeyring())
    made = dana.channels.add_chat(slack(url=None))
    assert (made.host, made.has_url) == ("hooks.slack.com", True)
    with pytest.raises(Invalid, match="The environment names the address"):
        dana.channels.add_chat(slack(url=OTHER))
    with pytest.raises(Invalid, match="no keyring"):
        dana.channels.add_chat(slack("Other"))
    with pytest.raises(Invalid, match="Enter the address"):
        dana.channels.add_chat(slack("Other", None))
    assert [each.name for each in dana.channels.chats()] == ["Escalations"]


def with_urls(embedded: EmbeddedDesk, urls: dict[str, str], *allowed: str) -> None:
    """Let the desk have settings as if the environment had named them."""
    settings: Settings = embedded.settings
    section = settings.channels.model_copy(update={"urls": urls, "allowed_hosts": allowed})
    embedded.settings = settings.model_copy(update={"channels": section})
    embedded.executor._settings = embedded.settings  # noqa: SLF001


@pytest.mark.desk_kinds(LOCAL_SQLITE)
def test_a_trial_posts_a_line_and_keeps_how_it_went(embedded: EmbeddedDesk, sign_in):
    dana = sign_in("dana")

    async def ask() -> None:
        async with model_server(says("ok")) as chat:
            url = f"{chat.url}/services/{SECRET}"
            with_urls(embedded, {}, chat.url.removeprefix("http://"))
            made = await asyncio.to_thread(dana.channels.add_chat, slack(url=url))
            found = await asyncio.to_thread(dana.channels.test_chat, made.id)
            assert (found.works, found.steps) == (True, ("sent",))
            assert chat.calls[0].json["text"] == "The help desk can post here."
        (shown,) = dana.channels.chats()
        assert shown.last_posted_at is not None
        found = await asyncio.to_thread(dana.channels.test_chat, made.id)
        assert not found.works
        (shown,) = dana.channels.chats()
        assert shown.problem == found.sentence
        assert SECRET not in found.sentence

    asyncio.run(ask())


# --- what is on its way --------------------------------------------------------------------------


def test_what_is_on_its_way_is_listed_without_what_it_says(embedded: EmbeddedDesk, dana, clock):
    put(embedded.database, ("old",), clock() - timedelta(days=31), state=SENT, sent_at=clock())
    put(embedded.database, ("k1",), clock(), subject="HD-1042 Printer jams")
    put(embedded.database, ("k2", "k3"), clock(), state=PARKED, problem="550")
    put(embedded.database, ("k4",), clock(), state=SENT, sent_at=clock())
    page = dana.channels.deliveries(DeliveryQuery(limit=3))
    assert (page.waiting, page.sent, page.parked, page.has_more) == (1, 1, 2, True)
    assert [item.state for item in page.items] == [SENT, PARKED, PARKED]
    rest = dana.channels.deliveries(DeliveryQuery(before_id=page.items[-1].id))
    first, _ = rest.items
    assert (first.to, first.subject) == (
        "Alice Moreau <alice@corp.example>",
        "HD-1042 Printer jams",
    )
    assert not rest.has_more
    parked = dana.channels.deliveries(DeliveryQuery(states=(PARKED,)))
    assert [item.problem for item in parked.items] == ["550", "550"]


def test_parked_messages_are_sent_again_or_given_up(embedded: EmbeddedDesk, dana, clock):
    put(embedded.database, ("k1", "k2", "k3"), clock(), state=PARKED, problem="550", doubts=2)
    put(embedded.database, ("k4",), clock(), state=SENT, sent_at=clock())
    by_key = {key: number for number, key in enumerate(("k1", "k2", "k3", "k4"), start=1)}
    page = dana.channels.retry(DeliveryChoice(ids=(by_key["k1"], by_key["k4"], 999)))
    assert states(embedded.database) == {"k1": WAITING, "k2": PARKED, "k3": PARKED, "k4": SENT}
    assert page.waiting == 1
    dana.channels.drop(DeliveryChoice(ids=(by_key["k1"], by_key["k2"], by_key["k4"])))
    assert states(embedded.database) == {"k1": DROPPED, "k2": DROPPED, "k3": PARKED, "k4": SENT}
    assert dana.channels.deliveries(DeliveryQuery()).items[-1].problem == (
        "Given up by Dana Whitfield."
    )
    dana.channels.retry(DeliveryChoice())
    assert states(embedded.database)["k3"] is WAITING


@pytest.mark.desk_kinds(LOCAL_SQLITE)
def test_the_password_is_nowhere_in_the_file(embedded: EmbeddedDesk, sign_in, folder):
    dana = sign_in("dana")
    dana.channels.change_mail(
        MailChange(host="mail.corp.example", sender=SENDER, username="desk", password=SECRET)
    )
    dana.channels.add_chat(slack())
    assert isinstance(embedded.database, SqliteManager)
    for file in folder.path.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes()
