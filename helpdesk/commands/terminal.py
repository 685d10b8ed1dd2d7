# SPDX-License-Identifier: GPL-3.0-or-later
"""Speaks with whoever runs a command: lines, errors, questions and progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from helpdesk.core.clock import monotonic

Report = Callable[[int, int], None]
"""Called with what is done and what there is to do."""

_SECONDS_BETWEEN_LINES = 5.0
_UNPRINTABLE = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
_UNPRINTABLE |= {code: f"\\u{code:04x}" for code in (0x2028, 0x2029, *range(0x202A, 0x202F))}


def say(line: str = "") -> None:
    """Print a line on standard output."""
    _write(sys.stdout, line)


def complain(line: str) -> None:
    """Print a line on standard error."""
    _write(sys.stderr, line)


def counted(count: int, one: str, many: str) -> str:
    """Return a number with what it counts, such as '1 article'."""
    return f"{count:,} {one if count == 1 else many}"


def agrees(question: str) -> bool:
    """Ask a question that only 'y' or 'yes' answers in the affirmative."""
    complain(question + " [y/N]")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def can_ask() -> bool:
    """Tell whether a person sits at the other end."""
    return sys.stdin is not None and sys.stdin.isatty()


@contextmanager
def progress(task: str, unit: str | None) -> Iterator[Report]:
    """Show how far ``task`` is: a bar on a terminal, now and then a line elsewhere.

    The speed is told in ``unit`` a second, or not at all where steps are not alike.
    """
    speed = _Speed(unit)
    if sys.stderr is None or not sys.stderr.isatty():
        yield _line_reporter(task, speed)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        shown = bar.add_task(task, total=None, speed="")

        def report(done: int, total: int) -> None:
            speed.tell(done)
            bar.update(shown, completed=done, total=total, speed=str(speed))

        yield report


class _Speed:
    """How fast a task goes, from its first report on."""

    def __init__(self, unit: str | None) -> None:
        self._unit = unit
        self._started: float | None = None
        self._first = 0
        self.done = 0

    def tell(self, done: int) -> None:
        if self._started is None:
            self._started, self._first = monotonic(), done
        self.done = done

    @property
    def seconds(self) -> float:
        return max(monotonic() - (self._started or 0.0), 1e-3)

    def seconds_left(self, total: int) -> float | None:
        """Return how long it will still take, or ``None`` as long as that is not known."""
        gone = self.done - self._first
        return self.seconds * (total - self.done) / gone if gone > 0 else None

    def __str__(self) -> str:
        gone = self.done - self._first
        return f"{gone / self.seconds:,.0f} {self._unit}/s" if self._unit and gone > 0 else ""


def _line_reporter(task: str, speed: _Speed) -> Report:
    last = monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        speed.tell(done)
        left = speed.seconds_left(total)
        if left is None or monotonic() - last < _SECONDS_BETWEEN_LINES:
            return
        last = monotonic()
        parts = [f"{task}: {done / total:.0%}", str(speed), f"about {_duration(left)} left"]
        complain(", ".join(filter(None, parts)))

    return report


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _write(stream: TextIO | None, line: str) -> None:
    """Write a line with control characters escaped, so that no stored text steers a terminal."""
    if stream is None:  # a program without a console, on Windows
        return
    safe = "\n".join(part.translate(_UNPRINTABLE) for part in line.split("\n"))
    encoding = stream.encoding or "utf-8"
    stream.write(safe.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    stream.flush()


def close_quietly() -> None:
    """Keep Python from complaining at exit when the reader of our output has gone away."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
