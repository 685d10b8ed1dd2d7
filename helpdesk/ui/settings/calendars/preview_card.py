# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows what the settings of a calendar make of the next weeks, as somebody types them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton

from helpdesk.core.schemas.sla import CalendarPreview, CalendarPreviewAsk, CalendarSettings
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.calendars.weeks_view import WeeksView, days_of
from helpdesk.ui.settings.figure_words import counted
from helpdesk.ui.settings.row import Card
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.times import calendar_day, span

WEEKS: Final = 5
_PAUSE_MS = 250
_LOADING = "Reckoning…"
_WAITS = "Shown as soon as the time zone is known."


class PreviewCard(QFrame):
    """Weeks day by day; the answer to older settings is passed over."""

    def __init__(self, desktop: Desktop, settings: Callable[[], CalendarSettings | None]) -> None:
        """Preview what ``settings`` makes of the form so far."""
        super().__init__()
        self._desktop = desktop
        self._settings = settings
        self._weeks_ahead = 0
        card = Card(self, "Preview")
        card.setSpacing(10)
        self.view = WeeksView()
        self.view.pointed.connect(self._on_pointed)
        self._sum = PlainLabel(_LOADING, role="muted")
        self._said = PlainLabel(role="secondary")
        self.earlier_button = QPushButton("Earlier")
        self.earlier_button.clicked.connect(lambda: self._turn(-WEEKS))
        self.later_button = QPushButton("Later")
        self.later_button.clicked.connect(lambda: self._turn(WEEKS))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._sum, 1)
        row.addWidget(self.earlier_button)
        row.addWidget(self.later_button)
        card.addLayout(row)
        card.addWidget(self.view)
        card.addWidget(self._said)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.look)

    @property
    def words(self) -> str:
        """How much of the weeks counts, or why they are not shown."""
        return str(self._sum.text())

    @property
    def said(self) -> str:
        """What the day looked at is like."""
        return str(self._said.text())

    def soon(self) -> None:
        """Look at the settings at the next pause in typing."""
        self._pause.start()

    def look(self) -> None:
        """Ask the desk."""
        self._pause.stop()
        settings = self._settings()
        if settings is None or not _is_zone(settings.time_zone):
            self._sum.setText(_WAITS)
            return
        today = self._desktop.clock().astimezone(ZoneInfo(settings.time_zone)).date()
        monday = today - timedelta(days=today.weekday())
        first = monday + timedelta(weeks=self._weeks_ahead)
        ask = CalendarPreviewAsk(settings=settings, first_day=first.isoformat(), days=WEEKS * 7)
        job = self._desktop.background.latest(self, self._desktop.desk.calendars.preview, ask)
        job.then(partial(self._show, ask, today)).failed(self._on_failed)

    def _show(self, ask: CalendarPreviewAsk, today: date, preview: CalendarPreview) -> None:
        first = date.fromisoformat(ask.first_day)
        days = days_of(preview, first, ask.days, ask.settings.time_zone)
        self.view.show_days(days, today)
        off = sum(1 for day in days if day.holiday)
        last = calendar_day(days[-1].day)
        self._sum.setText(
            f"{calendar_day(first)} to {last}: {span(preview.minutes)} count"
            f" · {counted(off, 'holiday', 'holidays')}"
        )
        self._on_pointed(self.view.current)

    def _on_pointed(self, place: int) -> None:
        days = self.view.days
        said = days[place].words if 0 <= place < len(days) else "Point at a day to read it out."
        self._said.setText(said)
        self.view.setAccessibleDescription(said)

    def _on_failed(self, error: Exception) -> None:
        self._sum.setText(sentence_of(error))

    def _turn(self, weeks: int) -> None:
        self._weeks_ahead += weeks
        self.look()


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
