# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a stranger waits for an answer, which must not tell who has an account.

People of the desk, names that nobody has and accounts that have ended are tried in turns, each name
once: with a wrong password, and with “Forgotten password?”. The people are there twice, so that the
difference between their two halves shows what the machine alone makes. Passwords are hashed at a
sixteenth of the cost in use: what differs beside the hash weighs sixteen times as much.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import fmean

from sqlalchemy import delete

from benchmarks.api import Place, api_server, places_of
from benchmarks.sized_desk import PASSWORD, SizedDesk
from benchmarks.timing import Figure, figure_of, milliseconds_of, percentile
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.http_transport import HttpTransport
from helpdesk.core import settings as settings_module
from helpdesk.core.clock import system_clock
from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.accounts import Forgotten
from helpdesk.core.schemas.users import NewSession, Role
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.models import ResetRequest, SignInFailure, User
from helpdesk.services.passwords import hash_password, is_right

NAMES = ("same_time",)

KNOWN, AGAIN, UNKNOWN, ENDED = "known", "again", "unknown", "ended"
_ORDER = (KNOWN, UNKNOWN, ENDED, AGAIN)
_TOLD_APART = (KNOWN, UNKNOWN, ENDED)
_COST, _QUICK_COST = 8, 4
_CALLS, _QUICK_CALLS = 100, 5
_WARM_UP = 5
_ROUNDS_OF_ONE_PLACE = 10
"""After so many the desk would take no more requests from one place within an hour."""
_WRONG = "not this one at all"
# Whether mail arrives is no part of the answer; where it goes to, nobody listens.
_SENDS_MAIL = {
    "HELPDESK_MAIL__ENABLED": "true",
    "HELPDESK_MAIL__HOST": "127.0.0.1",
    "HELPDESK_MAIL__PORT": "9",
    "HELPDESK_MAIL__SECURITY": "none",
    "HELPDESK_MAIL__SENDER": "desk@corp.example",
}
Try = Callable[[HelpDesk, str], object]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Whom a stranger tries, and what makes the desk forget what was tried."""

    names: dict[str, list[str]]
    forget: Callable[[], None]


def measure_same_time(
    desk: SizedDesk, names: set[str], keep: Path, *, quick: bool
) -> Iterator[Figure]:
    """Yield how far apart the answers are, on both databases, in this process and over HTTP."""
    if not names & set(NAMES):
        return
    cost = _QUICK_COST if quick else _COST
    with _environment({**_SENDS_MAIL, "HELPDESK_SECURITY__BCRYPT_COST": str(cost)}):
        # Each wrong password is a warning.
        logging.disable(logging.WARNING)
        try:
            for place in places_of(desk, keep):
                yield from _on(place, cost, _QUICK_CALLS if quick else _CALLS)
        finally:
            logging.disable(logging.NOTSET)


def _on(place: Place, cost: int, calls: int) -> Iterator[Figure]:
    settings = settings_module.load(place.desk.folder)
    database = database_at(place.url)
    stored = hash_password(PASSWORD, cost)
    names = _crowd(database, calls + _WARM_UP, stored)
    crowd = Crowd(names, partial(_forget, database))
    hash_alone = [milliseconds_of(lambda: is_right(_WRONG, stored, cost)) for _ in range(calls)]
    local = EmbeddedDesk(database, settings)
    try:
        for name, facade in _facades(place, local):
            rows = place.desk.rows
            yield _compared(f"same_sign_in_{name}", rows, facade, _sign_in, crowd, hash_alone)
            yield _compared(f"same_forgotten_{name}", rows, facade, _forgotten, crowd)
    finally:
        local.close()


def _facades(place: Place, local: EmbeddedDesk) -> Iterator[tuple[str, HelpDesk]]:
    yield f"local_{place.name}", local.facade()
    with ExitStack() as stack:
        server = stack.enter_context(api_server(place))
        client = settings_module.load(place.desk.folder).client
        facade = HelpDesk(HttpTransport(f"http://127.0.0.1:{server.port}", client))
        stack.callback(facade.close)
        yield f"http_{place.name}", facade


def _compared(
    name: str,
    rows: int,
    facade: HelpDesk,
    attempt: Try,
    crowd: Crowd,
    limit: list[float] | None = None,
) -> Figure:
    """Try everybody in turns, each kind as often in every place of a round."""
    took: dict[str, list[float]] = {kind: [] for kind in _ORDER}
    answers: dict[str, set[str]] = {kind: set() for kind in _ORDER}
    for number in range(len(crowd.names[KNOWN])):
        if number % _ROUNDS_OF_ONE_PLACE == 0:
            crowd.forget()
        for place in range(len(_ORDER)):
            kind = _ORDER[(place + number) % len(_ORDER)]
            call = partial(_answer, attempt, facade, crowd.names[kind][number], answers[kind])
            milliseconds = milliseconds_of(call)
            if number >= _WARM_UP:
                took[kind].append(milliseconds)
    means = {kind: fmean(found) for kind, found in took.items()}
    return figure_of(
        name,
        rows,
        [each for found in took.values() for each in found],
        limit or (),
        **{f"{kind}_ms": mean for kind, mean in means.items()},
        apart_percent=_apart([means[kind] for kind in _TOLD_APART]),
        apart_p50_percent=_apart([percentile(took[kind], 50) for kind in _TOLD_APART]),
        noise_percent=_apart([means[KNOWN], means[AGAIN]]),
        differing=float(any(answers[kind] != answers[KNOWN] for kind in _ORDER)),
    )


def _apart(means: list[float]) -> float:
    """Return by how many per cent the longest exceeds the shortest."""
    return (max(means) / min(means) - 1) * 100


def _answer(attempt: Try, facade: HelpDesk, name: str, answers: set[str]) -> None:
    try:
        answers.add(repr(attempt(facade, name)))
    except DeskError as error:
        answers.add(f"{type(error).__name__} {error}")


def _sign_in(facade: HelpDesk, name: str) -> object:
    return facade.sessions.sign_in(NewSession(username=name, password=_WRONG))


def _forgotten(facade: HelpDesk, name: str) -> object:
    return facade.sessions.forgotten(Forgotten(username=name))


def _crowd(database: DbManager, number: int, stored: str) -> dict[str, list[str]]:
    """Make people with passwords at the cost in use, in turns so that no kind has the old rows."""
    names: dict[str, list[str]] = {kind: [] for kind in _ORDER}
    kinds, now = cycle(_ORDER), system_clock()
    with database.writing() as session:
        for position, kind in zip(range(number * len(_ORDER)), kinds, strict=False):
            name = f"stranger.{position:05}"
            names[kind].append(name)
            if kind != UNKNOWN:
                user = User.new(name, name, f"{name}@corp.example", Role.USER, now)
                user.password_hash, user.password_one_time = stored, False
                user.active = kind != ENDED
                session.add(user)
    return names


def _forget(database: DbManager) -> None:
    with database.writing() as session:
        session.execute(delete(SignInFailure))
        session.execute(delete(ResetRequest))


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """Set what desks and servers that are opened are to have."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
