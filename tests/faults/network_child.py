# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of the network do in a process of its own: a server or a workstation that is killed.

Run as ``python -m tests.faults.network_child COMMAND …``.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.outbox import Outbox
from helpdesk.client.remote import RemoteDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.errors import Pending, Unreachable
from helpdesk.core.operation import Operation, operations_of
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.core.schemas.users import NewSession
from helpdesk.server.app import make_app
from helpdesk.server.running import listening_socket, server_for
from helpdesk.services.tickets import Tickets
from tests.conftest import PASSWORD

_POINTS = 60


def serve(folder: str, port: str, fault: str) -> None:
    """Serve a desk until killed; a fault kills it when the first ticket is opened."""
    data = DataFolder(Path(folder))
    settings = settings_module.load(data)
    desk = EmbeddedDesk.open(data, settings)
    if fault:
        _arm(desk, fault)
    listener = listening_socket("127.0.0.1", int(port), settings.server)
    server = server_for(make_app(desk, settings), settings.server)
    _say(listener.getsockname()[1])
    asyncio.run(server.serve(sockets=[listener]))


def _arm(desk: EmbeddedDesk, fault: str) -> None:
    armed = threading.local()
    execute = desk.executor.execute

    def executed(operation: Operation, *arguments: Any, **named: Any) -> Any:
        armed.on = operation.full_name == "Tickets.open"
        if armed.on and fault == "before the call":
            _kill()
        result = execute(operation, *arguments, **named)
        if armed.on and fault == "after the commit":
            _kill()
        return result

    @event.listens_for(Engine, "commit")
    def committing(_connection: Any) -> None:
        if getattr(armed, "on", False) and fault == "before the commit":
            _kill()

    desk.executor.execute = executed  # type: ignore[method-assign]


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crash_points(folder: str, away: str) -> None:
    """Be killed at each step of an outbox in turn; print what was promised and what was done."""
    reports = []
    for point in range(_POINTS):
        place = Path(folder) / f"{point}"
        place.mkdir()
        # Each in a process of its own, made before any thread.
        if (child := os.fork()) == 0:
            _write_and_die(place, point, away=bool(away))
        _, status = os.waitpid(child, 0)
        died = os.WIFSIGNALED(status)
        if (drainer := os.fork()) == 0:
            _drain(place)
        os.waitpid(drainer, 0)
        reports.append(_report(place, died=died))
        if not died:
            break
    _say(json.dumps(reports))


def _write_and_die(place: Path, point: int, *, away: bool) -> None:
    """Send one ticket, and be killed after so many steps that reach the disk or the server."""
    steps = 0

    def step(do: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        nonlocal steps
        if steps == point:
            _kill()
        steps += 1
        return do(*arguments, **named)

    for module, name in ((os, "fsync"), (os, "open"), (Path, "replace"), (Path, "unlink")):
        real = getattr(module, name)
        setattr(module, name, _counted(step, real, bound=module is Path))
    box = Outbox(place / "outbox" / "server", partial(step, partial(_do, place, away=away)))
    box._thread = threading.current_thread()  # noqa: SLF001 -- no sender of its own: one at a time
    box.signed_in("alice", "the token")
    promised = "nothing"
    with suppress(Pending):
        box.call(operations_of(Tickets)["open"], {"new": NewTicket(subject="Printer jam")})
        promised = "done"
    (place / "promised").write_text("pending" if promised == "nothing" else promised)
    os._exit(0)


def _counted(step: Any, real: Any, *, bound: bool) -> Any:
    if bound:
        return lambda self, *arguments, **named: step(real, self, *arguments, **named)
    return partial(step, real)


def _do(
    place: Path,
    operation: Operation,
    arguments: dict[str, Any],
    *,
    away: bool = False,
    token: str | None = None,
    idempotency_key: str | None = None,
) -> Any:
    """Do each key once, as the server does."""
    if away:
        raise Unreachable("Away.")
    (place / "effects").mkdir(exist_ok=True)
    with suppress(FileExistsError):
        (place / "effects" / str(idempotency_key)).touch(exist_ok=False)
    with (place / "calls").open("a") as file:
        file.write(f"{idempotency_key}\n")
    return None


def _drain(place: Path) -> None:
    """Start again after the crash, with the server there, and send what waits."""
    box = Outbox(place / "outbox" / "server", partial(_do, place))
    box.signed_in("alice", "the token")
    for _ in range(1000):
        if not box.entries():
            break
        threading.Event().wait(0.01)
    box.stop()
    box.join()
    (place / "left").write_text(str(len(box.entries())))
    os._exit(0)


def _report(place: Path, *, died: bool) -> dict[str, Any]:
    promised = place / "promised"
    effects = list((place / "effects").glob("*")) if (place / "effects").exists() else []
    kept = [file.name for file in (place / "outbox").rglob("*.json")]
    return {
        "died": died,
        "promised": promised.read_text() if promised.exists() else None,
        "effects": len(effects),
        "left": kept,
        "damaged": [file.name for file in (place / "outbox").rglob("*.damaged")],
    }


def desktop(url: str, folder: str, count: str) -> None:
    """Open tickets at a server until killed, saying before and after each what becomes of it."""
    data = DataFolder(Path(folder))
    desk = RemoteDesk.open(url, settings_module.load(data), data)
    desk.facade().sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    _say("signed in")
    for number in range(int(count)):
        with suppress(Pending):
            desk.facade().tickets.open(NewTicket(subject=f"Ticket {os.getpid()}-{number}"))
        _say(f"Ticket {os.getpid()}-{number}")
    for _ in range(3000):
        if not desk.outbox.entries():
            break
        threading.Event().wait(0.01)
    desk.close()


def _say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


COMMANDS: dict[str, Callable[..., None]] = {
    "serve": serve,
    "crash_points": crash_points,
    "desktop": desktop,
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
