# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard's figures as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject

if TYPE_CHECKING:
    from helpdesk.ui.dashboard.page import DashboardPage


class Export(QObject):
    """What the buttons 'Export PDF' and 'CSV' do."""

    def __init__(self, page: DashboardPage) -> None:
        """Listen to the page's buttons."""
        super().__init__(page)
        self._page = page
