# SPDX-License-Identifier: GPL-3.0-or-later
"""A real llama.cpp server with a tiny model, and a proxy that makes it as slow as a large one."""

from __future__ import annotations

import asyncio
import atexit
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

MODEL = "open-mistral-7b"
needs_llama = [
    pytest.mark.llama,
    pytest.mark.skipif(
        importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed"
    ),
]
"""For ``pytestmark`` of a module that uses ``llama_server``."""


class LlamaServer:
    """A server in a process of its own."""

    def __init__(self, key: str, context: int, at_once: int, strict: bool) -> None:
        """Start it and wait until it listens."""
        template = "strict" if strict else "tolerant"
        arguments = (_model_file(), MODEL, key, context, at_once, template)
        self.key = key
        self.model = MODEL
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.llama_child", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )
        self.pid = self._process.pid
        self.url = self._address()

    def stop(self) -> None:
        """End it as whoever runs it would."""
        self._process.terminate()
        self._wait()

    def kill(self) -> None:
        """End it with -9."""
        self._process.kill()
        self._wait()

    def _wait(self) -> None:
        self._process.wait(30)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _address(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("serving "):
                return line.removeprefix("serving ").strip()
        self._wait()
        raise AssertionError(f"the server ended with {self._process.returncode}")


@contextmanager
def llama_server(
    key: str = "", *, context: int = 1024, at_once: int = 2, strict: bool = False
) -> Iterator[LlamaServer]:
    """Yield a running server; ``context`` tokens are for each of ``at_once`` requests.

    A strict one has the template of the first models: no system role, turns have to alternate.
    """
    server = LlamaServer(key, context, at_once, strict)
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def paced(url: str, seconds_per_event: float = 0.04, first_seconds: float = 0.5) -> Iterator[str]:
    """Yield the address of a proxy that lets each event of a stream wait, as a large model does."""
    upstream = urlsplit(url)
    assert upstream.hostname is not None
    assert upstream.port is not None
    proxy = _Proxy(upstream.hostname, upstream.port, seconds_per_event, first_seconds)
    proxy.start()
    try:
        yield f"http://127.0.0.1:{proxy.port}"
    finally:
        proxy.stop()


class _Proxy:
    """Copies bytes, on a thread of its own."""

    def __init__(self, host: str, port: int, pause: float, first: float) -> None:
        self.port = 0
        self._upstream = (host, port)
        self._pause = pause
        self._first = first
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pace", daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._begun.wait(30)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._begun.set()
        await self._over.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(ConnectionError, asyncio.CancelledError):
            await self._copy(reader, writer)
        writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(*self._upstream)
        onward = asyncio.create_task(self._forward(reader, to_server))
        back = asyncio.create_task(self._slow(from_server, writer))
        try:
            # Whoever hangs up first ends both.
            await asyncio.wait((onward, back), return_when=asyncio.FIRST_COMPLETED)
        finally:
            onward.cancel()
            back.cancel()
            await asyncio.gather(onward, back, return_exceptions=True)
            to_server.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()

    async def _slow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wait = self._first
        while part := await reader.read(65536):
            await asyncio.sleep(wait)
            wait = 0
            for piece in part.replace(b"\n\n", b"\n\n\0").split(b"\0"):
                writer.write(piece)
                await writer.drain()
                if b"data:" in piece:
                    await asyncio.sleep(self._pause)


@cache
def _model_file() -> Path:
    """Return the model, made once in this process."""
    from tests.tiny_model import write

    folder = Path(tempfile.mkdtemp(prefix="tiny-model-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write(folder / "tiny.gguf")
    return folder / "tiny.gguf"
