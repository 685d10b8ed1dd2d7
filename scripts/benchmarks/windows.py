# SPDX-License-Identifier: GPL-3.0-or-later
"""What people wait for at the window: its start, the list after signing in, every stall."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from benchmarks.sized_desk import SizedDesk
from benchmarks.timing import Figure, figure_of

NAMES = ("start_window", "sign_in_to_list", "stall", "memory", "export_stall", "shapes")

_STARTS, _QUICK_STARTS = 15, 1
_SECONDS, _QUICK_SECONDS = 30, 1
_LONGEST_SECONDS = 300
_SCRIPT = Path(__file__).with_name("window_process.py")


def measure_windows(desk: SizedDesk, names: set[str], *, quick: bool) -> Iterator[Figure]:
    """Yield the figures of the workloads named."""
    place, rows = str(desk.folder.path), desk.rows
    if "start_window" in names:
        yield _start_window(place, rows, _QUICK_STARTS if quick else _STARTS)
    if "export_stall" in names:
        yield _export_stall(place, rows, _QUICK_SECONDS if quick else _SECONDS)
    if "shapes" in names:
        shaped = _run("shapes", place, *(["quick"] if quick else []))
        more = {"mb": shaped["mb"], "table_rows": shaped["table_rows"], "cards": shaped["cards"]}
        yield _stalls("shapes", rows, shaped, **more)
    if not names & {"sign_in_to_list", "stall", "memory"}:
        return
    toured = _run("glance" if quick else "tour", place)
    if "sign_in_to_list" in names:
        yield Figure("sign_in_to_list", rows, toured["sign_in_p50"], toured["sign_in_p95"])
    if "stall" in names:
        yield _stalls("stall", rows, toured)
    if "memory" in names:
        more = {"mb": toured["mb"], "limit_mb": _run("bare")["mb"]}
        yield Figure("memory", rows, more=more)


def _export_stall(place: str, rows: int, seconds: int) -> Figure:
    exported = _run("export", place, str(seconds))
    print(f"After {seconds} s: {exported['said']}")
    is_stopped = bool(exported["goes_on"] and not exported["left"])
    more = {
        "stopped_in": exported["stopped_in"],
        "was_stopped": float(is_stopped),
        "longest_alone": exported["alone"]["longest"],
        "p99_alone": exported["alone"]["p99"],
    }
    return _stalls("export_stall", rows, exported, **more)


def _stalls(name: str, rows: int, found: dict[str, Any], **more: float) -> Figure:
    for stack in found["stacks"]:
        print(f"The window stood still for {stack}")
    more |= {"longest_ms": found["stall_longest"], "p99_ms": found["stall_p99"]}
    return Figure(name, rows, found["stall_p50"], found["stall_p95"], more=more)


def _start_window(place: str, rows: int, starts: int) -> Figure:
    took: list[float] = []
    limit_took: list[float] = []
    for _ in range(1 + starts):
        took.append(_start_ms("start", place))
        limit_took.append(_start_ms("bare"))
    # The first of each reads its files from the disk and not from memory.
    return figure_of("start_window", rows, took[1:], limit_took[1:])


def _start_ms(*arguments: str) -> float:
    """Return the milliseconds from the start of a process to its first painted window."""
    started = monotonic()
    painted: float = _run(*arguments)["at"]
    return (painted - started) * 1000


def _run(*arguments: str) -> dict[str, Any]:
    """Run a window and return its figures; what Qt grumbles about is shown only if it fails."""
    done = subprocess.run(
        [sys.executable, str(_SCRIPT), *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=_LONGEST_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures
