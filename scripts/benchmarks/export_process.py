# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes all tickets of a desk, or a report, into a file in a process of its own.

``export DIR FILE`` and ``report DIR FILE`` print as JSON how long it took, how many tickets there
were and how much memory the process held at most.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.exports import export_tickets, save_report
from helpdesk.core import settings as settings_module
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.figures import Period, Span
from helpdesk.core.schemas.reports import FileFormat, ReportKind, ReportRequest
from helpdesk.core.schemas.tickets import TicketQuery

_YEAR = ReportRequest(kind=ReportKind.SUMMARY, span=Span(period=Period.LAST_365_DAYS))


def main(mode: str, folder: str, file: str) -> None:
    """Do what is named and print the figures."""
    place = DataFolder(Path(folder))
    embedded = EmbeddedDesk.open(place, settings_module.load(place))
    desk, target, tickets = embedded.as_system(), Path(file), 0
    started = perf_counter()
    if mode == "export":
        tickets = export_tickets(desk, TicketQuery(), target)
    else:
        save_report(desk.reports.make(_YEAR), target, FileFormat.PDF)
    seconds = perf_counter() - started
    embedded.close()
    print(json.dumps({"seconds": seconds, "tickets": tickets, "mb": _peak()}))


def _peak() -> float:
    """Return the most that this process held; what its parent held is told elsewhere."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main(*sys.argv[1:])
