# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test of a screen may ask for: the program's look, and work that is done at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt5.QtCore import QLocale
from PyQt5.QtWidgets import QApplication

from helpdesk.ui import theme
from helpdesk.ui.background import Background
from tests.ui.inline import InlineBackground


@pytest.fixture(autouse=True)
def look(qapp: QApplication) -> Iterator[theme.Theme]:
    """Dress the program in the light theme, in nobody's locale."""
    QLocale.setDefault(QLocale.c())
    look = theme.current()
    if not qapp.styleSheet():
        look.apply(qapp)
    look.set_mode("light")
    yield look
    look.set_mode("light")


@pytest.fixture
def inline() -> Iterator[InlineBackground]:
    """Return a background that works at once."""
    background = InlineBackground()
    yield background
    background.shutdown()


@pytest.fixture
def background() -> Iterator[Background]:
    """Return the background with its threads."""
    background = Background()
    yield background
    background.shutdown()
