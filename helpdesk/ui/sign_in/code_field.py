# SPDX-License-Identifier: GPL-3.0-or-later
"""A field for the code of an authenticator app, or for a recovery code."""

from __future__ import annotations

import re

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLineEdit

DIGITS = 6
_LONGEST = 64
_RECOVERY_CODE = re.compile(r"[a-z0-9]{16}", re.IGNORECASE)
_BLANKS = re.compile(r"[\s-]+")
_SIX_DIGITS = "Type the six digits that the app shows."
_RECOVERY = "Type one of your recovery codes."


class CodeField(QLineEdit):
    """Takes a code however it is typed or pasted: blanks and dashes mean nothing."""

    def __init__(self) -> None:
        """Ask for six digits."""
        super().__init__()
        self.setMaxLength(_LONGEST)
        self.is_recovery = False
        self.ask_for(recovery=False)

    def ask_for(self, *, recovery: bool) -> None:
        """Ask for a recovery code, or for the digits of the app."""
        self.is_recovery = recovery
        hints = Qt.ImhNoPredictiveText | Qt.ImhNoAutoUppercase
        self.setInputMethodHints(hints if recovery else hints | Qt.ImhPreferNumbers)
        self.setPlaceholderText("" if recovery else "123 456")
        self.clear()

    @property
    def code(self) -> str:
        """What is typed, without blanks and dashes."""
        return _BLANKS.sub("", self.text())

    @property
    def has_recovery_code(self) -> bool:
        """Whether a whole recovery code is typed, whatever was asked for."""
        return _RECOVERY_CODE.fullmatch(self.code) is not None

    @property
    def problem(self) -> str:
        """What is wrong with what is typed, as far as it can be told here."""
        code = self.code
        if self.is_recovery:
            return "" if code else _RECOVERY
        # The desk is not asked in vain: wrong codes are counted.
        return "" if len(code) == DIGITS and code.isdecimal() else _SIX_DIGITS
