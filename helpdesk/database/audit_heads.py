# SPDX-License-Identifier: GPL-3.0-or-later
"""How the end of the audit log is noted in log files, and the newest such note found again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from helpdesk.database.audit_checks import Head

NOTE = "the audit log ends with %d:%s"
_NOTED = re.compile(
    r"^\S+ \S+ INFO helpdesk\.jobs\.audit_heads the audit log ends with ([0-9]+):([0-9a-f]{64})$"
)


def noted_head(log: Path) -> Head | None:
    """Return the newest end that is noted in a log file, or in those that it was before."""
    for file in _newest_first(log):
        try:
            with file.open(encoding="utf-8", errors="replace") as lines:
                found = [match for line in lines if (match := _NOTED.match(line))]
        except OSError:
            continue
        if found:
            return Head(int(found[-1][1]), found[-1][2])
    return None


def _newest_first(log: Path) -> Iterator[Path]:
    yield log
    number = 1
    while (older := log.with_name(f"{log.name}.{number}")).is_file():
        yield older
        number += 1
