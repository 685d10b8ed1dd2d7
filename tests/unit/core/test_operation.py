# SPDX-License-Identifier: GPL-3.0-or-later
"""Declaring operations: the function stays what it is, and nothing but DTOs may cross."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from helpdesk.core.operation import Transaction, operation, operations_of
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.tickets import NewTicket, Status, TicketView
from helpdesk.models import Ticket


class Sound:
    """A service whose operations take and give what may cross."""

    @operation("GET", "/a", permission=None)
    def read(self, number: int, at: datetime | None, status: Status) -> tuple[TicketView, ...]:
        """Read.

        More is told below.
        """
        return ()

    @operation("POST", "/b", permission=Permission.OWN_ACCOUNT)
    def write(self, new: NewTicket, flags: frozenset[str]) -> None:
        """Write."""

    @operation("DELETE", "/c", permission=None, transaction=Transaction.STEPWISE)
    def step(self) -> bool:
        """Step."""
        return True

    def not_declared(self, path: Path) -> Path:
        return path


def test_declared_methods_are_found_with_their_types():
    found = operations_of(Sound)
    assert list(found) == ["read", "step", "write"]
    read = found["read"]
    assert read.parameters == {"number": int, "at": datetime | None, "status": Status}
    assert read.result == tuple[TicketView, ...]
    assert (read.service, read.summary) == (Sound, "Read.")
    assert operations_of(Sound) is found


@pytest.mark.parametrize(
    ("name", "transaction"),
    [("read", Transaction.READ), ("write", Transaction.WRITE), ("step", Transaction.STEPWISE)],
)
def test_a_get_reads_and_everything_else_writes_unless_told(name: str, transaction: Transaction):
    assert operations_of(Sound)[name].declaration.transaction is transaction


def test_the_function_is_left_as_it_is():
    assert Sound().step() is True


def leaking(annotation: object) -> type:
    def call(self, thing):
        """Leak."""

    call.__annotations__ = {"thing": annotation, "return": None}
    return type("Leaking", (), {"call": operation("GET", "/x", permission=None)(call)})


@pytest.mark.parametrize(
    "annotation",
    [
        Ticket,
        Ticket | None,
        tuple[Ticket, ...],
        dict[str, int],
        list[int],
        set[str],
        object,
        Path,
        bytes,
    ],
)
def test_nothing_else_may_cross_a_layer(annotation: object):
    with pytest.raises(TypeError, match="thing is"):
        operations_of(leaking(annotation))
