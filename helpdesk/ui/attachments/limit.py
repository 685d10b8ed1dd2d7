# SPDX-License-Identifier: GPL-3.0-or-later
"""Says at a button for files how large one may be, as the desk has it at that moment."""

from __future__ import annotations

from PyQt5.QtCore import QObject
from PyQt5.QtWidgets import QAbstractButton

from helpdesk.core.schemas.attachments import AttachmentLimits
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.widgets.plain_label import plain_tooltip


class FileLimit(QObject):
    """Asks once, and again when an admin has set another limit."""

    def __init__(self, desktop: Desktop, button: QAbstractButton) -> None:
        """Complete the tooltip of a button."""
        super().__init__(button)
        self._desktop = desktop
        self._button = button
        self._tip = button.toolTip()
        desktop.feed.changed.connect(self._on_changed)
        self._ask()

    def _ask(self) -> None:
        # Without an answer nothing is said of it; the desk says so with the file.
        job = self._desktop.background.latest(self, self._desktop.desk.attachments.limits)
        job.then(self._show).failed(lambda _: None)

    def _show(self, limits: AttachmentLimits) -> None:
        said = f"{self._tip}. Up to {limits.limit_mb:,} MB each, {limits.files_at_once} at once."
        self._button.setToolTip(plain_tooltip(said))
        self._button.setAccessibleDescription(said)

    def _on_changed(self, kind: str, _ids: tuple[int, ...]) -> None:
        if kind == "attachments":
            self._ask()
