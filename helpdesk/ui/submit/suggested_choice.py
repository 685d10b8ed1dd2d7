# SPDX-License-Identifier: GPL-3.0-or-later
"""A drop-down whose value may be suggested, as long as the person has not chosen one."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QRect, Qt
from PyQt5.QtGui import QPaintEvent
from PyQt5.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from helpdesk.ui.widgets.chip import chip_width, paint_chip
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.plain_label import plain_tooltip

WORD = "suggested"
_SPOKEN = f", {WORD}"
_GAP = 8
_LEAST_TEXT = 40
_LEAST_CHARACTERS = 10


class SuggestedChoice(DropDown):
    """Marks a suggested value with a chip; a suggestion never takes the place of a choice."""

    def __init__(self, choices: Sequence[tuple[object, str]], usual: object) -> None:
        """Offer (key, label) pairs; ``usual`` stands there where nothing else is known."""
        super().__init__(choices)
        self._usual = usual
        self._suggested: object = None
        self._tip = ""
        self._is_chosen = False
        self.setSizeAdjustPolicy(QComboBox.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_LEAST_CHARACTERS)
        self.activated.connect(self._on_activated)
        self.set_key(usual)

    @property
    def is_chosen(self) -> bool:
        """Whether the person has chosen what stands here, even where that is the usual value."""
        return self._is_chosen

    @property
    def is_suggested(self) -> bool:
        """Whether what stands here was suggested, and is marked so."""
        return self._marks(self.key)

    def offer(self, choices: Sequence[tuple[object, str]]) -> None:
        """Offer further choices; one that was suggested meanwhile is taken now."""
        for key, label in choices:
            self.addItem(label, key)
        self._show()

    def choose(self, label: str) -> None:
        """Take a label for the person's choice, such as that of a kept draft."""
        self.setCurrentText(label)
        self._is_chosen = self.currentText() == label
        self._show()

    def suggest(self, key: object, tip: str = "") -> None:
        """Suggest a key, and say in a tip what it rests on; ``None`` takes a suggestion back."""
        self._suggested, self._tip = key, tip if key is not None else ""
        self._show()

    def reset(self) -> None:
        """Begin anew: nothing is chosen and nothing is suggested."""
        self._is_chosen = False
        self.suggest(None)

    def hidePopup(self) -> None:
        """Take what was suggested while the list was open, unless the person chooses."""
        super().hidePopup()
        self._show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the chip behind the value, which gives way where the room is short."""
        if not self.is_suggested:
            super().paintEvent(event)
            return
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self._text_room(option)
        chip = min(chip_width(WORD), max(0, room.width() - _LEAST_TEXT - _GAP))
        metrics, width = self.fontMetrics(), room.width() - chip - _GAP
        option.currentText = metrics.elidedText(option.currentText, Qt.ElideRight, width)
        behind = metrics.horizontalAdvance(option.currentText) + _GAP
        with QStylePainter(self) as painter:
            painter.drawComplexControl(QStyle.CC_ComboBox, option)
            painter.drawControl(QStyle.CE_ComboBoxLabel, option)
            if self.layoutDirection() == Qt.RightToLeft:
                paint_chip(painter, room.adjusted(0, 0, -behind, 0), WORD, "accent", at_right=True)
            else:
                paint_chip(painter, room.adjusted(behind, 0, 0, 0), WORD, "accent")

    def _text_room(self, option: QStyleOptionComboBox) -> QRect:
        edit = QStyle.SC_ComboBoxEditField
        return self.style().subControlRect(QStyle.CC_ComboBox, option, edit, self)

    def _marks(self, key: object) -> bool:
        return not self._is_chosen and self._suggested is not None and key == self._suggested

    def _on_activated(self) -> None:
        self._is_chosen = True
        self._show()

    def _show(self) -> None:
        if self.view().isVisible():
            return
        if not self._is_chosen:
            offered = any(self.itemData(at) == self._suggested for at in range(self.count()))
            self.set_key(
                self._suggested if offered and self._suggested is not None else self._usual
            )
        marked = self.is_suggested
        name = self.accessibleName().removesuffix(_SPOKEN)
        self.setAccessibleName(name + _SPOKEN if marked else name)
        self.setAccessibleDescription(self._tip if marked else "")
        self.setToolTip(plain_tooltip(self._tip) if marked else "")
        self.update()
