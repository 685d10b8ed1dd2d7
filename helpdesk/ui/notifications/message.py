# SPDX-License-Identifier: GPL-3.0-or-later
"""What a message of the system says, whoever shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from helpdesk.core.schemas.notifications import NotificationView


class Message(NamedTuple):
    """One message, of the weightiest of what came at once."""

    about: NotificationView
    title: str
    text: str
    urgent: bool


def message_of(notifications: Sequence[NotificationView]) -> Message:
    """Say one notification, the oldest of them first, and how many more there are."""
    urgent = [each for each in notifications if each.urgent]
    weightiest = (urgent or list(notifications))[-1]
    lines = [line for line in (weightiest.text, weightiest.why) if line]
    others = len(notifications) - 1
    if others:
        lines.append(f"{others} more" if others > 1 else "One more")
    return Message(weightiest, weightiest.title, "\n".join(lines), bool(urgent))


def discreet(message: Message) -> Message:
    """Say that something came, and nothing of it: the window is locked."""
    text = "Unlock the window to see it."
    return message._replace(title="Something new at the help desk", text=text)
