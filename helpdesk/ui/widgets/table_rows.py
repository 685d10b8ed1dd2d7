# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of tables that are as high as the chosen density has them."""

from __future__ import annotations

from typing import Final

from PyQt5 import sip
from PyQt5.QtWidgets import QTableView

from helpdesk.ui import theme

ROW: Final = 38


def follow_density(table: QTableView, height: int = ROW) -> None:
    """Make rows as high as this in comfort, and lower where somebody wants more of them."""
    rows = table.verticalHeader()
    # A style sheet that gives cells more room than that is not to have the last word.
    rows.setMinimumSectionSize(1)
    look = theme.current()

    def fit() -> None:
        # What goes with its window does not always say so.
        if sip.isdeleted(rows):
            look.changed.disconnect(fit)
            return
        rows.setDefaultSectionSize(look.row(height))

    fit()
    look.changed.connect(fit)
