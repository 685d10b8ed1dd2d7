# SPDX-License-Identifier: GPL-3.0-or-later
"""A morning on which everybody signs in: hashing takes processors, and nothing that others need."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import bcrypt
import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.core.schemas.users import NewSession, Role
from tests.conftest import PASSWORD, PEOPLE, SignIn
from tests.contract.desks import opened
from tests.contract.test_rights import RIGHTS, Desk
from tests.matrix import HTTP_POSTGRESQL, HTTP_SQLITE, LOCAL_POSTGRESQL, LOCAL_SQLITE
from tests.servers import wait_until

PROCESSORS = os.cpu_count() or 1
SIGN_INS = 2 * len(PEOPLE)


class Hashing:
    """Every hash that is made, looked at and, if a test wants so, held."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.under_way = self.most = self.all = 0
        self.connections: list[int] = []
        """How many connections of a database the thread had that hashed."""
        self.on_a_loop = False
        self._lock = threading.Lock()
        self._taken: Counter[int] = Counter()

    def taken(self, *_: object) -> None:
        self._taken[threading.get_ident()] += 1

    def given_back(self, *_: object) -> None:
        self._taken[threading.get_ident()] -= 1

    def looked_at(self, hashing: Callable[..., object]) -> Callable[..., object]:
        """Return what hashes as ``hashing`` does, and is seen doing so."""

        def hash_(*arguments: object) -> object:
            with self._lock:
                self.under_way += 1
                self.all += 1
                self.most = max(self.most, self.under_way)
                self.connections.append(self._taken[threading.get_ident()])
                self.on_a_loop |= _is_on_a_loop()
            try:
                assert self.gate.wait(30)
                return hashing(*arguments)
            finally:
                with self._lock:
                    self.under_way -= 1

        return hash_


def _is_on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@contextmanager
def looked_at() -> Iterator[Hashing]:
    """Look at every hash that is made inside."""
    found = Hashing()
    event.listen(Pool, "checkout", found.taken)
    event.listen(Pool, "checkin", found.given_back)
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("hashpw", "checkpw"):
                patch.setattr(bcrypt, name, found.looked_at(getattr(bcrypt, name)))
            yield found
    finally:
        found.gate.set()
        event.remove(Pool, "checkout", found.taken)
        event.remove(Pool, "checkin", found.given_back)


@pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL, HTTP_SQLITE, HTTP_POSTGRESQL)
def test_while_everybody_signs_in_the_others_read(embedded: EmbeddedDesk, sign_in: SignIn):
    dana = sign_in("dana")
    desks = [embedded.facade() for _ in range(SIGN_INS)]
    wanted = [NewSession(username=name, password=PASSWORD) for name in PEOPLE] * 2
    with looked_at() as hashing, ThreadPoolExecutor(SIGN_INS) as people:
        hashing.gate.clear()
        signed_in = [
            people.submit(desk.sessions.sign_in, new)
            for desk, new in zip(desks, wanted, strict=True)
        ]
        wait_until(lambda: hashing.under_way == PROCESSORS)
        # Nobody gets in yet, and a reader waits for none of them.
        assert dana.tickets.search(TicketQuery()).items == ()
        assert not any(each.done() for each in signed_in)
        hashing.gate.set()
        assert {each.result().user is not None for each in signed_in} == {True}
    assert hashing.all == SIGN_INS
    assert hashing.most == PROCESSORS
    assert set(hashing.connections) == {0}
    assert not hashing.on_a_loop


def test_no_operation_has_a_connection_while_it_hashes(
    tmp_path_factory: pytest.TempPathFactory, template: Path
):
    place = tmp_path_factory.mktemp("hashing")
    with opened(place, template) as embedded:
        desk = Desk(embedded)
        hashed: dict[str, int] = {}
        for operation in RIGHTS:
            call = desk.call(operation, desk.actor_for(operation, Role.ADMIN), own=True)
            with looked_at() as hashing:
                try:
                    call()
                except DeskError:
                    # What an admin may not do to themselves hashes nothing either.
                    continue
            if hashing.all:
                hashed[operation] = max(hashing.connections)
    assert hashed.keys() >= {
        "Sessions.sign_in", "Sessions.change_password", "Users.add", "Users.reset_password",
    }  # fmt: skip
    assert set(hashed.values()) == {0}, hashed
