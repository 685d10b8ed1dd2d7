# SPDX-License-Identifier: GPL-3.0-or-later
"""One rule in the list: whether it is on, what it says, what it did, what is wrong with it."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QShortcut, QToolButton, QVBoxLayout

from helpdesk.core.schemas.rules import RuleView
from helpdesk.ui import theme
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.switch import Switch
from helpdesk.ui.widgets.times import full_time, relative_time

_INDENT = 4
_NEVER = "It has not acted yet."


class RuleCard(QFrame):
    """Shows a rule; its switch, its arrows and its links are told to the list."""

    switched = pyqtSignal(bool)
    opened = pyqtSignal()
    log_wanted = pyqtSignal()
    move_wanted = pyqtSignal(int)
    removal_wanted = pyqtSignal()

    def __init__(self, rule: RuleView, now: datetime, *, may_change: bool) -> None:
        """Show a rule to somebody who may change it, or only look at it."""
        super().__init__()
        self.rule = rule
        self._may_change = may_change
        self.setProperty("kind", "card")
        self.switch = Switch()
        self.switch.toggled.connect(self.switched)
        self.switch.setEnabled(may_change)
        self.name = LinkButton("")
        self.name.setProperty("kind", "card-title")
        self.name.clicked.connect(lambda: self.opened.emit())
        self._words = PlainLabel()
        self._sign = QLabel()
        self._problem = PlainLabel(role="waiting")
        self._fired = PlainLabel(role="secondary")
        self._fired.setWordWrap(False)
        self.log = LinkButton("What it did")
        self.log.clicked.connect(lambda: self.log_wanted.emit())
        self._build()
        theme.current().changed.connect(self._show_sign)
        self._show_sign()
        self.show_rule(rule, now)

    def show_rule(self, rule: RuleView, now: datetime) -> None:
        """Show how the rule is now, without telling."""
        self.rule = rule
        blocked = self.switch.blockSignals(True)
        self.switch.setChecked(rule.active)
        self.switch.blockSignals(blocked)
        self.switch.setAccessibleName(f"“{rule.name}” is switched on")
        self.name.setText(rule.name)
        self._words.setText(rule.words)
        self._problem.setText(rule.problem)
        for widget in (self._problem, self._sign):
            widget.setVisible(bool(rule.problem))
        self._fired.setText(fired_words(rule, now))
        last = rule.last_fired_at
        self._fired.setToolTip(full_time(last) if last else "")
        self.log.setVisible(rule.fired > 0)
        self.log.setAccessibleName(f"What “{rule.name}” did")
        for button, words in (
            (self.up, f"Move “{rule.name}” up"),
            (self.down, f"Move “{rule.name}” down"),
            (self.edit, f"Edit “{rule.name}”" if self._may_change else f"Look at “{rule.name}”"),
            (self.remove, f"Remove “{rule.name}”"),
        ):
            button.setAccessibleName(words)

    def show_place(self, at: int, count: int) -> None:
        """Offer only the moves that there are."""
        self.up.setEnabled(at > 0)
        self.down.setEnabled(at < count - 1)
        for button in (self.up, self.down):
            button.setVisible(self._may_change and count > 1)
        self.setAccessibleName(f"{self.rule.name}, {at + 1} of {count}")

    def _build(self) -> None:
        self.up = self._button("up", "Move up (Alt+Up)")
        self.down = self._button("down", "Move down (Alt+Down)")
        self.edit = self._button("edit" if self._may_change else "eye", "Edit")
        self.remove = self._button("delete", "Remove")
        self.up.clicked.connect(lambda: self.move_wanted.emit(-1))
        self.down.clicked.connect(lambda: self.move_wanted.emit(1))
        self.edit.clicked.connect(lambda: self.opened.emit())
        self.remove.clicked.connect(lambda: self.removal_wanted.emit())
        self.edit.setToolTip("Edit" if self._may_change else "Look at it")
        for keys, step in (("Alt+Up", -1), ("Alt+Down", 1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(self._on_key, step))
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.name, 1)
        head.addStretch(0)
        for button in (self.up, self.down, self.edit, self.remove):
            head.addWidget(button)
        if not self._may_change:
            self.remove.hide()
        problem = QHBoxLayout()
        problem.setSpacing(6)
        problem.addWidget(self._sign, 0, Qt.AlignTop)
        problem.addWidget(self._problem, 1)
        foot = QHBoxLayout()
        foot.setSpacing(6)
        foot.addWidget(self._fired)
        foot.addWidget(self.log)
        foot.addStretch(1)
        for label in (self._words, self._fired):
            # Where the text of the name begins.
            label.setContentsMargins(_INDENT, 0, 0, 0)
        problem.setContentsMargins(_INDENT, 0, 0, 0)
        inside = QVBoxLayout()
        inside.setSpacing(4)
        inside.addLayout(head)
        inside.addWidget(self._words)
        inside.addLayout(problem)
        inside.addLayout(foot)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 12, 12)
        row.setSpacing(4)
        row.addWidget(self.switch, 0, Qt.AlignTop)
        row.addLayout(inside, 1)

    def _button(self, name: str, tooltip: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name))
        button.setToolTip(tooltip)
        button.setFocusPolicy(Qt.StrongFocus)
        return button

    def _on_key(self, step: int) -> None:
        if self._may_change:
            self.move_wanted.emit(step)

    def _show_sign(self) -> None:
        self._sign.setPixmap(icon("alert", "ink_warning").pixmap(16, 16))


def fired_words(rule: RuleView, now: datetime) -> str:
    """Say how often a rule has acted, and when last."""
    if not rule.fired:
        return _NEVER
    times = "once" if rule.fired == 1 else f"{rule.fired:,} times"
    last = f", last {relative_time(rule.last_fired_at, now)}" if rule.last_fired_at else ""
    return f"Acted {times}{last}."
