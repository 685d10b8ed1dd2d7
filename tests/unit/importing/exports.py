# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the exports of other help desks lie that tests read."""

from __future__ import annotations

from pathlib import Path

EXPORTS = Path(__file__).parents[2] / "exports"
