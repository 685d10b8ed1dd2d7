# SPDX-License-Identifier: GPL-3.0-or-later
"""One sentence where something went wrong, with the remedy at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from PyQt5.QtCore import QEasingCurve, QPropertyAnimation, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QHideEvent, QKeyEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from helpdesk.ui import theme
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.plain_label import PlainLabel

BannerTone = Literal["error", "warning", "info", "quiet"]
_SLIDE_MS: Final = 120
# News goes by itself; what went wrong stays until it is read.
_NEWS_MS: Final = 8_000
_NEWS_WITH_ACTION_MS: Final = 20_000
_UNLIMITED: Final = 16_777_215
_ICONS: Final[dict[BannerTone, tuple[str, str]]] = {
    "error": ("alert", "ink_urgent"),
    "warning": ("alert", "ink_warning"),
    "info": ("info", "ink_accent"),
    "quiet": ("clock", "muted_on_soft"),
}


class Banner(QFrame):
    """A sentence in a tone, an action that mends it, and a cross; it slides open and shut.

    It takes no room while it has nothing to say.
    """

    dismissed = pyqtSignal()
    """The person closed it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Begin empty."""
        super().__init__(parent)
        self._tone: BannerTone = "info"
        self._on_action: Callable[[], object] | None = None
        self._on_second: Callable[[], object] | None = None
        self._slide = QPropertyAnimation(self, b"maximumHeight", self)
        self._slide.setDuration(_SLIDE_MS)
        self._slide.setEasingCurve(QEasingCurve.OutCubic)
        self._slide.finished.connect(self._on_slid)
        self._goes = QTimer(self)
        self._goes.setSingleShot(True)
        self._goes.timeout.connect(self.clear)
        self._build()
        theme.current().changed.connect(self._on_theme_changed)
        self.setProperty("kind", "banner")
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown, empty when there is none."""
        return "" if self.isHidden() else self._sentence.text()

    def show_error(
        self, sentence: str, action: str = "", on_action: Callable[[], object] | None = None
    ) -> None:
        """Say what went wrong and what to do about it."""
        self._show("error", sentence, action, on_action)

    def show_warning(
        self, sentence: str, action: str = "", on_action: Callable[[], object] | None = None
    ) -> None:
        """Say what to look out for."""
        self._show("warning", sentence, action, on_action)

    def show_info(
        self, sentence: str, action: str = "", on_action: Callable[[], object] | None = None
    ) -> None:
        """Say what has happened."""
        self._show("info", sentence, action, on_action)

    def show_quiet(
        self, sentence: str, action: str = "", on_action: Callable[[], object] | None = None
    ) -> None:
        """Say in passing how things are; it stays until they are otherwise."""
        self._show("quiet", sentence, action, on_action)

    def also_offer(self, action: str, on_action: Callable[[], object]) -> None:
        """Offer something else to do about the sentence that is shown."""
        self._on_second = on_action
        self._second.setText(action)
        self._second.show()

    def clear(self) -> None:
        """Take the sentence away."""
        self._goes.stop()
        self._slide.stop()
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape."""
        if event.key() == Qt.Key_Escape:
            self._on_close()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Let no animation run unseen."""
        super().hideEvent(event)
        self._slide.stop()
        self.setMaximumHeight(_UNLIMITED)

    def _build(self) -> None:
        self._icon = QLabel()
        self._icon.setFixedSize(18, 18)
        self._sentence = PlainLabel()
        self._action = QPushButton()
        self._action.clicked.connect(self._on_action_clicked)
        self._second = QPushButton()
        self._second.clicked.connect(self._on_second_clicked)
        self._close = QToolButton()
        self._close.setIcon(icon("close"))
        self._close.setAccessibleName(self.tr("Dismiss"))
        self._close.setToolTip(self.tr("Dismiss (Esc)"))
        self._close.setFocusPolicy(Qt.StrongFocus)
        self._close.clicked.connect(self._on_close)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 7, 7, 7)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self._sentence, 1)
        row.addWidget(self._action)
        row.addWidget(self._second)
        row.addWidget(self._close)

    def _show(
        self,
        tone: BannerTone,
        sentence: str,
        action: str,
        on_action: Callable[[], object] | None,
    ) -> None:
        self._tone = tone
        self._show_icon()
        self._sentence.setText(sentence)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._on_action = on_action
        self._second.hide()
        self.setAccessibleName(sentence)
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)
        self._goes.stop()
        if tone == "info":
            self._goes.start(_NEWS_WITH_ACTION_MS if action else _NEWS_MS)
        if self.isHidden():
            self._slide_open()

    def _show_icon(self) -> None:
        name, colour = _ICONS[self._tone]
        self._icon.setPixmap(icon(name, colour).pixmap(18, 18))

    def _slide_open(self) -> None:
        self.setMaximumHeight(0)
        self.show()
        if not self.isVisible():
            # The window itself is not open yet; then it comes up with the banner in place.
            self.setMaximumHeight(_UNLIMITED)
            return
        self._slide.setStartValue(0)
        self._slide.setEndValue(max(self.sizeHint().height(), self.heightForWidth(self.width())))
        self._slide.start()

    def _on_theme_changed(self) -> None:
        if not self.isHidden():
            self._show_icon()

    def _on_slid(self) -> None:
        self.setMaximumHeight(_UNLIMITED)

    def _on_action_clicked(self) -> None:
        on_action = self._on_action
        self.clear()
        if on_action is not None:
            on_action()

    def _on_second_clicked(self) -> None:
        if self._on_second is not None:
            self._on_second()

    def _on_close(self) -> None:
        self.clear()
        self.dismissed.emit()
