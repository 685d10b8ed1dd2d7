# SPDX-License-Identifier: GPL-3.0-or-later
"""The Help Desk API under load: real servers, real databases, one, 16 and 500 clients.

Every client has a connection and a session of its own. Three kinds of figures come of it: one
call at a time through the program's own facade, in this process and over HTTP (what HTTP costs);
clients that call without a pause beside a bare HTTP server (requests a second); and 500 people
who read and write and pause in between, as people do.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.operations import COMMON
from benchmarks.postgres_desk import postgres_desk
from benchmarks.sized_desk import MANAGER, PASSWORD, SizedDesk, sign_in
from benchmarks.timing import Figure, figure_of, in_turns_of
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.http_transport import HttpTransport
from helpdesk.core import settings as settings_module
from helpdesk.core.api import API_PREFIX, STREAM_PATH
from helpdesk.core.schemas.tickets import OPEN_STATUSES, NewTicket, TicketQuery
from helpdesk.core.schemas.users import NewSession
from helpdesk.database.db_manager import database_at

NAMES = ("api_overhead", "api_news", "api_load", "api_people")

_KINDS = ("first_page", "open", "search", "submit", "comment")
_CLIENTS, _QUICK_CLIENTS = (1, 16, 500), (1, 4)
_SECONDS, _QUICK_SECONDS = 6.0, 0.5
_PEOPLE, _QUICK_PEOPLE = 500, 8
_PEOPLE_SECONDS, _QUICK_PEOPLE_SECONDS = 60.0, 2.0
_PAUSE_SECONDS = 5.0
_START_SECONDS = 60
_SUBJECT = "The printer on the second floor jams"
_BODY = "Every other page comes out crumpled since this morning. " * 6
_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]


@dataclass(frozen=True, slots=True)
class Place:
    """One database that a server is measured on."""

    name: str
    url: str
    desk: SizedDesk


class Server:
    """A program that listens, until it is ended."""

    def __init__(self, command: Sequence[str], port: int, path: str, place: Place) -> None:
        """Start it and wait until it answers."""
        self.port = port
        places = {
            "HELPDESK_DATA_DIR": str(place.desk.folder.path),
            "HELPDESK_DATABASE_URL": place.url,
        }
        self._process = subprocess.Popen(
            command,
            cwd=_ROOT,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **places},
        )
        self._wait(f"http://127.0.0.1:{port}{path}")

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(timeout=_START_SECONDS)

    def resident_mb(self) -> float:
        """Return what it and its child processes hold, in megabytes."""
        return sum(_resident_kb(pid) for pid in _family(self._process.pid)) / 1000

    def _wait(self, url: str) -> None:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server for {url} ended at once")
            try:
                with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - on this machine
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise RuntimeError(f"{url} does not answer")


def measure_api(desk: SizedDesk, names: set[str], keep: Path, *, quick: bool) -> Iterator[Figure]:
    """Yield the figures of the workloads named, on SQLite and on PostgreSQL."""
    if not names & set(NAMES):
        return
    for place in places_of(desk, keep):
        yield from _on(place, names, quick=quick)


def places_of(desk: SizedDesk, keep: Path) -> Iterator[Place]:
    """Yield the desk on SQLite, and its copy on PostgreSQL."""
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_desk(desk, keep))
        sqlite = f"sqlite:///{desk.folder.database}"
        for name, url in (("sqlite", sqlite), ("postgresql", postgres)):
            yield Place(name, url, desk)


def _on(place: Place, names: set[str], *, quick: bool) -> Iterator[Figure]:
    with api_server(place) as server:
        client = settings_module.load(place.desk.folder).client
        facade = HelpDesk(HttpTransport(f"http://127.0.0.1:{server.port}", client))
        facade.sessions.sign_in(NewSession(username=MANAGER, password=PASSWORD))
        tickets = tickets_of(facade)
        ticket = tickets[0]
        if "api_overhead" in names:
            yield from _overhead(place, facade, ticket, calls=5 if quick else 100)
        if "api_news" in names:
            yield _news(place, server, facade, calls=5 if quick else 50)
        if "api_load" in names:
            yield from _load(place, server, tickets, quick=quick)
        if "api_people" in names:
            yield _people(place, server, tickets, quick=quick)
        facade.close()


def _overhead(place: Place, remote: HelpDesk, ticket: int, *, calls: int) -> Iterator[Figure]:
    """Compare a call over HTTP with the same in this process, on the same database."""
    settings = settings_module.load(place.desk.folder)
    local = EmbeddedDesk(database_at(place.url), settings)
    try:
        inside = sign_in(local, MANAGER)
        queue = TicketQuery(statuses=OPEN_STATUSES)
        new = NewTicket(subject=_SUBJECT, description=_BODY, category_id=1)
        for kind, of in (
            ("first_page", lambda desk: desk.tickets.search(queue)),
            ("open", lambda desk: desk.tickets.view(ticket)),
            ("submit", lambda desk: desk.tickets.open(new)),
        ):
            took, within_took = in_turns_of(partial(of, remote), partial(of, inside), calls)
            name = f"api_overhead_{kind}_{place.name}"
            yield figure_of(name, place.desk.rows, took, within_took)
    finally:
        local.close()


def _news(place: Place, server: Server, facade: HelpDesk, *, calls: int) -> Figure:
    """Measure from the answer to a write until somebody else's event stream tells of it."""
    (token,) = tokens_of(server.port, 1)
    took = []
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        path = API_PREFIX + STREAM_PATH
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        stream = connection.getresponse()
        _next_news(stream)
        for _ in range(calls):
            ticket = facade.tickets.open(NewTicket(subject=_SUBJECT))
            started = time.perf_counter()
            while ticket.id not in _next_news(stream)["ticket_ids"]:
                pass
            took.append((time.perf_counter() - started) * 1000)
    finally:
        connection.close()
    return figure_of(f"api_news_{place.name}", place.desk.rows, took)


def _next_news(stream: http.client.HTTPResponse) -> dict[str, Any]:
    while True:
        line = stream.readline()
        if line.startswith(b"data:"):
            news: dict[str, Any] = json.loads(line[5:])
            return news
        if not line:
            raise RuntimeError("the event stream has ended")


def _load(place: Place, server: Server, tickets: Sequence[int], *, quick: bool) -> Iterator[Figure]:
    seconds = _QUICK_SECONDS if quick else _SECONDS
    with _bare(place, tickets[0]) as bare:
        for clients in _QUICK_CLIENTS if quick else _CLIENTS:
            tokens = tokens_of(server.port, clients)
            for kind in _KINDS:
                calls = [
                    [call_of(kind, ticket, token)]
                    for token, ticket in zip(tokens, cycle(tickets), strict=False)
                ]
                found = run_load(server.port, calls, seconds)
                limit = None
                if kind != "comment" and clients < _PEOPLE:
                    limit = run_load(bare.port, [[_bare_call(kind)]] * clients, seconds)
                name = f"api_{kind}_{place.name}_{clients}"
                yield _figure(name, place.desk.rows, kind, found, limit)
        yield Figure(f"api_memory_{place.name}", place.desk.rows, more={"mb": server.resident_mb()})


def _people(place: Place, server: Server, tickets: Sequence[int], *, quick: bool) -> Figure:
    """Let people read and write with pauses: of ten calls one submits and one comments."""
    people = _QUICK_PEOPLE if quick else _PEOPLE
    seconds = _QUICK_PEOPLE_SECONDS if quick else _PEOPLE_SECONDS
    round_ = ("first_page", "open", "first_page", "search", "open", "submit", "open", "first_page",
              "search", "comment")  # fmt: skip
    calls = []
    for position, token in enumerate(tokens_of(server.port, people)):
        start, ticket = position % len(round_), tickets[position % len(tickets)]
        order = round_[start:] + round_[:start]
        calls.append([call_of(kind, ticket, token) for kind in order])
    found = run_load(server.port, calls, seconds, pause=0.2 if quick else _PAUSE_SECONDS)
    reads = [x for kind in ("first_page", "open", "search") for x in found["took"].get(kind, [])]
    writes = [x for kind in ("submit", "comment") for x in found["took"].get(kind, [])]
    more = {
        "calls_a_second": (len(reads) + len(writes)) / found["seconds"],
        "write_p95_ms": figure_of("", 0, writes).p95_ms or 0.0,
        "failures": float(sum(found["failures"].values())),
        "mb": server.resident_mb(),
    }
    _complain(found)
    return figure_of(f"api_people_{place.name}_{people}", place.desk.rows, reads, **more)


def _figure(
    name: str, rows: int, kind: str, found: dict[str, Any], limit: dict[str, Any] | None
) -> Figure:
    _complain(found)
    took = found["took"].get(kind, [])
    more = {
        "calls_a_second": len(took) / found["seconds"],
        "failures": float(sum(found["failures"].values())),
    }
    return figure_of(name, rows, took, limit["took"].get(kind, []) if limit else (), **more)


def _complain(found: dict[str, Any]) -> None:
    for failure, count in found["failures"].items():
        print(f"{count} calls failed: {failure}")


def run_load(
    port: int,
    clients: list[list[list[Any]]],
    seconds: float,
    pause: float = 0.0,
    *,
    once: bool = False,
) -> dict[str, Any]:
    """Let clients call a server from a process of their own, and return what they have seen."""
    load = {
        "host": "127.0.0.1",
        "port": port,
        "seconds": seconds,
        "pause": pause,
        "once": once,
        "clients": clients,
    }
    done = subprocess.run(
        [sys.executable, str(_HERE / "api_load.py")],
        input=json.dumps(load),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def call_of(kind: str, ticket: int, token: str) -> list[Any]:
    """Return a call as the clients send it."""
    headers = {"Authorization": f"Bearer {token}"}
    opened = "&".join(f"statuses={status.value}" for status in OPEN_STATUSES)
    paths = {
        "first_page": f"/tickets?{opened}",
        "open": f"/tickets/{ticket}",
        "search": f"/tickets?q={COMMON}%20",
        "submit": "/tickets",
        "comment": f"/tickets/{ticket}/comments",
    }
    bodies = {
        "submit": {"subject": _SUBJECT, "description": _BODY, "category_id": 1},
        "comment": {"body": "Is anybody on this?", "internal": True},
    }
    body = bodies.get(kind)
    return [kind, "POST" if body else "GET", API_PREFIX + paths[kind], headers, body]


def _bare_call(kind: str) -> list[Any]:
    paths = {
        "first_page": "/first",
        "open": "/open",
        "search": f"/search?{COMMON}",
        "submit": "/submit",
    }
    body = {"subject": _SUBJECT, "description": _BODY} if kind == "submit" else None
    return [kind, "POST" if body else "GET", paths[kind], {}, body]


def tokens_of(port: int, count: int) -> list[str]:
    """Begin as many sessions of the manager."""
    body = json.dumps({"username": MANAGER, "password": PASSWORD}).encode()
    tokens = []
    for _ in range(count):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{API_PREFIX}/session",
            data=body,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            tokens.append(json.load(answer)["token"])
    return tokens


def tickets_of(facade: HelpDesk) -> list[int]:
    """Return open tickets, those with the most to show first: nobody writes all on one."""
    rows = facade.tickets.search(TicketQuery(statuses=OPEN_STATUSES, limit=200)).items
    return [row.id for row in sorted(rows, key=lambda row: -min(row.comments, 20))]


@contextmanager
def api_server(place: Place) -> Iterator[Server]:
    """Serve the desk in a process of its own."""
    port = _free_port()
    command = [sys.executable, "-m", "helpdesk", "serve", "--port", str(port)]
    server = Server(command, port, "/health", place)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def _bare(place: Place, ticket: int) -> Iterator[Server]:
    port = _free_port()
    script = str(_HERE / "api_limit.py")
    command = [sys.executable, script, place.url, str(port), "1", str(ticket)]
    server = Server(command, port, "/open", place)
    try:
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _family(pid: int) -> Iterator[int]:
    yield pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if children.exists():
        for child in children.read_text().split():
            yield from _family(int(child))


def _resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    lines = status.read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)
