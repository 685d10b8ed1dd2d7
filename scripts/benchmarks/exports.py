# SPDX-License-Identifier: GPL-3.0-or-later
"""What it takes to write all tickets as CSV and a year's report as PDF, and the memory it holds.

The limit of the export is SQLite's own rows and Python's own CSV, of the same columns.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.sized_desk import SizedDesk
from benchmarks.timing import Figure, figure_of, milliseconds_of

NAMES = ("export", "report_pdf")
_SCRIPT = Path(__file__).with_name("export_process.py")
_CALLS = 3
_MANY = 200_000
"""Of so many tickets one export says enough."""
_RAW = """
    SELECT t.id, t.subject, t.status, t.priority, c.name, m.name, r.full_name, a.full_name,
      t.source, t.created_at, t.first_responded_at, t.resolved_at, t.closed_at,
      t.first_response_due, t.resolution_due, t.reopens, g.score
    FROM ticket t JOIN user r ON r.id = t.requester_id
      LEFT JOIN user a ON a.id = t.assignee_id LEFT JOIN category c ON c.id = t.category_id
      LEFT JOIN team m ON m.id = t.team_id
      LEFT JOIN rating g ON g.ticket_id = t.id AND g.round = t.reopens
    ORDER BY t.created_at, t.id
"""


def measure_exports(desk: SizedDesk, names: set[str], *, quick: bool) -> Iterator[Figure]:
    """Yield what was asked for."""
    calls = 1 if quick or desk.rows >= _MANY else _CALLS
    with TemporaryDirectory() as folder:
        if "export" in names:
            yield _export(desk, Path(folder), calls)
        if "report_pdf" in names:
            runs = [_run("report", desk, Path(folder) / "report.pdf") for _ in range(calls)]
            took = [run["seconds"] * 1000 for run in runs]
            yield figure_of("report_pdf", desk.rows, took, rss=max(run["mb"] for run in runs))


def _export(desk: SizedDesk, folder: Path, calls: int) -> Figure:
    runs: list[dict[str, Any]] = []
    limits: list[float] = []
    for _ in range(calls):
        runs.append(_run("export", desk, folder / "tickets.csv"))
        limits.append(milliseconds_of(lambda: _write_raw(desk, folder / "raw.csv")))
    took = [run["seconds"] * 1000 for run in runs]
    fastest = max(run["tickets"] / run["seconds"] for run in runs)
    held = max(run["mb"] for run in runs)
    return figure_of("export", desk.rows, took, limits, tickets_per_second=fastest, rss=held)


def _run(mode: str, desk: SizedDesk, target: Path) -> dict[str, Any]:
    command = [sys.executable, str(_SCRIPT), mode, str(desk.folder.path), str(target)]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _write_raw(desk: SizedDesk, target: Path) -> None:
    with closing(desk.bare()) as bare, target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(bare.execute(_RAW))
