# SPDX-License-Identifier: GPL-3.0-or-later
"""A QR code on the screen, black on white in both themes: cameras need it so."""

from __future__ import annotations

import segno
from PyQt5.QtCore import QRect
from PyQt5.QtGui import QColor, QPainter, QPaintEvent
from PyQt5.QtWidgets import QSizePolicy, QWidget

from helpdesk.ui.tokens import CODE_DARK, CODE_LIGHT

QUIET = 4
"""Modules of white around the code, without which a camera does not find it."""
_LEAST_SCALE = 3


class QrCode(QWidget):
    """Shows a text as a QR code, each module as a square of whole pixels."""

    def __init__(self, side: int) -> None:
        """Take about so many pixels."""
        super().__init__()
        self._side = side
        self._scale = _LEAST_SCALE
        self._matrix: tuple[bytearray, ...] = ()
        self.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Fixed)
        self.setFixedSize(side, side)
        self.setAccessibleName("QR code for the authenticator app")
        self.setAccessibleDescription("It says the same as the key beside it.")

    @property
    def scale(self) -> int:
        """How many pixels wide a module is."""
        return self._scale

    def show_text(self, text: str) -> None:
        """Show another text; an empty one is nothing."""
        self._matrix = segno.make(text, error="m", micro=False).matrix if text else ()
        modules = len(self._matrix) + 2 * QUIET
        self._scale = max(_LEAST_SCALE, self._side // modules)
        side = modules * self._scale if text else self._side
        self.setFixedSize(side, side)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the modules."""
        if not self._matrix:
            return
        scale = self._scale
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(CODE_LIGHT))
            for row, modules in enumerate(self._matrix, start=QUIET):
                for column, is_dark in enumerate(modules, start=QUIET):
                    if is_dark:
                        square = QRect(column * scale, row * scale, scale, scale)
                        painter.fillRect(square, QColor(CODE_DARK))
