# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for windows as long as a slow machine takes; what comes about at once is not held up."""

from __future__ import annotations

from functools import partialmethod

from pytestqt.qtbot import QtBot

LONGEST_MS = 30_000


class PatientBot(QtBot):
    """Gives up later than pytest-qt, whose five seconds are few when others use the machine."""

    waitUntil = partialmethod(QtBot.waitUntil, timeout=LONGEST_MS)  # noqa: N815
    waitSignal = partialmethod(QtBot.waitSignal, timeout=LONGEST_MS)  # noqa: N815
    waitSignals = partialmethod(QtBot.waitSignals, timeout=LONGEST_MS)  # noqa: N815
    waitActive = partialmethod(QtBot.waitActive, timeout=LONGEST_MS)  # noqa: N815
    waitExposed = partialmethod(QtBot.waitExposed, timeout=LONGEST_MS)  # noqa: N815
