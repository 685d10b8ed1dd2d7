# SPDX-License-Identifier: GPL-3.0-or-later
"""How the desk reaches people outside of its window: mail, chat channels, and their outbox."""

from __future__ import annotations

from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.notifications import (
    ChatChannelChange,
    ChatChannelSettings,
    ChatChannelView,
    DeliveryChoice,
    DeliveryPage,
    DeliveryQuery,
    MailChange,
    MailSettings,
    MailTest,
    MailTestAsk,
)
from helpdesk.services.work import Work


class Channels:
    """Mail, chat channels and what is on its way."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "GET",
        "/mail/settings",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.STEPWISE,
    )
    def mail(self) -> MailSettings:
        """Show how the desk sends mail; the password is not shown."""
        raise NotImplementedError

    @operation(
        "PATCH",
        "/mail/settings",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.STEPWISE,
    )
    def change_mail(self, change: MailChange) -> MailSettings:
        """Change how the desk sends mail, from the next message on."""
        raise NotImplementedError

    @operation(
        "POST",
        "/mail/test",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.STEPWISE,
    )
    def test_mail(self, ask: MailTestAsk) -> MailTest:
        """Try the mail server step by step, and send a message where an address is named."""
        raise NotImplementedError

    @operation("GET", "/chat-channels", permission=Permission.SEE_RULES)
    def chats(self) -> tuple[ChatChannelView, ...]:
        """List the chat channels that rules can post to; their addresses are not shown."""
        raise NotImplementedError

    @operation(
        "POST",
        "/chat-channels",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.STEPWISE,
        creates=True,
    )
    def add_chat(self, new: ChatChannelSettings) -> ChatChannelView:
        """Add a chat channel by its incoming webhook."""
        raise NotImplementedError

    @operation(
        "PUT",
        "/chat-channels/{channel_id}",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.STEPWISE,
    )
    def change_chat(self, channel_id: int, change: ChatChannelChange) -> ChatChannelView:
        """Change a chat channel; without an address the one that is kept stays."""
        raise NotImplementedError

    @operation(
        "DELETE",
        "/chat-channels/{channel_id}",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.STEPWISE,
    )
    def remove_chat(self, channel_id: int) -> None:
        """Remove a chat channel, and forget its address."""
        raise NotImplementedError

    @operation(
        "POST",
        "/chat-channels/{channel_id}/test",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.STEPWISE,
    )
    def test_chat(self, channel_id: int) -> MailTest:
        """Post a line to a chat channel to see whether it arrives."""
        raise NotImplementedError

    @operation("GET", "/deliveries", permission=Permission.SET_UP_CHANNELS)
    def deliveries(self, query: DeliveryQuery) -> DeliveryPage:
        """List messages on their way out, newest first, and what became of them."""
        raise NotImplementedError

    @operation("POST", "/deliveries/retry", permission=Permission.SET_UP_CHANNELS)
    def retry(self, choice: DeliveryChoice) -> DeliveryPage:
        """Send messages again at once, also those that were parked."""
        raise NotImplementedError

    @operation("POST", "/deliveries/drop", permission=Permission.SET_UP_CHANNELS)
    def drop(self, choice: DeliveryChoice) -> DeliveryPage:
        """Give up messages that need not arrive any more."""
        raise NotImplementedError
