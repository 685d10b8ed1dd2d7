# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells people by mail what was done to their account, whoever did it, in its transaction.

Nobody chooses not to be told: who has taken an account over would choose that first.
"""

from __future__ import annotations

from helpdesk.core.schemas.notifications import MailBody
from helpdesk.models import User
from helpdesk.repositories.desk_changes import CHANNEL
from helpdesk.services.mail_setup import FACT
from helpdesk.services.outbox import Dispatch, Letter, mail_domain
from helpdesk.services.work import Transacted, Work

_NOT_YOU = "If that was not you, tell an admin of your help desk at once."


def tell_of(
    work: Work, desk: Transacted, user: User, title: str, *lines: str, address: str | None = None
) -> None:
    """Put a mail to somebody into the outbox, where the desk sends mail and knows an address.

    ``address`` is one that they had, where it is to go there.
    """
    domain = mail_domain(work.settings, desk.facts.get(FACT))
    if not domain or not (address or user.email):
        return
    when = f"{work.now:%d %B %Y, %H:%M} UTC"
    body = MailBody(
        title=title,
        lines=(f"That was on {when}, for the account {user.username}.", *lines, _NOT_YOU),
        to_name=user.full_name,
    )
    letter = Letter(person_id=user.id, subject=title, body=body, at=work.now, address=address)
    desk.outbox.add([Dispatch(work.now, domain).mail(letter)])
    desk.changed(CHANNEL, 1)
