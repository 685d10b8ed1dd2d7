# SPDX-License-Identifier: GPL-3.0-or-later
"""Stories run in the whole program, with the fixtures of the screens."""

from __future__ import annotations

from tests.ui.conftest import impatient, look, qtbot, stalls, start_app

__all__ = ["impatient", "look", "qtbot", "stalls", "start_app"]
