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


def agrees(question: str) -> bool:
    """Ask a question that only 'y' or 'yes' answers in the affirmative."""
    complain(question + " [y/N]")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def can_ask() -> bool:
    """Tell whether a person sits at the other end."""
    return sys.stdin is not None and sys.stdin.isatty()


@contextmanager
def progress(task: str, unit: str) -> Iterator[Report]:
    """Show how far ``task`` is: a bar on a terminal, now and then a line elsewhere."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield _line_reporter(task, unit)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(file=sys.stderr)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    started = monotonic()
    with Progress(*columns, console=console, transient=True) as bar:
        shown = bar.add_task(task, total=None, rate="")

        def report(done: int, total: int) -> None:
            bar.update(shown, completed=done, total=total, rate=_rate(done, started, unit))

        yield report


def _line_reporter(task: str, unit: str) -> Report:
    started = last = monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        if monotonic() - last < _SECONDS_BETWEEN_LINES or not done:
            return
        last = monotonic()
        left = (last - started) * (total - done) / done
        speed = _rate(done, started, unit)
        complain(f"{task}: {done:,} of {total:,}, {speed}, about {_duration(left)} left")

    return report


def _rate(done: int, started: float, unit: str) -> str:
    return f"{done / max(monotonic() - started, 1e-3):,.0f} {unit}/s"


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
