# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk serve`` as a process of its own, and ``helpdesk openapi``."""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from helpdesk import cli
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.api import API_PREFIX, STREAM_PATH
from helpdesk.core.paths import DataFolder
from helpdesk.repositories.facts import DEMO_ACCOUNTS, FactRepository
from tests.conftest import PASSWORD
from tests.servers import wait_until
from tests.unit.cli.conftest import Run

ROOT = Path(cli.__file__).parents[1]
LONGEST = 60


class Serving:
    """A server in a process of its own."""

    def __init__(self, folder: DataFolder, *arguments: str, **variables: str) -> None:
        """Start it and wait for its first line."""
        command = [sys.executable, "-m", "helpdesk", "--data-dir", str(folder.path), "serve"]
        self.process = subprocess.Popen(
            [*command, "--port", "0", *arguments],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(folder.path), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        match = re.fullmatch(r"Help Desk API at (https?://\S+)\n", self.line)
        assert match, (self.line, self.process.communicate(timeout=LONGEST))
        self.url = match.group(1)

    def end(self, number: signal.Signals) -> tuple[int, str, str]:
        """Send a signal and return the exit code and what was printed since."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=LONGEST)
        return self.process.returncode, out, err


Serve = Callable[..., Serving]


@pytest.fixture
def serve(folder: DataFolder) -> Iterator[Serve]:
    """Return a function that starts a server of a fresh desk."""
    with ExitStack() as stack:

        def started(*arguments: str, **variables: str) -> Serving:
            found = Serving(folder, *arguments, **variables)
            stack.callback(_end, found.process)
            return found

        yield started


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=LONGEST)


def sign_in(url: str, verify: ssl.SSLContext | bool = True) -> str:
    answer = httpx.post(
        f"{url}{API_PREFIX}/session",
        json={"username": "bob", "password": PASSWORD},
        verify=verify,
        trust_env=False,
    )
    token: str = answer.json()["token"]
    return token


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(serve: Serve, folder: DataFolder, number):
    server = serve()
    token = sign_in(server.url)
    headers = {"Authorization": f"Bearer {token}"}
    opened = httpx.post(
        f"{server.url}{API_PREFIX}/tickets", json={"subject": "x"}, headers=headers, trust_env=False
    )
    assert opened.json()["number"] == "HD-1"
    info = httpx.get(f"{server.url}{API_PREFIX}/desk", trust_env=False).text
    assert str(folder.path) not in info
    assert server.end(number) == (0, "", "")
    log = folder.log.read_text()
    assert "Tickets.open" in log
    assert token not in log


def test_open_streams_do_not_hold_it_up(serve: Serve):
    server = serve()
    headers = {"Authorization": f"Bearer {sign_in(server.url)}"}
    with httpx.stream(
        "GET", server.url + API_PREFIX + STREAM_PATH, headers=headers, trust_env=False
    ) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "event: changes"
        ended = threading.Thread(target=lambda: list(lines))
        ended.start()
        assert server.end(signal.SIGTERM)[0] == 0
        ended.join(LONGEST)
        assert not ended.is_alive()


def test_several_processes_share_sessions_and_figures(serve: Serve):
    server = serve("--workers", "2")
    headers = {"Authorization": f"Bearer {sign_in(server.url)}"}
    for _ in range(20):
        # A connection of its own each time, so that both processes are asked.
        answer = httpx.get(f"{server.url}{API_PREFIX}/session", headers=headers, trust_env=False)
        assert answer.status_code == 200
    text = httpx.get(f"{server.url}/metrics", trust_env=False).text
    assert 'helpdesk_requests_total{operation="sessions.current",status="200"} 20.0' in text
    assert server.end(signal.SIGTERM)[0] == 0


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes there")
def test_processes_do_not_outlive_the_first_one(serve: Serve):
    server = serve("--workers", "2")
    wait_until(lambda: len(_workers_of(server.process.pid)) == 2)
    httpx.get(f"{server.url}/health", trust_env=False)
    workers = _workers_of(server.process.pid)
    server.process.kill()
    wait_until(lambda: not any(_lives(each) for each in workers))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes there")
def test_a_process_that_ends_is_replaced(serve: Serve, folder: DataFolder):
    server = serve("--workers", "2")
    wait_until(lambda: len(_workers_of(server.process.pid)) == 2)
    first = _workers_of(server.process.pid)
    os.kill(first[0], signal.SIGKILL)
    wait_until(lambda: len(set(_workers_of(server.process.pid)) - {first[0]}) == 2)
    assert httpx.get(f"{server.url}/health", trust_env=False).status_code == 200
    assert server.end(signal.SIGTERM)[0] == 0
    assert f"process {first[0]} ended with -9" in folder.log.read_text()


def _workers_of(process_id: int) -> list[int]:
    children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    return [int(each) for each in children if "spawn_main" in _command_of(int(each))]


def _command_of(process_id: int) -> str:
    try:
        return Path(f"/proc/{process_id}/cmdline").read_text()
    except OSError:
        return ""


def _lives(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a certificate for 127.0.0.1 and its key."""
    folder = tmp_path_factory.mktemp("tls")
    chain, key = folder / "chain.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=desk", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(chain)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return chain, key


def test_with_a_certificate_it_speaks_tls(serve: Serve, certificate: tuple[Path, Path]):
    chain, key = certificate
    server = serve(HELPDESK_SERVER__TLS_CERTIFICATE=str(chain), HELPDESK_SERVER__TLS_KEY=str(key))
    assert server.url.startswith("https://")
    trusted = ssl.create_default_context(cafile=str(chain))
    answer = httpx.get(f"{server.url}/health", verify=trusted, trust_env=False)
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/health", trust_env=False)
    assert sign_in(server.url, trusted)
    assert server.end(signal.SIGTERM)[0] == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "desk.example"])  # noqa: S104
def test_passwords_do_not_travel_in_the_clear(run: Run, host):
    outcome = run("serve", "--host", host, "--port", "0")
    assert outcome.code == 1
    assert outcome.err.startswith("Passwords would travel in the clear")
    assert outcome.out == ""


@pytest.mark.parametrize(("host", "warns"), [("0.0.0.0", True), ("127.0.0.1", False)])  # noqa: S104
def test_a_demo_desk_for_others_is_warned_of(serve: Serve, embedded: EmbeddedDesk, host, warns):
    with embedded.database.writing() as session:
        FactRepository(session).set(DEMO_ACCOUNTS, "[]")
    server = serve("--host", host, HELPDESK_SERVER__TRUSTED_PROXIES='["192.0.2.1"]')
    code, _out, err = server.end(signal.SIGTERM)
    assert code == 0
    assert err.startswith("This is a demo desk, whose passwords everybody knows") is warns


def test_a_named_proxy_makes_other_addresses_possible(serve: Serve):
    server = serve("--host", "0.0.0.0", HELPDESK_SERVER__TRUSTED_PROXIES='["192.0.2.1"]')  # noqa: S104
    assert server.end(signal.SIGTERM)[0] == 0


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"HELPDESK_SERVER__TLS_CERTIFICATE": "/nowhere"}, "A certificate needs its key"),
        (
            {"HELPDESK_SERVER__TLS_CERTIFICATE": "/nowhere", "HELPDESK_SERVER__TLS_KEY": "/none"},
            "The certificate or its key cannot be used: No such file",
        ),
        ({"HELPDESK_SERVER__TRUSTED_PROXIES": '["everybody"]'}, "The setting server.trusted"),
    ],
    ids=["no key", "no files", "no address"],
)
def test_settings_that_cannot_work_are_told(run: Run, monkeypatch, variables, sentence):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    outcome = run("serve", "--port", "0")
    assert outcome.code == 1
    assert outcome.err.startswith(sentence)


def test_a_port_that_is_taken_is_told(run: Run, serve: Serve):
    port = serve().url.rpartition(":")[2]
    outcome = run("serve", "--port", port)
    assert outcome.code == 1
    assert outcome.err.startswith(f"The address 127.0.0.1 with port {port} cannot be used")


def test_without_a_desk_nothing_is_served(run_in, tmp_path):
    outcome = run_in(tmp_path, "serve", "--port", "0")
    assert outcome.code == 1
    assert "helpdesk init-db" in outcome.err


def test_what_is_not_installed_is_told(run: Run, monkeypatch):
    from helpdesk.commands import serve

    monkeypatch.setattr(serve, "find_spec", lambda _name: None)
    for command in ("serve", "openapi"):
        outcome = run(command)
        assert outcome.code == 1
        assert 'pip install "helpdesk[server]"' in outcome.err


def test_the_description_is_printed_written_and_compared(run_in, tmp_path):
    printed = run_in(tmp_path, "openapi").out
    assert printed.startswith("{\n")
    file = tmp_path / "openapi.json"
    assert run_in(tmp_path, "openapi", "--output", file).code == 0
    assert file.read_text(encoding="utf-8") == printed
    assert run_in(tmp_path, "openapi", "--check", file).code == 0
    file.write_text(printed.replace("tickets.open", "tickets.make"), encoding="utf-8")
    outcome = run_in(tmp_path, "openapi", "--check", file)
    assert outcome.code == 1
    assert f"helpdesk openapi --output {file}" in outcome.err
