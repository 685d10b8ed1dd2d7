# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail, chat channels and deliveries as a desk keeps them, for tests of their settings."""

from __future__ import annotations

from datetime import datetime, timedelta

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.notifications import (
    ChatChannelChange,
    ChatChannelSettings,
    ChatChannelView,
    DeliveryChoice,
    DeliveryPage,
    DeliveryQuery,
    DeliveryState,
    DeliveryView,
    MailChange,
    MailSecurity,
    MailSettings,
    MailTest,
    MailTestAsk,
    OutboxChannel,
)

OFF = MailSettings(
    enabled=False,
    host="",
    port=587,
    security=MailSecurity.STARTTLS,
    username="",
    has_password=False,
    password_place="",
    can_keep_password=True,
    sender="",
    sender_name="Help Desk",
    ca_file="",
    fixed=(),
)
ON = OFF.model_copy(
    update={
        "enabled": True,
        "host": "mail.corp.example",
        "username": "helpdesk",
        "has_password": True,
        "password_place": "keyring",
        "sender": "helpdesk@corp.example",
    }
)


class TwinChannels:
    """Answers as the desk does; a test says what came of a trial."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.kept = OFF
        self.mail_changes: list[MailChange] = []
        self.asked: list[MailTestAsk] = []
        self.answer = MailTest(works=True, sentence="It works.", steps=("connected", "sent"))
        self.channels: list[ChatChannelView] = []
        self.saved: list[ChatChannelSettings] = []
        self.messages: list[DeliveryView] = []
        self.retried: list[DeliveryChoice] = []
        self.dropped: list[DeliveryChoice] = []
        self.fault: DeskError | None = None

    def mail(self) -> MailSettings:
        self._fail()
        return self.kept

    def change_mail(self, change: MailChange) -> MailSettings:
        self._fail()
        self.mail_changes.append(change)
        values = change.model_dump(exclude_unset=True, exclude={"password"})
        if change.password is not None:
            place = "keyring" if change.password else ""
            values |= {"has_password": bool(change.password), "password_place": place}
        self.kept = self.kept.model_copy(update=values)
        return self.kept

    def test_mail(self, ask: MailTestAsk) -> MailTest:
        self._fail()
        self.asked.append(ask)
        return self.answer

    def chats(self) -> tuple[ChatChannelView, ...]:
        self._fail()
        return tuple(self.channels)

    def add_chat(self, new: ChatChannelSettings) -> ChatChannelView:
        self._fail()
        self.saved.append(new)
        made = self.channel(new.name, id_=len(self.channels) + 1)
        made = made.model_copy(update={"kind": new.kind, "active": new.active})
        self.channels.append(made)
        return made

    def change_chat(self, channel_id: int, change: ChatChannelChange) -> ChatChannelView:
        self._fail()
        self.saved.append(change)
        before = next(each for each in self.channels if each.id == channel_id)
        after = before.model_copy(
            update={"name": change.name, "active": change.active, "version": before.version + 1}
        )
        self.channels[self.channels.index(before)] = after
        return after

    def remove_chat(self, channel_id: int) -> None:
        self._fail()
        self.channels = [each for each in self.channels if each.id != channel_id]

    def test_chat(self, channel_id: int) -> MailTest:
        self._fail()
        return self.answer

    def deliveries(self, query: DeliveryQuery) -> DeliveryPage:
        self._fail()
        found = [
            each
            for each in self.messages
            if (not query.states or each.state in query.states)
            and (query.before_id is None or each.id < query.before_id)
        ]
        states = [each.state for each in self.messages]
        return DeliveryPage(
            items=tuple(found[: query.limit]),
            has_more=len(found) > query.limit,
            waiting=states.count(DeliveryState.WAITING),
            sent=states.count(DeliveryState.SENT),
            parked=states.count(DeliveryState.PARKED),
        )

    def retry(self, choice: DeliveryChoice) -> DeliveryPage:
        self._fail()
        self.retried.append(choice)
        return self._turn(choice, DeliveryState.WAITING)

    def drop(self, choice: DeliveryChoice) -> DeliveryPage:
        self._fail()
        self.dropped.append(choice)
        return self._turn(choice, DeliveryState.DROPPED)

    def add(
        self, subject: str, state: DeliveryState, *, problem: str = "", ticket_id: int | None = 1
    ) -> DeliveryView:
        """Put a message into the outbox; each comes a minute after the last."""
        number = len(self.messages) + 1
        made = DeliveryView(
            id=number,
            channel=OutboxChannel.MAIL,
            state=state,
            to="alice@corp.example",
            happening=None,
            subject=subject,
            ticket_id=ticket_id,
            created_at=self._now - timedelta(hours=2) + timedelta(minutes=number),
            next_try_at=self._now + timedelta(minutes=5),
            sent_at=self._now if state is DeliveryState.SENT else None,
            attempts=2,
            problem=problem,
        )
        self.messages.insert(0, made)
        return made

    def channel(self, name: str, *, id_: int = 1, problem: str = "") -> ChatChannelView:
        """Return a channel of this name."""
        return ChatChannelView.model_validate(
            {
                "id": id_,
                "name": name,
                "kind": "slack",
                "host": "hooks.slack.com",
                "has_url": True,
                "active": True,
                "last_posted_at": None,
                "problem": problem,
                "version": 1,
            }
        )

    def _turn(self, choice: DeliveryChoice, state: DeliveryState) -> DeliveryPage:
        self.messages = [
            each.model_copy(update={"state": state})
            if each.id in choice.ids or (not choice.ids and each.state is DeliveryState.PARKED)
            else each
            for each in self.messages
        ]
        return self.deliveries(DeliveryQuery())

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault
