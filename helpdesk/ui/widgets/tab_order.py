# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets Tab go through a form as it stands on the screen, however its rows came there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLayout, QScrollArea, QWidget


def follow_layout(root: QWidget, before: Sequence[QWidget] = ()) -> list[QWidget]:
    """Order what takes the focus inside ``root`` as the layouts have it, and return it so.

    What came out ``before`` is given again to do nothing where nothing was added or moved.
    """
    controls = list(_controls_of(root))
    if list(before) != controls:
        for one, next_one in pairwise(controls):
            QWidget.setTabOrder(one, next_one)
    return controls


def _controls_of(widget: QWidget) -> Iterator[QWidget]:
    if widget.focusPolicy() & Qt.TabFocus and widget.focusProxy() is None:
        yield widget
    if isinstance(widget, QScrollArea):
        inside = widget.widget()
        if inside is not None:
            yield from _controls_of(inside)
    elif (layout := widget.layout()) is not None:
        yield from _controls_in(layout)


def _controls_in(layout: QLayout) -> Iterator[QWidget]:
    for position in range(layout.count()):
        item = layout.itemAt(position)
        if item is None:
            continue
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            yield from _controls_of(widget)
        elif inner is not None:
            yield from _controls_in(inner)
