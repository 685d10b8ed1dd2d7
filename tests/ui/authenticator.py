# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's phone: it reads the QR code off the screen, and shows codes."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pyotp
import segno
from PyQt5.QtGui import QColor

from helpdesk.ui.sign_in.authenticator import AuthenticatorView
from helpdesk.ui.sign_in.qr_code import QUIET, QrCode


class Phone:
    """Knows the secret that it was shown."""

    def __init__(self, view: AuthenticatorView, username: str) -> None:
        """Scan what is drawn: the modules on the screen must say the key that can be typed."""
        typed = str(view.key.text()).replace(" ", "")
        uri = pyotp.TOTP(typed).provisioning_uri(name=username, issuer_name="Help Desk")
        expected = segno.make(uri, error="m", micro=False).matrix
        assert scanned(view.qr_code) == [[bool(cell) for cell in row] for row in expected]
        self.secret = parse_qs(urlsplit(uri).query)["secret"][0]

    def code(self, now: datetime) -> str:
        """Return what the app shows."""
        return str(pyotp.TOTP(self.secret).at(now))


def scanned(qr_code: QrCode) -> list[list[bool]]:
    """Return which modules are dark in the picture; the margin around them must be white."""
    image = qr_code.grab().toImage()
    scale = qr_code.scale
    count = image.width() // scale
    assert image.width() == image.height() == count * scale

    def is_dark(row: int, column: int) -> bool:
        half = scale // 2
        colour = QColor(image.pixel(column * scale + half, row * scale + half))
        assert colour.name() in ("#000000", "#ffffff"), "cameras need black on white"
        return colour.lightness() == 0

    picture = [[is_dark(row, column) for column in range(count)] for row in range(count)]
    margin = [*picture[:QUIET], *picture[-QUIET:]]
    margin += [row[:QUIET] + row[-QUIET:] for row in picture]
    assert not any(any(row) for row in margin)
    return [row[QUIET:-QUIET] for row in picture[QUIET:-QUIET]]
