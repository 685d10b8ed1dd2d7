# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk that the tests of the repositories share for reading."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from tests.contract.desks import opened
from tests.unit.repositories.random_tickets import Made, make

_TICKETS = 250
_SEED = 7


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[EmbeddedDesk]:
    """Return a desk for a whole module, only to be read."""
    with opened(tmp_path_factory.mktemp("shared"), template, kind=desk_kind) as desk:
        yield desk


@pytest.fixture(scope="module")
def made(shared: EmbeddedDesk) -> list[Made]:
    """Return the random tickets of the shared desk."""
    with shared.database.writing() as session:
        return make(session, _TICKETS, _SEED)
