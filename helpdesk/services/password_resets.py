# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back for who has lost the password: a mail with a code that counts once.

Asking does the same whether there is such an account or not: it keeps a request. A job then looks
who is meant, and puts a mail into the outbox that does not hold the code yet. The code is made when
the mail leaves, so that it lies nowhere but in the mail; the desk keeps its hash.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from helpdesk.core.permissions import SYSTEM
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.notifications import MailBody
from helpdesk.core.schemas.users import AccountOrigin
from helpdesk.core.settings import Settings
from helpdesk.database.db_manager import DbManager
from helpdesk.models import ResetRequest, User
from helpdesk.repositories.desk_changes import CHANNEL
from helpdesk.repositories.facts import FactRepository
from helpdesk.repositories.resets import ASKED, DROPPED, SENT, ResetRepository
from helpdesk.services import mail_setup, totp
from helpdesk.services.audit_trail import NOTHING
from helpdesk.services.outbox import Dispatch, Letter, mail_domain
from helpdesk.services.user_rules import about
from helpdesk.services.work import Transacted

MOST_BY_NAME, MOST_BY_SOURCE = 3, 60
"""So many requests an hour are answered by a mail, and so many are taken from one place."""
COUNTED = timedelta(hours=1)
_MOST_IN_A_RUN = 1_000
"""The rest is for the next run, seconds later."""
_SUBJECT = "Your way back to the help desk"
_TITLE = "Choose a new password"
_CODE = "Your code is {code}"
_HOW = (
    "Enter it in the sign-in window under “Forgotten password?”, together with a new password, for"
    " the account {username}. It counts once, until {until} UTC."
)
_ASKED_BY = "Somebody has asked for it at {at} UTC. If that was not you, there is nothing to do."
_ELSEWHERE = (
    "The password of the account {username} is not kept by the help desk but by your organisation;"
    " it can be changed there alone."
)
TOO_LATE = "The code would have come too late to be of use."


def is_waiting(database: DbManager) -> bool:
    """Return whether somebody waits for a mail."""
    with database.reading() as session:
        return ResetRepository(session).is_waiting()


def write_mails(database: DbManager, settings: Settings, now: datetime) -> int:
    """Put the mails that are asked for into the outbox, and return how many they are."""
    with database.reading() as session:
        resets = ResetRepository(session)
        waiting = resets.waiting(_MOST_IN_A_RUN)
        meant = resets.meant_by({key for _, key in waiting}) if waiting else {}
    written = 0
    for request_id, key in waiting:
        with database.writing() as session:
            written += _write(session, settings, request_id, meant[key], now)
    return written


def _write(
    session: Session, settings: Settings, request_id: int, meant: list[int], now: datetime
) -> int:
    resets = ResetRepository(session)
    request = resets.get(request_id)
    if request is None or request.state != ASKED:
        return 0
    domain = mail_domain(settings, FactRepository(session).get(mail_setup.FACT))
    request.state = DROPPED
    users = resets.accounts(meant) if domain and now < request.ends_at else []
    desk = Transacted(session, SYSTEM, request.source)
    rows = []
    for user in users:
        if user.origin is not AccountOrigin.LOCAL:
            letter = _elsewhere(user, now)
        elif user.password_hash is None:
            # Nobody has given it a password yet; that is for an admin to do.
            continue
        else:
            row = resets.add(_code_row(request, user.id, user.password_hash))
            letter = _letter(row, user, now)
        rows.append(Dispatch(now, domain).mail(letter))
        desk.audit.add(AuditAction.RESET_ASKED, about(user), actor=NOTHING)
    desk.outbox.add(rows)
    if rows:
        desk.changed(CHANNEL, 1)
    desk.finish(now)
    return len(rows)


def _code_row(request: ResetRequest, person_id: int | None, verified: str | None) -> ResetRequest:
    """Return what keeps a code for an account: not counted, since nobody has asked for it."""
    return ResetRequest(
        name_folded="", source="", state=SENT, person_id=person_id, code_hash=None,
        verified=verified, created_at=request.created_at, ends_at=request.ends_at,
    )  # fmt: skip


def _letter(request: ResetRequest, user: User, now: datetime) -> Letter:
    body = MailBody(
        title=_TITLE,
        lines=(
            _HOW.format(username=user.username, until=f"{request.ends_at:%d %B %Y, %H:%M}"),
            _ASKED_BY.format(at=f"{request.created_at:%d %B %Y, %H:%M}"),
        ),
        to_name=user.full_name,
        reset_id=request.id,
    )
    return Letter(person_id=user.id, subject=_SUBJECT, body=body, at=now)


def _elsewhere(user: User, now: datetime) -> Letter:
    lines = (_ELSEWHERE.format(username=user.username),)
    body = MailBody(title=_TITLE, lines=lines, to_name=user.full_name)
    return Letter(person_id=user.id, subject=_SUBJECT, body=body, at=now)


def with_code(session: Session, body: MailBody, now: datetime) -> MailBody | None:
    """Return what a mail says with a new code in it; ``None`` where no code is of use any more.

    A mail that may have arrived is sent once more, and its receiver may keep either: the codes of
    both count, until one is used.
    """
    resets = ResetRepository(session)
    request = resets.get(body.reset_id)
    if request is None or request.state != SENT or now >= request.ends_at:
        return None
    if request.code_hash is not None:
        request = resets.add(_code_row(request, request.person_id, request.verified))
    code = totp.reset_code()
    request.code_hash = totp.hash_of_reset(code)
    return body.model_copy(update={"lines": (_CODE.format(code=code), *body.lines), "reset_id": 0})
