# SPDX-License-Identifier: GPL-3.0-or-later
"""Many clients of an HTTP server in one process, as light as Python allows.

Reads one JSON object from standard input: ``host``, ``port``, ``seconds``, ``pause`` (the longest
wait of a client between two calls, in seconds) and ``clients``, a list of lists of ``[method,
path, headers, body]`` that each client sends over its own connection again and again, or, where
the object says ``once``, a single time. Prints the milliseconds of each answer by the kind of
call, and what was no success.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

_LONGEST_ANSWER_SECONDS = 120


@dataclass
class Tally:
    """What all clients have seen."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: Counter[str] = field(default_factory=Counter)


class Client:
    """One keep-alive connection that sends its calls in turn."""

    def __init__(self, load: dict[str, Any], calls: list[list[Any]], tally: Tally) -> None:
        """Prepare the bytes of each call."""
        self._load = load
        self._calls = [(call[0], _bytes_of(load, call)) for call in calls]
        self._tally = tally
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def run(self, until: float) -> None:
        """Send one call after the other until the time has come."""
        pause = self._load["pause"]
        while perf_counter() < until:
            for kind, request in self._calls:
                if pause:
                    # Half the pause on average: people do not click in step.
                    await asyncio.sleep(random.uniform(0, pause))  # noqa: S311
                if perf_counter() >= until:
                    break
                await self._send(kind, request)
            if self._load.get("once"):
                break
        self._close()

    async def _send(self, kind: str, request: bytes) -> None:
        started = perf_counter()
        try:
            status = await asyncio.wait_for(self._answer(request), _LONGEST_ANSWER_SECONDS)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            self._tally.failures[type(error).__name__] += 1
            self._close()
            return
        self._tally.took[kind].append((perf_counter() - started) * 1000)
        if not 200 <= status < 300:
            self._tally.failures[f"{kind} {status}"] += 1

    async def _answer(self, request: bytes) -> int:
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection(
                self._load["host"], self._load["port"]
            )
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(x[15:]) for x in lines if x.startswith(b"content-length:")), 0)
        await self._reader.readexactly(length)
        if b"connection: close" in lines:
            self._close()
        return int(lines[0].split()[1])

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def _bytes_of(load: dict[str, Any], call: list[Any]) -> bytes:
    _kind, method, path, headers, body = call
    content = json.dumps(body).encode() if body is not None else b""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {load['host']}:{load['port']}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def _run(load: dict[str, Any]) -> Tally:
    tally = Tally()
    until = perf_counter() + load["seconds"]
    clients = [Client(load, calls, tally) for calls in load["clients"]]
    await asyncio.gather(*(client.run(until) for client in clients))
    return tally


def main() -> None:
    """Run the load and print what came of it."""
    load = json.load(sys.stdin)
    started = perf_counter()
    tally = asyncio.run(_run(load))
    seconds = perf_counter() - started
    json.dump({"took": tally.took, "failures": tally.failures, "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
