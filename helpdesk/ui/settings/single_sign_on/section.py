# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which an admin sets up signing in in the browser, and tries the provider."""

from __future__ import annotations

from typing import Final

from helpdesk.core.schemas.directory import (
    DirectoryTest,
    SingleSignOnChange,
    SingleSignOnSettings,
)
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.settings.directory.trial import Trial
from helpdesk.ui.settings.directory.tried_section import Calls, Said, TriedSection
from helpdesk.ui.settings.single_sign_on.form import SingleSignOnForm
from helpdesk.ui.settings.words import SINGLE_SIGN_ON

_HELP = "Asks the provider to describe itself and to show its keys, as it stands above."
_SAID: Final = Said(
    "Single sign-on was saved; the sign-in window offers it from now on.",
    "Single sign-on was saved; nobody is offered it as long as it is switched off.",
)


class SingleSignOnSection(TriedSection[SingleSignOnSettings, SingleSignOnChange]):
    """The form of the provider, a trial, and the bar that saves."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        asked = desktop.desk.directory

        def test(change: SingleSignOnChange, _username: str) -> DirectoryTest:
            return asked.test_provider(change)

        super().__init__(
            desktop,
            SINGLE_SIGN_ON,
            SingleSignOnForm(on_server=desktop.remote is not None),
            Trial(_HELP, looks_up=False),
            Calls(asked.provider, asked.change_provider, test),
            _SAID,
        )
