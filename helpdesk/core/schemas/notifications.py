# SPDX-License-Identifier: GPL-3.0-or-later
"""Notifications: what people are told of, by which channel, and what became of each message."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from helpdesk.core.schemas.base import Id, Labelled, Request, Result
from helpdesk.core.schemas.sla import DAY_MINUTES, Name, ZoneName
from helpdesk.core.schemas.users import EMAIL_PATTERN, PageSize, PersonRef
from helpdesk.core.text import Line


class Happening(Labelled):
    """What somebody can be told of."""

    RECEIVED = "received"
    """One's own ticket has reached the desk."""
    ANSWERED = "answered"
    """Staff replied to one's own ticket."""
    UPDATED = "updated"
    """Status, priority, category or assignee of one's own ticket changed."""
    SOLVED = "solved"
    """One's own ticket was resolved or closed."""
    NEW_TICKET = "new_ticket"
    """A new ticket lies in the queue."""
    ASSIGNED = "assigned"
    TEAM_ASSIGNED = "team_assigned"
    CUSTOMER_REPLIED = "customer_replied"
    """On a ticket one is the assignee of."""
    NOTED = "noted"
    """An internal note on such a ticket."""
    CHANGED = "changed"
    """Somebody else changed such a ticket."""
    REOPENED = "reopened"
    URGENT = "urgent"
    """A ticket became urgent: for managers and admins."""
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    """A rule tells of a ticket."""
    FOLLOWED = "followed"
    """Something happened to a ticket that one follows, and that everybody on it may know of."""
    MENTIONED = "mentioned"
    """A colleague named one in a reply or a note."""
    WOKEN = "woken"
    """A ticket that one had snoozed, or has and was snoozed, is back in sight."""
    RATED = "rated"
    """Who asked has rated the solution of such a ticket; of low ratings managers hear, too."""


FOR_REQUESTERS = (
    Happening.RECEIVED,
    Happening.ANSWERED,
    Happening.UPDATED,
    Happening.SOLVED,
    Happening.FOLLOWED,
)
"""What everybody may be told of; all other happenings are for staff."""


class Channel(Labelled):
    """How somebody is told."""

    APP = "app"
    """The bell in the window."""
    DESKTOP = "desktop"
    """A message of the system beside the clock, also when the window is not in front."""
    MAIL = "mail"


class Delivery(Labelled):
    """When a channel tells."""

    OFF = "off"
    NOW = "now"
    DIGEST = "digest"
    """With all others once a day; mail only."""


class Preference(Request):
    """How somebody wants to be told of one kind of happening."""

    happening: Happening
    app: bool
    desktop: bool
    mail: Delivery


class PreferencesChange(Request):
    """How somebody wants to be told; only fields that are set are touched.

    Minutes count from midnight in ``time_zone``. Quiet hours from 1,320 to 420 are the night.
    """

    choices: Annotated[tuple[Preference, ...], Field(max_length=len(Happening))] = ()
    quiet: bool | None = None
    quiet_from: Annotated[int, Field(ge=0, lt=DAY_MINUTES)] | None = None
    quiet_until: Annotated[int, Field(ge=0, lt=DAY_MINUTES)] | None = None
    urgent_breaks_quiet: bool | None = None
    digest_at: Annotated[int, Field(ge=0, lt=DAY_MINUTES)] | None = None
    sound: bool | None = None
    time_zone: ZoneName | None = None


class Preferences(Result):
    """How somebody wants to be told; only the happenings that concern their role are listed."""

    choices: tuple[Preference, ...]
    quiet: bool
    quiet_from: int
    quiet_until: int
    urgent_breaks_quiet: bool
    digest_at: int
    sound: bool
    time_zone: str
    email: str | None
    """Where mail goes; ``None`` when the account has no address."""
    mail_works: bool
    """Whether the desk can send mail at all."""


class NotificationView(Result):
    """Something somebody was told of."""

    id: int
    happening: Happening
    at: datetime
    title: str
    text: str
    why: str
    """What set it off where that is a rule or a clock; empty where a person did it."""
    ticket_id: int | None
    number: str
    actor: PersonRef | None
    urgent: bool
    """It stays until it is seen, and sounds."""
    read: bool
    shown: bool
    """Whether it is also to be shown as a message of the system, beside the bell."""


class NotificationQuery(Request):
    """Which of one's own notifications to list, newest first."""

    unread_only: bool = False
    after_id: Annotated[int, Field(ge=0, lt=2**63)] = 0
    """Only those that came later, for windows that ask what is new."""
    before_id: Id | None = None
    limit: PageSize = 50


class NotificationPage(Result):
    """Some notifications, newest first."""

    items: tuple[NotificationView, ...]
    unread: int
    urgent_unread: int
    has_more: bool


class Seen(Request):
    """Which notifications were read; without ids all up to and including ``until_id``."""

    ids: Annotated[tuple[Id, ...], Field(max_length=200)] = ()
    until_id: Id | None = None
    unread: bool = False
    """Mark them as unread instead."""


# --- the outbox ---------------------------------------------------------------------------------


class OutboxChannel(Labelled):
    """By what a message leaves the desk."""

    MAIL = "mail"
    CHAT = "chat"


class DeliveryState(Labelled):
    """What became of a message."""

    WAITING = "waiting"
    SENT = "sent"
    PARKED = "parked"
    """It failed for good, or too often; an admin can send it again."""
    DROPPED = "dropped"
    """It is not wanted any more, such as when mail was switched off or an admin said so."""


class MailBody(Result):
    """What a message on its way out says, as JSON in its row: a mail, or a post to a chat.

    A digest is about no ticket and has no ``number``. ``lines`` are sentences, each a paragraph.
    """

    title: str
    lines: tuple[str, ...] = ()
    number: str = ""
    ticket_subject: str = ""
    comment: str | None = None
    """The public reply that it tells of; never an internal note."""
    why: str = ""
    to_name: str = ""
    rating_url: str = ""
    """Where who asked can rate the solution, without a score; empty for no such question."""
    reset_id: int = 0
    """The request for a new password whose code is made when the mail leaves; 0 for none."""


class DeliveryView(Result):
    """A message on its way out, as admins see it; not what it says."""

    id: int
    channel: OutboxChannel
    state: DeliveryState
    to: str
    happening: Happening | None
    subject: str
    ticket_id: int | None
    created_at: datetime
    next_try_at: datetime | None
    sent_at: datetime | None
    attempts: int
    problem: str


class DeliveryQuery(Request):
    """Which messages to list, newest first."""

    states: tuple[DeliveryState, ...] = ()
    ticket_id: Id | None = None
    limit: PageSize = 50
    before_id: Id | None = None


class DeliveryPage(Result):
    """Some messages, and how many there are in all by what became of them in the last 30 days."""

    items: tuple[DeliveryView, ...]
    has_more: bool
    waiting: int
    sent: int
    parked: int


class DeliveryChoice(Request):
    """Which parked or waiting messages to send again at once, or to drop."""

    ids: Annotated[tuple[Id, ...], Field(max_length=200)] = ()
    """None: all that are parked."""


# --- mail ---------------------------------------------------------------------------------------


class MailSecurity(Labelled):
    """How the connection to the mail server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"
    """Nothing is encrypted, and no password is sent; for a relay on this machine."""


Address = Annotated[Line, StringConstraints(pattern=EMAIL_PATTERN, max_length=254)]
SECRET_LIMIT = 500


class MailChange(Request):
    """How the desk sends mail; only fields that are set are touched."""

    enabled: bool | None = None
    host: Line | None = None
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    security: MailSecurity | None = None
    username: Line | None = None
    password: Annotated[str, StringConstraints(max_length=SECRET_LIMIT)] | None = Field(
        default=None, repr=False
    )
    """Empty takes it away."""
    sender: Address | None = None
    sender_name: Line | None = None
    ca_file: Line | None = None


class MailSettings(Result):
    """How the desk sends mail; the password is not shown."""

    enabled: bool
    host: str
    port: int
    security: MailSecurity
    username: str
    has_password: bool
    password_place: str
    can_keep_password: bool
    sender: str
    sender_name: str
    ca_file: str
    fixed: tuple[str, ...]
    """The fields that the environment sets."""
    problem: str = ""
    """Why nothing is sent at present, though mail is on; empty while it works."""
    paused_until: datetime | None = None
    """When the server is tried again, where there is a problem."""


class MailTest(Result):
    """How a trial of the mail server went, in one sentence, and the steps that worked."""

    works: bool
    sentence: str
    steps: tuple[str, ...]


class MailTestAsk(Request):
    """Settings to try before they are saved; a message goes to ``to`` when one is named."""

    change: MailChange = MailChange()
    to: Address | None = None


# --- chat channels ------------------------------------------------------------------------------


class ChatKind(Labelled):
    """What kind of chat a channel is in."""

    SLACK = "slack"
    TEAMS = "teams"
    DISCORD = "discord"

    @property
    def label(self) -> str:
        """The name of the product."""
        return "Microsoft Teams" if self is ChatKind.TEAMS else self.value.title()


class ChatChannelSettings(Request):
    """A channel of a chat that rules can post to; ``url`` is its incoming webhook, a secret."""

    name: Name
    kind: ChatKind
    url: Annotated[str, StringConstraints(max_length=2_000)] | None = None
    active: bool = True

    @model_validator(mode="after")
    def _one_line(self) -> ChatChannelSettings:
        if self.url is not None and (not self.url.isascii() or not self.url.isprintable()):
            raise ValueError("An address of a webhook is one line of plain characters.")
        return self


class ChatChannelChange(ChatChannelSettings):
    """The new settings of a channel; without ``url`` the one that is kept stays."""

    version: int


class ChatChannelView(Result):
    """A channel; of its address only the host is shown."""

    id: int
    name: str
    kind: ChatKind
    host: str
    has_url: bool
    active: bool
    last_posted_at: datetime | None
    problem: str
    version: int
