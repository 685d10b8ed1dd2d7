# SPDX-License-Identifier: GPL-3.0-or-later
"""The limit of the API: an HTTP server of one function over hand-written SQL, and nothing else.

``python api_limit.py URL PORT ACTOR TICKET`` serves ``/first``, ``/open``, ``/search?WORD`` and
``POST /submit`` over one connection, without sessions, rights or checks.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

sys.path[:0] = [__file__.rsplit("/scripts/", 1)[0], __file__.rsplit("/benchmarks/", 1)[0]]

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Bare:
    """One ASGI function over one connection."""

    def __init__(self, limits: Any, ticket_id: int) -> None:
        """Bind to the statements and to the ticket that is opened."""
        self._limits = limits
        self._ticket_id = ticket_id

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body = b""
        more = scope["method"] == "POST"
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        answer = json.dumps(self._rows(scope, body)).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(answer)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def _rows(self, scope: dict[str, Any], body: bytes) -> Any:
        path = scope["path"]
        if path == "/first":
            return self._limits.first_page()
        if path == "/open":
            return self._limits.open_ticket(self._ticket_id)
        if path == "/search":
            return self._limits.search(scope["query_string"].decode())
        new = json.loads(body)
        return self._limits.submit(new["subject"], new["description"])


def limits_over(url: str, actor_id: int) -> Any:
    """Return the statements over a bare connection to a database of either kind."""
    if url.startswith("sqlite:///"):
        import sqlite3

        from benchmarks.limits import Limits
        from benchmarks.sized_desk import PRAGMAS

        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return Limits(connection, actor_id)
    import psycopg

    from benchmarks.postgres_limits import PostgresLimits

    return PostgresLimits(psycopg.connect(url, autocommit=True), actor_id)


def main(arguments: list[str]) -> None:
    """Serve until the process is ended."""
    url, port, actor_id, ticket_id = arguments
    app = Bare(limits_over(url, int(actor_id)), int(ticket_id))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1:])
