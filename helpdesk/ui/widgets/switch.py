# SPDX-License-Identifier: GPL-3.0-or-later
"""A check box that looks like what it does: it turns something on or off."""

from __future__ import annotations

from PyQt5.QtWidgets import QCheckBox, QWidget


class Switch(QCheckBox):
    """On or off, with its name beside it."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        """Begin switched off; an ampersand in the text is one, not a key."""
        super().__init__(text.replace("&", "&&"), parent)
        self.setProperty("kind", "switch")
        self.setAccessibleName(text)
