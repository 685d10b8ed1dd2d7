# SPDX-License-Identifier: GPL-3.0-or-later
"""D03 and a story of files: a window, a server in a process of its own, and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from helpdesk.client.file_transfer import save
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.api import API_PREFIX
from tests.e2e.test_team import Server, colleague, desktop, server
from tests.ui.seats import LONGEST_MS, click

__all__ = ["colleague", "desktop", "server"]

MB = 1024 * 1024
FILES = f"{API_PREFIX}/attachments"


def test_a_file_goes_from_one_window_to_another_machine(
    desktop: Callable[[str], Any],
    colleague: HelpDesk,
    qtbot: Any,
    tmp_path: Path,
):
    log = tmp_path / "printer.log"
    log.write_bytes(b"marimba " * 100_000)
    form = desktop("alice").open_tab("submit")
    qtbot.keyClicks(form.subject, "The printer is jammed")
    form.tray.add_paths([log])
    with qtbot.waitSignal(form.submitted, timeout=LONGEST_MS) as submitted:
        click(qtbot, form.submit_button)
    ticket = colleague.tickets.view(submitted.args[0].id)
    assert [each.name for each in ticket.attachments] == ["printer.log"]
    save(colleague, ticket.attachments[0], tmp_path / "saved.log")
    assert (tmp_path / "saved.log").read_bytes() == log.read_bytes()


def test_d03_a_server_neither_holds_nor_keeps_what_is_too_large(
    server: Server,
    colleague: HelpDesk,
):
    token = colleague.sessions.current().token
    with httpx.Client(base_url=server.url, trust_env=False, timeout=120) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        small = client.post(FILES, params={"name": "a.bin"}, content=b"x" * MB)
        assert small.status_code == 201
        before = peak_of(server)
        parts = (b"\0" * (MB // 4) for _ in range(100))
        whole = client.post(FILES, params={"name": "b.bin"}, content=parts)
        assert whole.json()["size"] == 25 * MB
        endless = (b"\0" * (MB // 4) for _ in range(4096))
        try:
            refused = client.post(FILES, params={"name": "c.bin"}, content=endless)
        except httpx.TransportError:
            # The server has hung up while this side was still sending.
            refused = None
        assert refused is None or refused.status_code == 413
        assert peak_of(server) - before < 50 * MB
        assert client.get("/health").status_code == 200


def peak_of(server: Server) -> int:
    """Return the most memory that the server's process has held."""
    process = server._process  # noqa: SLF001 - only it knows
    assert process is not None
    status = Path(f"/proc/{process.pid}/status").read_text()
    line = next(each for each in status.splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
