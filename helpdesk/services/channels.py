# SPDX-License-Identifier: GPL-3.0-or-later
"""How the desk reaches people outside of its window: mail, chat channels, and their outbox."""

from __future__ import annotations

from email.message import EmailMessage
from uuid import uuid4

from helpdesk.channels import chat
from helpdesk.channels.chat import require_provider
from helpdesk.channels.mail import ServerFault, connected
from helpdesk.channels.mail_message import Envelope, compose, deliverable
from helpdesk.channels.outcome import Outcome
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.notifications import (
    ChatChannelChange,
    ChatChannelSettings,
    ChatChannelView,
    ChatKind,
    DeliveryChoice,
    DeliveryPage,
    DeliveryQuery,
    MailBody,
    MailChange,
    MailSettings,
    MailTest,
    MailTestAsk,
)
from helpdesk.models import ChatChannel
from helpdesk.repositories.desk_changes import CHANNEL
from helpdesk.repositories.facts import DESK_ID
from helpdesk.services.audit_trail import About, changes_of
from helpdesk.services.audit_words import added, removed, secret_change
from helpdesk.services.chat_setup import forget_url, given_url, keep_url, url_of, view_of
from helpdesk.services.mail_sending import server_of
from helpdesk.services.mail_setup import (
    FACT,
    PAUSE_FACT,
    MailSetup,
    Pause,
    kept_of,
    pause_of,
    setup_of,
)
from helpdesk.services.work import Transacted, Work

_TEST_SECONDS = 8.0
"""For connecting, and again for sending: whoever waits for the answer waits no longer than both."""
_MAIL_OFF = "Mail was switched off."
_CHANNEL_GONE = "The chat channel was removed."
_DROPPED = "Given up by {name}."
_NO_URL = "Enter the address of the channel's incoming webhook."
_NOT_KNOWN = "The address of this channel is not known on this machine; enter it again."
_GIVEN = "The environment names the address of this channel; change it there."
_MAIL_WORKS = "The mail server works; no message was sent."
_MAIL_SENT = "The mail server has taken a message to {to}."
_POSTED = "The message was posted; look for it in the channel."
_CHANGED = "Somebody has changed the chat channel {name}; look at it again."
_TRIAL = MailBody(
    title="The help desk can send mail.",
    lines=("This message was sent to try the settings of mail. Nothing is to be done.",),
)


_MAIL_TOLD = (
    "enabled", "host", "port", "security", "username", "sender", "sender_name", "ca_file",
)  # fmt: skip
_SECRET = {"address"}
"""The address of a chat lets whoever knows it post there."""


class Channels:
    """Mail, chat channels and what is on its way."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    # --- mail ---------------------------------------------------------------------------------

    @operation(
        "GET",
        "/mail/settings",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.STEPWISE,
    )
    def mail(self) -> MailSettings:
        """Show how the desk sends mail; the password is not shown."""
        setup, pause = self._mail_setup()
        return setup.view(pause)

    @operation(
        "PATCH",
        "/mail/settings",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.STEPWISE,
        people_only=True,
    )
    def change_mail(self, change: MailChange) -> MailSettings:
        """Change how the desk sends mail, from the next message on."""
        before, _ = self._mail_setup()
        # The keyring may take its time: no transaction waits for it.
        had_password = False
        if change.password is not None:
            wanted = before.changed(change)
            had_password = bool(wanted.password()[0])
            wanted.keep_password(change.password)
        with self._work.step(writes=True) as desk:
            kept = desk.facts.get(FACT)
            setup = setup_of(self._work.settings, kept)
            was, setup = setup, setup.changed(change)
            desk.facts.set(FACT, kept_of(setup, kept, change))
            self._try_again(desk)
            if was.is_on and not setup.is_on:
                desk.deliveries.drop_waiting(None, _MAIL_OFF)
            changes = list(changes_of(was.section, setup.section, _MAIL_TOLD))
            if change.password is not None:
                has_password = bool(change.password)
                changes.append(secret_change("Password", was_set=had_password, is_set=has_password))
            desk.audit.set_up(About("mail", name="Mail"), changes)
            desk.changed(CHANNEL, 1)
        return setup.view(None)

    @operation(
        "POST",
        "/mail/test",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.STEPWISE,
        waits=True,
        people_only=True,
    )
    def test_mail(self, ask: MailTestAsk) -> MailTest:
        """Try the mail server step by step, and send a message where an address is named."""
        setup = self._mail_setup()[0].tried(ask.change)
        password = ask.change.password
        if password is None:
            password, _ = setup.password()
        steps: list[str] = []
        try:
            with connected(server_of(setup, password), steps.append, _TEST_SECONDS) as connection:
                if ask.to is None:
                    return MailTest(works=True, sentence=_MAIL_WORKS, steps=tuple(steps))
                to = deliverable(ask.to)
                sent = connection.send(self._trial(setup, ask.to), to, lambda: None)
        except ServerFault as fault:
            return MailTest(works=False, sentence=str(fault), steps=tuple(steps))
        works = sent.outcome is Outcome.SENT
        return MailTest(
            works=works,
            sentence=_MAIL_SENT.format(to=ask.to) if works else sent.sentence,
            steps=(*steps, "sent") if works else tuple(steps),
        )

    # --- chat channels ------------------------------------------------------------------------

    @operation(
        "GET",
        "/chat-channels",
        permission=Permission.SEE_RULES,
        transaction=Transaction.STEPWISE,
    )
    def chats(self) -> tuple[ChatChannelView, ...]:
        """List the chat channels that rules can post to; their addresses are not shown."""
        with self._work.step(writes=False) as desk:
            desk_id = desk.facts.get(DESK_ID) or ""
            channels = desk.chat_channels.all()
        return tuple(view_of(each, self._url_of(desk_id, each)) for each in channels)

    @operation(
        "POST",
        "/chat-channels",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.STEPWISE,
        creates=True,
    )
    def add_chat(self, new: ChatChannelSettings) -> ChatChannelView:
        """Add a chat channel by its incoming webhook."""
        url = self._wanted_url(new)
        if not url:
            raise Invalid(_NO_URL, field="url")
        host = self._host_of(new.kind, url)
        with self._work.step(writes=True) as desk:
            desk.chat_channels.require_free(new.name, None)
            channel = desk.chat_channels.add(
                ChatChannel(
                    name=new.name, kind=new.kind, host=host, active=new.active, removed=False,
                    problem="", version=1,
                )
            )  # fmt: skip
            desk_id, id_ = desk.facts.desk_id(), channel.id
            told = {**_told(channel), "address": url}
            changes = added(told, told, secrets=_SECRET)
            desk.audit.set_up(About("chat_channel", id_, new.name), changes)
            desk.changed(CHANNEL, id_)
        if not self._is_given(new):
            self._keep_new_url(desk_id, id_, new.name, url)
        return view_of(channel, url)

    @operation(
        "PUT",
        "/chat-channels/{channel_id}",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.STEPWISE,
    )
    def change_chat(self, channel_id: int, change: ChatChannelChange) -> ChatChannelView:
        """Change a chat channel; without an address the one that is kept stays."""
        new_url = self._wanted_url(change)
        with self._work.step(writes=False) as desk:
            channel = self._current(desk, channel_id, change)
            desk_id, host = desk.facts.get(DESK_ID) or "", channel.host
        if new_url:
            host = self._host_of(change.kind, new_url)
        elif change.kind is not channel.kind:
            raise Invalid(_NO_URL, field="url")
        if new_url and not self._is_given(change):
            keep_url(desk_id, channel_id, change.name, new_url)
        with self._work.step(writes=True) as desk:
            channel = self._current(desk, channel_id, change)
            desk.chat_channels.require_free(change.name, channel_id)
            before = _told(channel)
            channel.name, channel.kind, channel.host = change.name, change.kind, host
            channel.active, channel.problem = change.active, ""
            channel.version += 1
            changes = list(changes_of(before, _told(channel), before))
            if new_url:
                changes.append(secret_change("Address", was_set=True, is_set=True))
            desk.audit.set_up(About("chat_channel", channel_id, change.name), changes)
            desk.changed(CHANNEL, channel_id)
        return view_of(channel, self._url_of(desk_id, channel))

    @operation(
        "DELETE",
        "/chat-channels/{channel_id}",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.STEPWISE,
    )
    def remove_chat(self, channel_id: int) -> None:
        """Remove a chat channel, and forget its address."""
        with self._work.step(writes=True) as desk:
            channel = desk.chat_channels.get(channel_id)
            channel.removed = True
            desk.audit.set_up(About("chat_channel", channel_id, channel.name), removed())
            desk.deliveries.drop_waiting(channel_id, _CHANNEL_GONE)
            desk_id = desk.facts.get(DESK_ID) or ""
            desk.changed(CHANNEL, channel_id)
        forget_url(desk_id, channel_id)

    @operation(
        "POST",
        "/chat-channels/{channel_id}/test",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.STEPWISE,
        waits=True,
    )
    def test_chat(self, channel_id: int) -> MailTest:
        """Post a line to a chat channel to see whether it arrives."""
        with self._work.step(writes=False) as desk:
            channel = desk.chat_channels.get(channel_id)
            desk_id = desk.facts.get(DESK_ID) or ""
        url = self._url_of(desk_id, channel)
        if not url:
            return MailTest(works=False, sentence=_NOT_KNOWN, steps=())
        allowed = self._work.settings.channels.allowed_hosts
        sent = chat.send(
            channel.kind, url, chat.sample(), allowed=allowed, before_handing_over=lambda: None
        )
        works = sent.outcome is Outcome.SENT
        with self._work.step(writes=True) as desk:
            posted_at = self._work.now if works else None
            desk.chat_channels.note(channel_id, sent.sentence, posted_at)
            desk.changed(CHANNEL, channel_id)
        sentence = _POSTED if works else sent.sentence
        return MailTest(works=works, sentence=sentence, steps=("sent",) if works else ())

    # --- what is on its way -------------------------------------------------------------------

    @operation("GET", "/deliveries", permission=Permission.SET_UP_CHANNELS)
    def deliveries(self, query: DeliveryQuery) -> DeliveryPage:
        """List messages on their way out, newest first, and what became of them."""
        return self._work.desk.deliveries.page(query, self._work.now)

    @operation("POST", "/deliveries/retry", permission=Permission.SET_UP_CHANNELS)
    def retry(self, choice: DeliveryChoice) -> DeliveryPage:
        """Send messages again at once, also those that were parked."""
        desk = self._work.desk
        desk.deliveries.retry(choice.ids, self._work.now)
        self._try_again(desk)
        desk.changed(CHANNEL, 1)
        return desk.deliveries.page(DeliveryQuery(), self._work.now)

    @operation("POST", "/deliveries/drop", permission=Permission.SET_UP_CHANNELS)
    def drop(self, choice: DeliveryChoice) -> DeliveryPage:
        """Give up messages that need not arrive any more."""
        desk, now = self._work.desk, self._work.now
        desk.deliveries.drop(choice.ids, now, _DROPPED.format(name=self._work.actor.full_name))
        desk.changed(CHANNEL, 1)
        return desk.deliveries.page(DeliveryQuery(), now)

    # --- inside -------------------------------------------------------------------------------

    def _mail_setup(self) -> tuple[MailSetup, Pause | None]:
        with self._work.step(writes=False) as desk:
            facts = desk.facts
            setup = setup_of(self._work.settings, facts.get(FACT))
            return setup, pause_of(facts.get(PAUSE_FACT))

    @staticmethod
    def _try_again(desk: Transacted) -> None:
        """Let the mail server be tried at once, though it is left alone for a while."""
        if desk.facts.get(PAUSE_FACT):
            desk.facts.set(PAUSE_FACT, "")

    def _trial(self, setup: MailSetup, to: str) -> EmailMessage:
        own = setup.section
        key = f"trial-{uuid4().hex}"
        envelope = Envelope(own.sender, own.sender_name, to, key, "", self._work.now)
        return compose(envelope, _TRIAL, _TRIAL.title)

    def _url_of(self, desk_id: str, channel: ChatChannel) -> str:
        return url_of(self._work.settings, desk_id, channel.id, channel.name, channel.host)

    def _wanted_url(self, wanted: ChatChannelSettings) -> str:
        """Return the address to use from now on, or nothing where it stays."""
        given = given_url(self._work.settings, wanted.name)
        if given and wanted.url and given != wanted.url:
            raise Invalid(_GIVEN, field="url")
        return given or (wanted.url or "").strip()

    def _is_given(self, wanted: ChatChannelSettings) -> bool:
        return bool(given_url(self._work.settings, wanted.name))

    def _host_of(self, kind: ChatKind, url: str) -> str:
        return require_provider(kind, url, self._work.settings.channels.allowed_hosts).host

    def _keep_new_url(self, desk_id: str, channel_id: int, name: str, url: str) -> None:
        try:
            keep_url(desk_id, channel_id, name, url)
        except Invalid:
            with self._work.step(writes=True) as desk:
                desk.chat_channels.get(channel_id).removed = True
                desk.audit.set_up(About("chat_channel", channel_id, name), removed())
                desk.changed(CHANNEL, channel_id)
            raise

    def _current(self, desk: Transacted, channel_id: int, change: ChatChannelChange) -> ChatChannel:
        channel = desk.chat_channels.get(channel_id)
        if channel.version != change.version:
            current = view_of(channel, channel.host)
            raise Conflict(_CHANGED.format(name=channel.name), current=current)
        return channel


def _told(channel: ChatChannel) -> dict[str, object]:
    """Return what the audit log tells of a chat channel."""
    return {name: getattr(channel, name) for name in ("name", "kind", "host", "active")}
