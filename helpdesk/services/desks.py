# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be known of a desk before anybody has signed in."""

from __future__ import annotations

from pydantic import TypeAdapter

from helpdesk import __version__
from helpdesk.core.operation import operation
from helpdesk.core.schemas.desk import DemoAccount, DeskInfo
from helpdesk.database import SCHEMA_VERSION
from helpdesk.repositories.facts import DEMO_ACCOUNTS
from helpdesk.services.mail_setup import mail_is_on
from helpdesk.services.security_setup import FACT, security_of
from helpdesk.services.single_sign_on_setup import single_sign_on_of
from helpdesk.services.work import Work

_accounts = TypeAdapter(tuple[DemoAccount, ...])


class Desks:
    """The desk as a whole."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/desk", permission=None)
    def info(self) -> DeskInfo:
        """Show the desk's version; the accounts of a demo desk are shown on its own machine."""
        facts = self._work.desk.facts
        demo = facts.get(DEMO_ACCOUNTS)
        rules = security_of(self._work.settings.security, facts.get(FACT))
        return DeskInfo(
            program_version=__version__,
            schema_version=SCHEMA_VERSION,
            demo=demo is not None,
            demo_accounts=_accounts.validate_json(demo) if demo else (),
            read_only=self._work.read_only,
            place=self._work.place,
            single_sign_on=self._single_sign_on(),
            can_reset=not self._work.read_only and mail_is_on(self._work.settings, facts),
            password_min_length=rules.password_min_length,
        )

    def _single_sign_on(self) -> str:
        """Return what the button says, where a sign-in in the browser could come to its end."""
        setup = single_sign_on_of(self._work.settings, self._work.desk.facts)
        return "" if self._work.read_only else setup.shown_label
