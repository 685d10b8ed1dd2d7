# SPDX-License-Identifier: GPL-3.0-or-later
"""The one look at a one-time password."""

from __future__ import annotations

from PyQt5.QtWidgets import QWidget

from helpdesk.core.schemas.users import OneTimePassword
from helpdesk.ui.widgets.secret_dialog import SecretDialog

_WIDTH = 440
_EXPLAINED = (
    "Give {name} this password for the user name {username}. It works once: at the first sign-in"
    " they choose their own. It is not shown again."
)


class OneTimePasswordDialog(SecretDialog):
    """Shows a one-time password, which cannot be seen again."""

    def __init__(self, made: OneTimePassword, parent: QWidget) -> None:
        """Show the password with a button that copies it."""
        user = made.user
        explained = _EXPLAINED.format(name=user.full_name, username=user.username)
        super().__init__("One-time password", explained, made.password, _WIDTH, parent)
        self.password = self.field
