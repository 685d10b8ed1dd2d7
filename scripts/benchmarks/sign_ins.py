# SPDX-License-Identifier: GPL-3.0-or-later
"""A morning on which a hundred people sign in at once, while others read tickets.

A real server hashes at the cost it has in use. What is measured is how long the others wait for
their tickets, beside the same reads while nobody signs in; and how long it takes until everybody
is in, beside the hashes alone, one on each processor.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import select, update

from benchmarks.api import (
    Place,
    api_server,
    call_of,
    places_of,
    run_load,
    tickets_of,
    tokens_of,
)
from benchmarks.sized_desk import MANAGER, PASSWORD, SizedDesk
from benchmarks.timing import Figure, figure_of, percentile
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.http_transport import HttpTransport
from helpdesk.core import settings as settings_module
from helpdesk.core.api import API_PREFIX
from helpdesk.core.schemas.users import NewSession
from helpdesk.database.db_manager import database_at
from helpdesk.models import User
from helpdesk.services.passwords import hash_password, is_right

NAMES = ("sign_ins",)

_COST, _QUICK_COST = 12, 4
_PEOPLE, _QUICK_PEOPLE = 100, 12
_READERS, _QUICK_READERS = 16, 4
_QUIET_SECONDS, _QUICK_QUIET_SECONDS = 10.0, 1.0
_PAUSE_SECONDS, _QUICK_PAUSE_SECONDS = 0.5, 0.05
_HASHES_OF_EACH_CORE = 4
_COST_VARIABLE = "HELPDESK_SECURITY__BCRYPT_COST"


def measure_sign_ins(
    desk: SizedDesk, names: set[str], keep: Path, *, quick: bool
) -> Iterator[Figure]:
    """Yield how long readers wait meanwhile, on SQLite and on PostgreSQL."""
    if not names & set(NAMES):
        return
    cost = _QUICK_COST if quick else _COST
    with _hashing_at(cost):
        for place in places_of(desk, keep):
            yield _on(place, cost, quick=quick)


def _on(place: Place, cost: int, *, quick: bool) -> Figure:
    stored = hash_password(PASSWORD, cost)
    people = _people(place, _QUICK_PEOPLE if quick else _PEOPLE, stored)
    raw_seconds = _raw_seconds(stored, cost, len(people))
    with api_server(place) as server, ThreadPoolExecutor(1) as beside:
        readers = _readers(place, server.port, _QUICK_READERS if quick else _READERS)
        pause = _QUICK_PAUSE_SECONDS if quick else _PAUSE_SECONDS
        quiet_seconds = _QUICK_QUIET_SECONDS if quick else _QUIET_SECONDS
        quiet = run_load(server.port, readers, quiet_seconds, pause)
        # The readers are there when everybody comes, and about as long as that takes.
        reading = beside.submit(run_load, server.port, readers, raw_seconds + 1, pause)
        arriving = run_load(server.port, [[_sign_in(name)] for name in people], 1, once=True)
        reads = reading.result()
    for found in (quiet, arriving, reads):
        if found["failures"]:
            print(f"failed: {found['failures']}")
    failures = sum(sum(found["failures"].values()) for found in (quiet, arriving, reads))
    return figure_of(
        f"sign_ins_{place.name}",
        place.desk.rows,
        _all_of(reads),
        _all_of(quiet),
        quiet_p95_ms=percentile(_all_of(quiet), 95),
        sign_ins=float(len(arriving["took"]["sign_in"])),
        seconds=max(arriving["took"]["sign_in"]) / 1000,
        raw_seconds=raw_seconds,
        failures=float(failures),
    )


@contextmanager
def _hashing_at(cost: int) -> Iterator[None]:
    """Let servers that are started hash at this cost."""
    before = os.environ[_COST_VARIABLE]
    os.environ[_COST_VARIABLE] = str(cost)
    try:
        yield
    finally:
        os.environ[_COST_VARIABLE] = before


def _people(place: Place, number: int, stored: str) -> list[str]:
    """Give everybody a password at this cost; return the names of some of them."""
    database = database_at(place.url)
    try:
        with database.writing() as session:
            session.execute(update(User).values(password_hash=stored, password_one_time=False))
            names = select(User.username).where(User.active, User.username != MANAGER)
            return list(session.scalars(names.order_by(User.id).limit(number)))
    finally:
        database.dispose()


def _raw_seconds(stored: str, cost: int, number: int) -> float:
    """Return how long so many hashes take that keep every processor busy."""
    cores = os.cpu_count() or 1
    tries = cores * _HASHES_OF_EACH_CORE
    started = perf_counter()
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(lambda _: is_right(PASSWORD, stored, cost), range(tries)))
    return (perf_counter() - started) / tries * number


def _readers(place: Place, port: int, number: int) -> list[list[list[Any]]]:
    client = settings_module.load(place.desk.folder).client
    facade = HelpDesk(HttpTransport(f"http://127.0.0.1:{port}", client))
    facade.sessions.sign_in(NewSession(username=MANAGER, password=PASSWORD))
    tickets = cycle(tickets_of(facade))
    facade.close()
    tokens = tokens_of(port, 1) * number
    return [
        [call_of(kind, ticket, token) for kind in ("first_page", "open", "search")]
        for token, ticket in zip(tokens, tickets, strict=False)
    ]


def _sign_in(username: str) -> list[Any]:
    body = {"username": username, "password": PASSWORD}
    return ["sign_in", "POST", f"{API_PREFIX}/session", {}, body]


def _all_of(found: dict[str, Any]) -> list[float]:
    return [each for took in found["took"].values() for each in took]
