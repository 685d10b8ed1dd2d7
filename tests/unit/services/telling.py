# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk to tell people on: who was told of what, in which words, and what is to be mailed."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import delete, insert, select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.operation import operation, operations_of
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.notifications import Happening, MailBody
from helpdesk.core.schemas.tickets import Assignment, NewTicket, TicketView
from helpdesk.models import Notification, OutboxMessage, Team, TeamMember, User
from helpdesk.repositories.facts import FactRepository
from helpdesk.services.mail_setup import FACT
from helpdesk.services.work import Work
from tests.contract.desks import person

Deed = Callable[[Work], Any]


class Acting:
    """An operation for what no person does by the facade: rules, clocks and the program."""

    deed: ClassVar[Deed]
    answer: ClassVar[Any]

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("POST", "/act", permission=Permission.SEE_OWN_TICKETS)
    def act(self) -> None:
        """Do what a test wants done."""
        Acting.answer = Acting.deed(self._work)


class Telling:
    """A desk whose mail is on, with its people, ready to look at what they are told."""

    def __init__(self, embedded: EmbeddedDesk) -> None:
        self.embedded = embedded
        self.as_ = cache(lambda name: person(embedded, name))
        """Gives the facade of somebody who has signed in."""
        with embedded.database.reading() as session:
            accounts = session.scalars(select(User)).all()
            self.names = {account.id: account.username for account in accounts}
        self._ids = {name: id_ for id_, name in self.names.items()}
        self.set_mail(on=True)

    def id_of(self, name: str) -> int:
        return self._ids[name]

    def set_mail(self, *, on: bool) -> None:
        kept = {"enabled": on, "host": "mail.corp.example", "sender": "desk@corp.example"}
        with self.embedded.database.writing() as session:
            FactRepository(session).set(FACT, json.dumps(kept))

    def ticket(self, subject: str = "Printer jams", by: str = "alice") -> TicketView:
        """Open a ticket, of which everybody has forgotten that they were told."""
        opened = self.as_(by).tickets.open(NewTicket(subject=subject, description="It jams."))
        self.forget()
        return opened

    def given(self, to: str = "bob", by: str = "charlie") -> TicketView:
        """Open a ticket and give it to somebody."""
        ticket = self.ticket()
        assignment = Assignment(assignee_id=self.id_of(to), version=ticket.version)
        given = self.as_(by).tickets.assign(ticket.id, assignment)
        self.forget()
        return given

    def team(self, name: str, *members: str) -> int:
        """Make a team of some people and return its number."""
        with self.embedded.database.writing() as session:
            team = Team(name=name, name_folded=name.lower(), removed=False, version=1)
            session.add(team)
            session.flush()
            rows = [{"team_id": team.id, "user_id": self.id_of(each)} for each in members]
            session.execute(insert(TeamMember), rows)
            return team.id

    def act(self, deed: Deed, by: str | None = None) -> Any:
        """Do something within one transaction, by a person or by the program itself."""
        Acting.deed = staticmethod(deed)
        token = self.as_(by).sessions.current().token if by else None
        operation_ = operations_of(Acting)["act"]
        self.embedded.executor.execute(operation_, {}, token=token, system=by is None)
        return Acting.answer

    def forget(self) -> None:
        with self.embedded.database.writing() as session:
            session.execute(delete(Notification))
            session.execute(delete(OutboxMessage))

    def notifications(self) -> list[Notification]:
        with self.embedded.database.reading() as session:
            rows = list(session.scalars(select(Notification).order_by(Notification.id)))
            session.expunge_all()
            return rows

    def messages(self) -> list[OutboxMessage]:
        with self.embedded.database.reading() as session:
            rows = list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))
            session.expunge_all()
            return rows

    def told(self) -> dict[str, Happening]:
        """Return who was told of what; nobody is told twice."""
        rows = [(self.names[row.person_id], row.happening) for row in self.notifications()]
        assert len(dict(rows)) == len(rows), rows
        return dict(rows)

    def mailed(self) -> dict[str, MailBody]:
        """Return what goes to whom by mail; nobody gets two."""
        rows = [
            (self.names[row.person_id or 0], MailBody.model_validate_json(row.body))
            for row in self.messages()
        ]
        assert len(dict(rows)) == len(rows), rows
        return dict(rows)

    def only(self, name: str) -> Notification:
        """Return the one thing that somebody was told of."""
        found = [row for row in self.notifications() if self.names[row.person_id] == name]
        assert len(found) == 1
        return found[0]
