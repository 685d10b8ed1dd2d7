# SPDX-License-Identifier: GPL-3.0-or-later
"""Who works here and how people want to be told, as one transaction knows them.

A sweep tells the same managers of hundreds of tickets, so they are read once. Nothing that changes
accounts, teams or preferences tells people of tickets in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from helpdesk.core.schemas.users import Role
from helpdesk.core.settings import Settings
from helpdesk.core.text import folded
from helpdesk.repositories.notifications import NotificationRepository, Recipient
from helpdesk.repositories.teams import Person, TeamRepository
from helpdesk.services.mail_setup import FACT
from helpdesk.services.outbox import mail_domain


class KnownPeople:
    """What was read of people in one transaction."""

    def __init__(self, notifications: NotificationRepository, teams: TeamRepository) -> None:
        """Begin with nobody known."""
        self._notifications = notifications
        self._teams = teams
        self._staff: dict[tuple[frozenset[Role], int | None], Sequence[Person]] = {}
        self._recipients: dict[int, Recipient | None] = {}
        self._followers: dict[int, frozenset[int]] = {}
        self._mail_domain: str | None = None

    def staff(self, roles: Collection[Role], team_id: int | None) -> Sequence[Person]:
        """Return who has one of some roles or is in a team, and still works here, by name."""
        asked = (frozenset(roles), team_id)
        if asked not in self._staff:
            self._staff[asked] = self._teams.staff(roles, team_id)
        return self._staff[asked]

    def recipients(self, person_ids: Iterable[int]) -> list[Recipient]:
        """Return the active ones of some people, with how they want to be told, by name."""
        wanted = set(person_ids)
        self.expect(wanted)
        found = [person for id_ in wanted if (person := self._recipients[id_]) is not None]
        return sorted(found, key=lambda each: (folded(each.full_name), each.id))

    def expect(self, person_ids: Collection[int]) -> None:
        """Read at once whom of some people is not known yet, before each is asked for."""
        unknown = [id_ for id_ in person_ids if id_ not in self._recipients]
        if unknown:
            found = {each.id: each for each in self._read(unknown)}
            self._recipients.update((id_, found.get(id_)) for id_ in unknown)

    def expect_followers(self, ticket_ids: Collection[int]) -> None:
        """Read at once who follows some tickets, before each is asked for."""
        self._followers.update(self._notifications.followers(ticket_ids))
        self.expect({id_ for each in ticket_ids for id_ in self._followers[each]})

    def concerned(
        self,
        person_ids: Collection[int],
        *,
        team_id: int | None,
        askers: bool,
        followed_id: int | None = None,
    ) -> list[Recipient]:
        """Return some people, with those of a team, who asked for new tickets or follows one."""
        if team_id is None and not askers and followed_id is None:
            return self.recipients(person_ids)
        if followed_id in self._followers and team_id is None and not askers:
            return self._with_followers(person_ids, self._followers[followed_id])
        return self._read(person_ids, team_id=team_id, askers=askers, followed_id=followed_id)

    def _with_followers(
        self, person_ids: Collection[int], followers: Collection[int]
    ) -> list[Recipient]:
        found = self.recipients({*person_ids, *followers})
        return [replace(each, follows=each.id in followers) for each in found]

    def mail_domain(self, settings: Settings) -> str:
        """Return where mail of the desk comes from, or nothing while it sends none."""
        if self._mail_domain is None:
            # How mail is set up has been read with the people.
            self._mail_domain = mail_domain(settings, self._notifications.kept_mail)
        return self._mail_domain

    def _read(
        self,
        person_ids: Collection[int],
        *,
        team_id: int | None = None,
        askers: bool = False,
        followed_id: int | None = None,
    ) -> list[Recipient]:
        return self._notifications.recipients(
            person_ids, mail_fact=FACT, team_id=team_id, askers=askers, followed_id=followed_id
        )
