# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows, before a question is asked, what of the ticket would leave the desk for it."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtWidgets import QWidget

from helpdesk.core.schemas.assistant import Ask, AskPreview, SendingPreview
from helpdesk.ui.assist_preview_dialog import SendingPreviewDialog
from helpdesk.ui.desktop import Desktop


def show_sending(
    desktop: Desktop, owner: QWidget, ask: Ask, failed: Callable[[Exception], object]
) -> None:
    """Open a dialog with it over the owner's window, as soon as the desk has said it."""

    def show(preview: SendingPreview) -> None:
        SendingPreviewDialog(preview, owner.window()).open()

    job = desktop.background.latest(owner, desktop.desk.assistant.preview, AskPreview(ask=ask))
    job.then(show).failed(failed)
