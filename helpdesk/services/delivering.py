# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes messages out of the outbox and sends them: each arrives, and none more than twice.

Nobody can know whether a message has arrived whose server went away while it had it. So it is
noted just before a server gets one that from then on it may arrive. Who is killed then, or hears
no answer, leaves that doubt; the message is sent once more under the same Message-ID, by which
its receiver knows it again. After a second doubt it is parked, for an admin to decide.

What is wrong with the mail server itself is no fault of any message: all of them wait, in order.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from helpdesk.channels import chat
from helpdesk.channels.mail import ServerFault
from helpdesk.channels.mail_message import Envelope, compose, deliverable
from helpdesk.channels.outcome import Outcome, Sent
from helpdesk.core.clock import monotonic
from helpdesk.core.errors import Invalid
from helpdesk.core.permissions import PERMISSIONS, STAFF, SYSTEM, Permission
from helpdesk.core.schemas.notifications import (
    FOR_REQUESTERS,
    ChatKind,
    DeliveryState,
    MailBody,
    OutboxChannel,
)
from helpdesk.core.schemas.users import Role
from helpdesk.core.settings import Settings
from helpdesk.database.db_manager import DbManager
from helpdesk.repositories.chat_channels import ChatChannelRepository
from helpdesk.repositories.deliveries import Claimed, DeliveryRepository, File
from helpdesk.repositories.desk_changes import CHANNEL, DeskChangeRepository
from helpdesk.repositories.facts import FactRepository
from helpdesk.services import password_resets
from helpdesk.services.chat_setup import url_of
from helpdesk.services.mail_sending import KeyringWaits, MailSending, server_of, soon
from helpdesk.services.mail_setup import FACT, PAUSE_FACT, MailSetup, Pause, pause_of, setup_of

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 45.0
"""No further message is begun after this long: no lease must run out while one is sent."""
MOST_TRIES = 12
LONGEST_PAUSE = timedelta(minutes=15)
_MOST_DOUBTS = 2
_AT_ONCE = 20
_MOST_CUTS = 3
"""So many connections in a row that end in the middle are the server's fault, not a message's."""
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
_MOST_DOUBLINGS = 10

_NO_ADDRESS = "The account has no mail address."
_LEFT = "The account was deactivated."
_NO_RIGHT = "The person may not see the ticket any more."
_NOT_STAFF = "It says what only the staff may read, and the person is no longer of it."
_NO_FIGURES = "The person may not see the figures any more."
_NO_CHANNEL = "The chat channel was removed."
_CHANNEL_OFF = "The chat channel was switched off."
_NO_URL = (
    "The address of the chat channel is not known on this machine; enter it in the settings, or"
    " set HELPDESK_CHANNELS__URLS."
)
_UNREADABLE = "What it says cannot be read; a newer version of the program may have written it."
_BUG = "It cannot be composed, by a bug in the program ({kind}); the log says more."
_IN_DOUBT = "It was handed over twice, and nobody knows whether it arrived: {problem}"
_GIVEN_UP = "It was tried {tries} times: {problem}"
_ENDED = "the program ended in the middle."
_MANY_CUTS = "The mail server breaks off in the middle of messages."


class _TakenOver(Exception):
    """Somebody else sends the message now, or an admin gave it up."""


@dataclass(frozen=True)
class Seams:
    """What tests put in the place of chance and time."""

    dice: Callable[[], float] = random.random
    """Numbers from 0 to 1, so that retries do not meet."""
    elapsed: Callable[[], float] = monotonic


def is_waiting(database: DbManager, settings: Settings, now: datetime) -> bool:
    """Return whether there is something to send; this only reads, and little."""
    with database.reading() as session:
        facts = FactRepository(session)
        setup, pause = setup_of(settings, facts.get(FACT)), pause_of(facts.get(PAUSE_FACT))
        return DeliveryRepository(session).is_waiting(_channels(setup, pause, now), now)


class Delivering:
    """One run through the outbox."""

    def __init__(
        self, database: DbManager, settings: Settings, now: datetime, seams: Seams | None = None
    ) -> None:
        """Bind to a desk and a moment, from which the run's own time is counted."""
        self._database = database
        self._settings = settings
        self._seams = seams or Seams()
        self._began, self._began_at = self._seams.elapsed(), now
        with database.reading() as session:
            facts = FactRepository(session)
            self._setup = setup_of(settings, facts.get(FACT))
            self._pause = pause_of(facts.get(PAUSE_FACT))
        self._sending = MailSending(self._setup)
        self._desk_id = ""
        self._cuts = 0

    def run(self) -> int:
        """Send what is due, and return how many messages have arrived."""
        arrived = handled = 0
        try:
            while not self._is_over() and (batch := self._claim()):
                handled += len(batch)
                arrived += sum(self._deliver_or_leave(claimed) for claimed in batch)
        finally:
            self._sending.close()
            if handled:
                with self._database.writing() as session:
                    DeskChangeRepository(session, SYSTEM).record(CHANNEL, [1], self._now())
        return arrived

    def _now(self) -> datetime:
        return self._began_at + timedelta(seconds=self._seams.elapsed() - self._began)

    def _is_over(self) -> bool:
        return self._seams.elapsed() - self._began >= LONGEST_SECONDS

    def _claim(self) -> Sequence[Claimed]:
        now = self._now()
        channels = _channels(self._setup, self._pause, now)
        with self._database.writing() as session:
            batch = DeliveryRepository(session).claim(channels, now, _AT_ONCE)
            if batch and not self._desk_id:
                self._desk_id = FactRepository(session).desk_id()
        return batch

    def _deliver_or_leave(self, claimed: Claimed) -> bool:
        try:
            return self._deliver(claimed)
        except _TakenOver:
            logger.warning("the message %d was taken over while it was sent", claimed.id)
            return False

    def _deliver(self, claimed: Claimed) -> bool:
        """See to one message, and return whether it has arrived."""
        is_chat = claimed.channel is OutboxChannel.CHAT
        rests = not is_chat and _rests(self._pause, self._now())
        if rests or self._is_over():
            self._release(claimed, self._pause.problem if rests and self._pause else "")
        elif unwanted := _why_unwanted(claimed):
            self._give_up(claimed, DeliveryState.DROPPED, unwanted)
        elif hopeless := _why_hopeless(claimed):
            self._give_up(claimed, DeliveryState.PARKED, hopeless)
        elif (body := self._read(claimed)) is not None:
            return self._post(claimed, body) if is_chat else self._mail(claimed, body)
        return False

    def _read(self, claimed: Claimed) -> MailBody | None:
        try:
            return MailBody.model_validate_json(claimed.body)
        except ValueError:
            self._give_up(claimed, DeliveryState.PARKED, _UNREADABLE)
            return None

    # --- mail ---------------------------------------------------------------------------------

    def _composed(self, claimed: Claimed, body: MailBody) -> EmailMessage | None:
        own, to = self._setup.section, claimed.email or ""
        thread = f"ticket-{claimed.ticket_id}.{self._desk_id}" if claimed.ticket_id else ""
        envelope = Envelope(own.sender, own.sender_name, to, claimed.key, thread, self._now())
        try:
            return compose(envelope, body, claimed.subject, self._files(claimed))
        except Invalid as error:
            problem = str(error)
        except Exception as error:  # one message's bug must not keep the others from leaving
            logger.exception("the message %d cannot be composed", claimed.id)
            problem = _BUG.format(kind=type(error).__name__)
        self._give_up(claimed, DeliveryState.PARKED, problem)
        return None

    def _with_code(self, claimed: Claimed, body: MailBody) -> MailBody | None:
        """Return what a mail says with the code that it is to bring, which lies nowhere else."""
        if not body.reset_id:
            return body
        with self._database.writing() as session:
            whole = password_resets.with_code(session, body, self._now())
        if whole is None:
            self._give_up(claimed, DeliveryState.DROPPED, password_resets.TOO_LATE)
        return whole

    def _files(self, claimed: Claimed) -> list[File]:
        if not claimed.has_files:
            return []
        with self._database.reading() as session:
            return DeliveryRepository(session).files(claimed)

    def _mail(self, claimed: Claimed, body: MailBody) -> bool:
        try:
            # A sender of no use is no fault of the message.
            server_of(self._setup, "")
            whole = self._with_code(claimed, body)
            mail = self._composed(claimed, whole) if whole is not None else None
            if mail is None:
                return False
            to = deliverable(claimed.email or "")
            sent = self._sending.send(mail, to, lambda: self._doubt(claimed))
        except ServerFault as fault:
            self._rest(str(fault))
            self._release(claimed, str(fault))
            return False
        self._cuts = self._cuts + 1 if sent.cut else 0
        if self._cuts >= _MOST_CUTS:
            self._rest(_MANY_CUTS)
        elif self._pause is not None and not sent.cut:
            self._keep_pause(None)
        with self._database.writing() as session:
            return self._settle(DeliveryRepository(session), claimed, sent)

    def _rest(self, problem: str) -> None:
        """Leave the mail server alone for a while: the longer, the more often it has failed."""
        failures = self._pause.failures + 1 if self._pause else 1
        wait = min(_doubled(failures), LONGEST_PAUSE) * (0.5 + self._seams.dice() / 2)
        logger.warning("mail is not sent for now: %s", problem)
        self._keep_pause(Pause(self._now() + wait, failures, problem))

    def _keep_pause(self, pause: Pause | None) -> None:
        self._pause = pause
        with self._database.writing() as session:
            FactRepository(session).set(PAUSE_FACT, pause.kept() if pause else "")

    # --- chat ---------------------------------------------------------------------------------

    def _post(self, claimed: Claimed, body: MailBody) -> bool:
        sent = self._posted(claimed, body, claimed.kind or ChatKind.SLACK)
        now, channel_id = self._now(), claimed.chat_id or 0
        with self._database.writing() as session:
            has_arrived = self._settle(DeliveryRepository(session), claimed, sent)
            if sent.retry_after:
                until = now + timedelta(seconds=sent.retry_after)
                DeliveryRepository(session).hold_chat(channel_id, until)
            posted_at = now if has_arrived else None
            ChatChannelRepository(session).note(channel_id, sent.sentence, posted_at)
        return has_arrived

    def _posted(self, claimed: Claimed, body: MailBody, kind: ChatKind) -> Sent:
        try:
            url = soon(
                lambda: url_of(
                    self._settings, self._desk_id, claimed.chat_id or 0,
                    claimed.chat_name or "", claimed.host or "",
                )
            )  # fmt: skip
        except KeyringWaits as error:
            return Sent(Outcome.LATER, str(error))
        if not url:
            return Sent(Outcome.LATER, _NO_URL)
        allowed = self._settings.channels.allowed_hosts
        return chat.send(
            kind, url, body, allowed=allowed, before_handing_over=lambda: self._doubt(claimed)
        )

    # --- what became of it --------------------------------------------------------------------

    def _settle(self, deliveries: DeliveryRepository, claimed: Claimed, sent: Sent) -> bool:
        """Keep what became of a message, and return whether it has arrived."""
        if sent.outcome is Outcome.SENT:
            deliveries.sent(claimed, self._now())
            return True
        if sent.outcome is Outcome.REFUSED:
            deliveries.give_up(claimed, DeliveryState.PARKED, sent.sentence)
        elif sent.outcome is Outcome.UNSURE and claimed.doubts + 1 >= _MOST_DOUBTS:
            problem = _IN_DOUBT.format(problem=sent.sentence)
            deliveries.give_up(claimed, DeliveryState.PARKED, problem)
        elif claimed.attempts >= MOST_TRIES:
            problem = _GIVEN_UP.format(tries=claimed.attempts, problem=sent.sentence)
            deliveries.give_up(claimed, DeliveryState.PARKED, problem)
        else:
            self._let_wait(deliveries, claimed, sent)
        return False

    def _let_wait(self, deliveries: DeliveryRepository, claimed: Claimed, sent: Sent) -> None:
        wait = min(_doubled(claimed.attempts), _LONGEST_WAIT) * (0.5 + self._seams.dice() / 2)
        until = self._now() + max(wait, timedelta(seconds=sent.retry_after or 0))
        if sent.outcome is Outcome.UNSURE:
            deliveries.wait_in_doubt(claimed, until, sent.sentence)
        else:
            deliveries.wait(claimed, until, sent.sentence)

    def _doubt(self, claimed: Claimed) -> None:
        with self._database.writing() as session:
            if not DeliveryRepository(session).doubt(claimed):
                raise _TakenOver

    def _give_up(self, claimed: Claimed, state: DeliveryState, problem: str) -> None:
        with self._database.writing() as session:
            DeliveryRepository(session).give_up(claimed, state, problem)

    def _release(self, claimed: Claimed, problem: str) -> None:
        with self._database.writing() as session:
            DeliveryRepository(session).release(claimed, problem)


def _channels(setup: MailSetup, pause: Pause | None, now: datetime) -> Sequence[OutboxChannel]:
    if setup.is_on and not _rests(pause, now):
        return tuple(OutboxChannel)
    return (OutboxChannel.CHAT,)


def _rests(pause: Pause | None, now: datetime) -> bool:
    """Return whether the mail server is left alone; not for long, whatever the clock said then."""
    return pause is not None and now < pause.until <= now + LONGEST_PAUSE


def _doubled(times: int) -> timedelta:
    doubled: timedelta = _FIRST_WAIT * 2 ** min(times - 1, _MOST_DOUBLINGS)
    return doubled


def _why_unwanted(claimed: Claimed) -> str:
    """Return why a message is not to be sent any more, if so: rights hold as they are now."""
    if claimed.channel is OutboxChannel.CHAT:
        if claimed.chat_id is None or claimed.chat_removed:
            return _NO_CHANNEL
        return "" if claimed.chat_active else _CHANNEL_OFF
    if not claimed.email:
        return _NO_ADDRESS
    return _why_not_theirs(claimed) if claimed.active else _LEFT


def _why_not_theirs(claimed: Claimed) -> str:
    """Return why somebody may not read a mail any more that was written for them, if so."""
    if claimed.has_files and Permission.SEE_FIGURES not in PERMISSIONS[claimed.role or Role.USER]:
        return _NO_FIGURES
    # A digest is about no ticket, and may quote internal notes all the same.
    if claimed.for_staff and claimed.role not in STAFF:
        return _NOT_STAFF
    is_on_it = claimed.requester_id == claimed.person_id or claimed.follows
    may_read = is_on_it and claimed.happening in FOR_REQUESTERS
    if claimed.ticket_id is not None and claimed.role not in STAFF and not may_read:
        return _NO_RIGHT
    return ""


def _why_hopeless(claimed: Claimed) -> str:
    """Return why a message is not tried once more, if so: whoever tried it did not end it."""
    if claimed.doubts >= _MOST_DOUBTS:
        return _IN_DOUBT.format(problem=_ENDED)
    if claimed.attempts > MOST_TRIES:
        return _GIVEN_UP.format(tries=claimed.attempts - 1, problem=_ENDED)
    return ""
