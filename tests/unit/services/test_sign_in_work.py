# SPDX-License-Identifier: GPL-3.0-or-later
"""Known, unknown and ended accounts cost the same: as many hashes, statements and transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import NamedTuple, TypeVar

import bcrypt
import pytest
from sqlalchemy import Engine, event

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import WrongPassword
from helpdesk.core.schemas.users import Leaving, NewSession
from tests.conftest import SettableClock
from tests.contract.desks import statements
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE

T = TypeVar("T")
pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)
TRIES = 30
MOST_APART = 1.1
KNOWN, UNKNOWN, ENDED = "alice", "nobody", "erin"


class Cost(NamedTuple):
    """What one try costs, whatever else the machine does."""

    rounds: int
    """So many rounds of the slow hash, which is what takes all the time."""
    statements: int
    transactions: int


@contextmanager
def transactions() -> Iterator[list[str]]:
    """Yield the list of what is committed inside."""
    seen: list[str] = []

    def note(_connection: object) -> None:
        seen.append("commit")

    event.listen(Engine, "commit", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "commit", note)


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Hash as ever, and note for each hash how many rounds it takes."""
    seen: list[int] = []

    def noting(hashing: Callable[[bytes, bytes], T]) -> Callable[[bytes, bytes], T]:
        def noted(password: bytes, salt: bytes) -> T:
            seen.append(2 ** int(salt.split(b"$")[2]))
            return hashing(password, salt)

        return noted

    for name in ("hashpw", "checkpw"):
        noted = noting(getattr(bcrypt, name))
        monkeypatch.setattr(f"helpdesk.services.passwords.bcrypt.{name}", noted)
    return seen


def tried(desk: EmbeddedDesk, name: str, number: int, rounds: list[int]) -> Cost:
    """Try a wrong password, and return what that costs."""
    rounds.clear()
    with transactions() as committed, statements() as sent, pytest.raises(WrongPassword):
        desk.facade().sessions.sign_in(NewSession(username=name, password=f"not this {number}"))
    return Cost(sum(rounds), len(sent), len(committed))


def test_a05_known_unknown_and_ended_accounts_cost_the_same(
    embedded: EmbeddedDesk, clock: SettableClock, rounds: list[int]
):
    users = embedded.as_system().users
    erin = users.named(ENDED)
    users.deactivate(erin.id, Leaving(version=erin.version))
    costs: dict[str, list[Cost]] = {KNOWN: [], UNKNOWN: [], ENDED: []}
    for number in range(TRIES):
        for name, seen in costs.items():
            seen.append(tried(embedded, name, number, rounds))
        # Nobody has to wait for the delay of the tries before.
        clock.forward(hours=1)
    assert all(min(seen).rounds > 0 for seen in costs.values())
    for part in Cost._fields:
        middle = [median(getattr(cost, part) for cost in seen) for seen in costs.values()]
        assert max(middle) <= MOST_APART * min(middle), (part, middle)
