# SPDX-License-Identifier: GPL-3.0-or-later
"""``serve``: the desk for other workstations and systems, over HTTP."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Semaphore
from pathlib import Path
from typing import TYPE_CHECKING

from helpdesk.commands.place import Place
from helpdesk.commands.terminal import complain, say
from helpdesk.core.errors import Invalid
from helpdesk.core.paths import DataFolder

if TYPE_CHECKING:
    from helpdesk.client.embedded import EmbeddedDesk

_NEEDED = ("fastapi", "prometheus_client", "uvicorn")
_NOT_INSTALLED = (
    "The server needs packages that are not installed; install it with: pip install"
    ' "helpdesk[server]".'
)
_DEMO = (
    "This is a demo desk, whose passwords everybody knows: serve one of your own to other machines."
)
_ONE_PROCESS = "Several processes need Linux or macOS; leave --workers out."


def run(place: Place, options: argparse.Namespace) -> int:
    """Serve until the process is told to stop."""
    require_server()
    from helpdesk.server.peer import is_loopback
    from helpdesk.server.running import address_of, listening_socket, tls_context

    settings = place.settings.server
    tls_context(settings)
    # Brings an older schema up to date, and fails here where it must, before anybody waits.
    with place.desk() as desk:
        is_demo = desk.as_system().desks.info().demo
    with listening_socket(options.host, options.port, settings) as listener:
        if is_demo and not is_loopback(options.host):
            complain(_DEMO)
        announcement = f"Help Desk API at {address_of(listener, options.host, settings)}"
        if options.workers == 1:
            _serve(place, listener, announcement)
        else:
            _serve_by_many(place, listener, announcement, options.workers)
    return 0


def require_server() -> None:
    """Raise ``Invalid`` where what the server is built on is not installed."""
    if any(find_spec(name) is None for name in _NEEDED):
        raise Invalid(_NOT_INSTALLED)


def _serve(place: Place, listener: socket.socket, announcement: str) -> None:
    from helpdesk.server.app import make_app
    from helpdesk.server.running import run_until_told, server_for

    _log_to(place.folder.log, place)
    with place.desk() as desk, _jobs(desk):
        server = server_for(make_app(desk, place.settings), place.settings.server)
        server.on_started = partial(say, announcement)
        run_until_told(server, listener)


def _serve_by_many(place: Place, listener: socket.socket, announcement: str, count: int) -> None:
    from helpdesk.server.workers import Workers

    if sys.platform == "win32":
        raise Invalid(_ONE_PROCESS)
    _log_to(place.folder.log, place)
    context = multiprocessing.get_context("spawn")

    ready = context.Semaphore(0)

    def start(number: int) -> BaseProcess:
        arguments = (number, place.folder, place.settings_file, listener, ready)
        process = context.Process(target=_work, args=arguments, name=f"worker-{number}")
        process.start()
        return process

    with _common_figures():
        workers = Workers(count, start, place.settings.server.stop_seconds)
        workers.run(partial(_all_answer, ready, set(range(count))), partial(say, announcement))


def _all_answer(ready: Semaphore, waiting: set[int]) -> bool:
    """Tell whether as many processes have told that they answer as were waited for."""
    while waiting and ready.acquire(block=False):
        waiting.pop()
    return not waiting


def _work(
    number: int,
    folder: DataFolder,
    settings_file: Path | None,
    listener: socket.socket,
    ready: Semaphore,
) -> None:
    """Serve as one process of several; the first one also runs the jobs."""
    from helpdesk.server.app import make_app
    from helpdesk.server.running import run_until_told, server_for
    from helpdesk.server.workers import stop_with_parent

    place = Place(folder, settings_file)
    # Two processes cannot rotate one file.
    _log_to(folder.log.with_stem(f"{folder.log.stem}-{number}"), place)
    with place.desk() as desk, _jobs(desk, wanted=number == 1):
        server = server_for(make_app(desk, place.settings), place.settings.server)
        server.on_started = ready.release
        stop_with_parent(server)
        run_until_told(server, listener)


def _log_to(file: Path, place: Place) -> None:
    from helpdesk.core import logs

    logs.start(file, place.settings.logging)
    own, others = logging.getLogger("helpdesk"), logging.getLogger("uvicorn")
    others.handlers, others.propagate = list(own.handlers), False
    others.setLevel(logging.WARNING)


@contextmanager
def _jobs(desk: EmbeddedDesk, *, wanted: bool = True) -> Iterator[None]:
    if not wanted or find_spec("helpdesk.jobs.loop") is None:
        yield
        return
    from helpdesk.jobs.loop import JobLoop

    loop = JobLoop(desk)
    loop.start()
    try:
        yield
    finally:
        loop.stop()


@contextmanager
def _common_figures() -> Iterator[None]:
    """Give the processes a folder in which they put their figures together."""
    from helpdesk.server.metrics import MULTIPROCESS_VARIABLE

    if MULTIPROCESS_VARIABLE in os.environ:
        yield
        return
    folder = tempfile.mkdtemp(prefix="helpdesk-figures-")
    os.environ[MULTIPROCESS_VARIABLE] = folder
    try:
        yield
    finally:
        del os.environ[MULTIPROCESS_VARIABLE]
        shutil.rmtree(folder, ignore_errors=True)
