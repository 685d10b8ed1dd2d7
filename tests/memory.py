# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what tests write in memory: to make thousands of small databases, a disk takes longer."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it are made by tempfile
_LEAST_FREE_BYTES = 4 * 1024**3


def keep_files_in_memory() -> None:
    """Let temporary files lie in memory, unless their place was chosen or there is no room."""
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return
    if min(shutil.disk_usage(_MEMORY).free, _available_bytes()) >= _LEAST_FREE_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


def _available_bytes() -> int:
    """Return how much memory programs may still take: what may lie in it is often more."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    amounts = dict(line.split(":", 1) for line in lines)
    return int(amounts["MemAvailable"].split()[0]) * 1024
