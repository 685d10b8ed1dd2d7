# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which an admin sets up the directory, and looks somebody up in it."""

from __future__ import annotations

from typing import Final

from helpdesk.core.schemas.directory import (
    DirectoryChange,
    DirectorySettings,
    DirectoryTest,
    DirectoryTestAsk,
)
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.settings.directory.form import DirectoryForm
from helpdesk.ui.settings.directory.trial import Trial
from helpdesk.ui.settings.directory.tried_section import Calls, Said, TriedSection
from helpdesk.ui.settings.words import DIRECTORY

_HELP = "Tries what stands above, saved or not, and shows who was found. No password is asked."
_SAID: Final = Said(
    "The directory was saved; people sign in by it from now on.",
    "The directory was saved; nobody signs in by it as long as it is switched off.",
)


class DirectorySection(TriedSection[DirectorySettings, DirectoryChange]):
    """The form of the directory, a trial, and the bar that saves."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        asked = desktop.desk.directory

        def test(change: DirectoryChange, username: str) -> DirectoryTest:
            return asked.test(DirectoryTestAsk(change=change, username=username))

        super().__init__(
            desktop,
            DIRECTORY,
            DirectoryForm(on_server=desktop.remote is not None),
            Trial(_HELP, looks_up=True),
            Calls(asked.settings, asked.change, test),
            _SAID,
        )
