# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the people an import names among the accounts, and gathers those who need one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from helpdesk.core.errors import Invalid
from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.users import Role
from helpdesk.core.text import NAME_LIMIT, folded, single_line
from helpdesk.database.bulk import Account, UserRow
from helpdesk.services.import_values import BadValue, shown

UNKNOWN_PERSON = "Unknown requester"
"""Who has asked for tickets of a file that does not tell."""

MOST_NEW_PEOPLE = 100_000

_STAFF_ROLES = frozenset(role.value for role in STAFF)
_NAME_AND_ADDRESS = re.compile(r"^(?P<name>.*?)\s*<(?P<address>[^<>\s]+@[^<>\s]+)>$")
_ADDRESS = re.compile(r"^[^@\s<>]+@[^@\s<>]+$")
_NOT_IN_USERNAME = re.compile(r"[^\w.@+-]+")
_USERNAME_LENGTH = 56
_SHARED = 0
_ASKED = 100
"""So many user names of one kind are looked at together."""

Taken = Callable[[Sequence[str]], Collection[str]]
"""Returns which of some folded user names have an account."""


@dataclass(slots=True)
class NewPerson:
    """Somebody who gets an account without a password."""

    username: str
    full_name: str
    email: str | None
    role: Role = Role.USER
    is_needed: bool = False
    """Whether a row that can be imported names this person."""

    def row(self, id_: int, created_at: int) -> UserRow:
        """Return the row of the account."""
        return UserRow(
            id=id_,
            username=self.username,
            username_folded=folded(self.username),
            full_name=self.full_name,
            full_name_folded=folded(self.full_name),
            email=self.email,
            role=self.role.value,
            active=True,
            password_hash=None,
            password_one_time=False,
            created_at=created_at,
            last_sign_in_at=None,
            version=1,
        )


class People:
    """Accounts by user name, e-mail address and full name, in any case.

    A person is told as the id of the account, or as a negative number for the new ones: -1 is
    the first of ``new``.
    """

    def __init__(self, accounts: Iterable[Account], taken: Taken | None = None) -> None:
        """Take in the accounts there are, or those alone that may be meant.

        ``taken`` tells which user names others have. With it, people are found by address and
        name alone: what another system calls somebody is no user name of this desk.
        """
        self.new: list[NewPerson] = []
        self._taken = taken
        self._by_username: dict[str, int] = {}
        self._by_email: dict[str, int] = {}
        self._by_name: dict[str, int] = {}
        self._staff: set[int] = set()
        self._inactive: set[int] = set()
        for account in accounts:
            self._know(account.id, account.username_folded, account.full_name_folded, account.email)
            if account.role in _STAFF_ROLES:
                self._staff.add(account.id)
            if not account.active:
                self._inactive.add(account.id)

    @property
    def needed(self) -> list[NewPerson]:
        """The planned accounts that rows need which can be imported."""
        return [person for person in self.new if person.is_needed]

    def requester(self, text: str) -> int:
        """Return who asked, planning an account where there is none. Raises ``BadValue``."""
        return self._found(text) or self._planned(text)

    def assignee(self, text: str, *, has_work: bool) -> int:
        """Return who works on the ticket, planning an account where there is none.

        Raises ``BadValue`` when the account cannot be given tickets.
        """
        person = self._found(text) or self._planned(text)
        if person > 0 and person not in self._staff:
            raise BadValue(f"{shown(text)} is not staff; make that account a technician first")
        if has_work and person in self._inactive:
            raise BadValue(f"{shown(text)} is deactivated and cannot have an open ticket")
        return person

    def is_staff(self, person: int) -> bool:
        """Return whether an account of the desk is one of the staff."""
        return person in self._staff

    def need(self, requester: int, assignee: int | None) -> None:
        """Keep in mind that the accounts planned for a ticket are needed, and as what."""
        if requester < 0:
            self.new[-requester - 1].is_needed = True
        if assignee is not None and assignee < 0:
            self.new[-assignee - 1].is_needed = True
            self.new[-assignee - 1].role = Role.TECHNICIAN

    def expect(self, person: NewPerson) -> None:
        """Plan an account that was found to be needed, unless somebody has made it since."""
        known = self._by_email if person.email else self._by_name
        if folded(person.email or person.full_name) not in known:
            self._plan(person.full_name, person.email)
            self.new[-1].role = person.role

    def _found(self, text: str) -> int | None:
        key = folded(text)
        by_username = self._by_username.get(key)
        if by_username and self._taken is None:
            return by_username
        match = _NAME_AND_ADDRESS.match(text)
        by_email = self._by_email.get(folded(match["address"]) if match else key)
        person = self._by_name.get(key) if by_email is None else by_email
        if person == _SHARED:
            wanted = "user name" if self._taken is None else "address that one of them has"
            raise BadValue(f"{shown(text)} is the name of several accounts; write the {wanted}")
        return person

    def _planned(self, text: str) -> int:
        match = _NAME_AND_ADDRESS.match(text)
        name, email = (match["name"], match["address"]) if match else (text, None)
        if _ADDRESS.match(text):
            name, email = "", text
        name = single_line(name).strip(" \"'") or _name_in(email or text)
        return self._plan(name, email)

    def _plan(self, full_name: str, email: str | None) -> int:
        if len(full_name) > NAME_LIMIT or (email and len(email) > NAME_LIMIT):
            raise BadValue(f"{shown(full_name)} is longer than the {NAME_LIMIT} letters of a name")
        if len(self.new) >= MOST_NEW_PEOPLE:
            raise Invalid(
                f"This would make more than {MOST_NEW_PEOPLE:,} accounts; look whether requester"
                " and assignee are taken from the right columns."
            )
        username = self._free_username(email.partition("@")[0] if email else full_name)
        self.new.append(NewPerson(username, full_name, email))
        self._know(-len(self.new), folded(username), folded(full_name), email)
        return -len(self.new)

    def _know(self, person: int, username: str, full_name: str, email: str | None) -> None:
        self._by_username[username] = person
        for index, key in ((self._by_name, full_name), (self._by_email, folded(email or ""))):
            if key:
                index[key] = person if index.get(key, person) == person else _SHARED

    def _free_username(self, text: str) -> str:
        plain = unicodedata.normalize("NFKC", text).casefold()
        wanted = _NOT_IN_USERNAME.sub(".", plain).strip(".-")[:_USERNAME_LENGTH] or "person"
        first = 1
        while True:
            names = [f"{wanted}{n}" if n > 1 else wanted for n in range(first, first + _ASKED)]
            taken = self._taken(names) if self._taken else ()
            for name in names:
                if folded(name) not in self._by_username and name not in taken:
                    return name
            first += _ASKED


def _name_in(address: str) -> str:
    """Return a name for somebody of whom only the address is known."""
    words = re.split(r"[._+\-\s]+", address.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word) or address
