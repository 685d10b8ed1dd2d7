# SPDX-License-Identifier: GPL-3.0-or-later
"""One clock of a ticket in two lines: how it stands in words, and how much of it is used up."""

from __future__ import annotations

from datetime import datetime

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QGridLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from helpdesk.core.schemas.clocks import ClockState, ClockView
from helpdesk.ui.tickets.clock.spans import Reading
from helpdesk.ui.tickets.clock.words import (
    KINDS,
    OWN_KINDS,
    bar_tone,
    clock_tip,
    counted_words,
    of_target,
    own_state_words,
    state_role,
)
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip

_FULL = 1000


class ClockRow(QWidget):
    """Name and state above a thin bar; when it is due is in the tooltip."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._name = QLabel()
        self._name.setProperty("role", "secondary")
        self._state = PlainLabel()
        self._state.setAlignment(Qt.AlignRight | Qt.AlignTop)
        # Long words go on in a second line: the column is narrow, and its width is given.
        policy = self._state.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Ignored)
        self._state.setSizePolicy(policy)
        self._bar = QProgressBar()
        self._bar.setRange(0, _FULL)
        self._bar.setTextVisible(False)
        self._bar.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 2)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._name, 0, 0, Qt.AlignTop)
        grid.addWidget(self._state, 0, 1)
        grid.addWidget(self._bar, 1, 0, 1, 2)

    @property
    def words(self) -> str:
        """How the clock stands."""
        return str(self._state.text())

    def show_own(self, view: ClockView, read: Reading, now: datetime) -> None:
        """Show to who asked when to expect what; how much of a target is used up is not theirs."""
        name, said = OWN_KINDS[view.kind], own_state_words(view, read, now)
        self._name.setText(name)
        self._state.setText(said)
        _set(self._state, "role", "secondary")
        self._bar.hide()
        self.setAccessibleName(f"{name}: {said}")

    def show_clock(self, view: ClockView, read: Reading, now: datetime) -> None:
        """Show a clock as it stands now."""
        name, said = KINDS[view.kind], counted_words(view, read, now)
        self._name.setText(name)
        self._state.setText(said)
        role = state_role(view, read)
        _set(self._state, "role", role)
        is_over = view.state in {ClockState.CANCELLED, ClockState.MERGED}
        used = 0 if is_over else round(read.share * _FULL)
        self._bar.setValue(used)
        self._bar.setAccessibleName(f"{name}: {of_target(read)}")
        _set(self._bar, "tone", bar_tone(role))
        self.setToolTip(plain_tooltip(clock_tip(view, read, now)))
        self.setAccessibleName(f"{name}: {said}")


def _set(widget: QWidget, name: str, value: str) -> None:
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
