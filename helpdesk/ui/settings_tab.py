# SPDX-License-Identifier: GPL-3.0-or-later
"""Where people set up what is theirs, and admins the desk; a search finds each setting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PyQt5.QtCore import QEvent, QObject, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from helpdesk.ui import theme
from helpdesk.ui.base_tab import BaseTab
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.icons import icon
from helpdesk.ui.settings.activity.section import ActivitySection
from helpdesk.ui.settings.api_keys.section import ApiKeysSection
from helpdesk.ui.settings.appearance.section import AppearanceSection
from helpdesk.ui.settings.automatic_section import AutomaticSection
from helpdesk.ui.settings.calendars.section import CalendarsSection
from helpdesk.ui.settings.chats.section import ChatsSection
from helpdesk.ui.settings.connection_section import ConnectionSection
from helpdesk.ui.settings.deliveries.section import DeliveriesSection
from helpdesk.ui.settings.directory.section import DirectorySection
from helpdesk.ui.settings.figures_section import FiguresSection
from helpdesk.ui.settings.files.section import FilesSection
from helpdesk.ui.settings.macros.section import MacrosSection
from helpdesk.ui.settings.mail.section import MailSection
from helpdesk.ui.settings.my_notifications.section import NotificationsSection
from helpdesk.ui.settings.policies.section import PoliciesSection
from helpdesk.ui.settings.profile.section import ProfileSection
from helpdesk.ui.settings.recurring.section import RecurringSection
from helpdesk.ui.settings.rights.section import RightsSection
from helpdesk.ui.settings.rules.rules_section import AutomationSection, EscalationSection
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.security.section import SecuritySection
from helpdesk.ui.settings.sign_in.section import SignInSection
from helpdesk.ui.settings.single_sign_on.section import SingleSignOnSection
from helpdesk.ui.settings.teams.teams_section import TeamsSection
from helpdesk.ui.settings.templates.section import TemplatesSection
from helpdesk.ui.settings.ticket_fields.section import TicketFieldsSection
from helpdesk.ui.settings.transfer.section import TransferSection
from helpdesk.ui.settings.words import (
    ACTIVITY,
    API_KEYS,
    APPEARANCE,
    AUTOMATIC,
    AUTOMATION,
    BUSINESS_HOURS,
    CANNED_REPLIES,
    CHATS,
    CONNECTION,
    DELIVERIES,
    DIRECTORY,
    ESCALATION,
    FIGURES,
    MAIL,
    NOTIFICATIONS,
    PROFILE,
    RECURRING,
    RIGHTS,
    SECURITY,
    SERVICE_LEVELS,
    SIGN_IN,
    SINGLE_SIGN_ON,
    TEAMS,
    TICKET_FIELDS,
    TICKET_FILES,
    TICKET_TEMPLATES,
    TRANSFER,
    Words,
    found,
    group_of,
)
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip

_COLUMN = 232
_FACTORIES: Final[dict[str, Callable[[Desktop], Section]]] = {
    PROFILE.key: ProfileSection,
    APPEARANCE.key: AppearanceSection,
    CANNED_REPLIES.key: MacrosSection,
    NOTIFICATIONS.key: NotificationsSection,
    SIGN_IN.key: SignInSection,
    ACTIVITY.key: ActivitySection,
    SECURITY.key: SecuritySection,
    RIGHTS.key: RightsSection,
    API_KEYS.key: ApiKeysSection,
    CONNECTION.key: ConnectionSection,
    AUTOMATIC.key: AutomaticSection,
    FIGURES.key: FiguresSection,
    SERVICE_LEVELS.key: PoliciesSection,
    BUSINESS_HOURS.key: CalendarsSection,
    DIRECTORY.key: DirectorySection,
    SINGLE_SIGN_ON.key: SingleSignOnSection,
    MAIL.key: MailSection,
    CHATS.key: ChatsSection,
    DELIVERIES.key: DeliveriesSection,
    ESCALATION.key: EscalationSection,
    AUTOMATION.key: AutomationSection,
    RECURRING.key: RecurringSection,
    TEAMS.key: TeamsSection,
    TRANSFER.key: TransferSection,
    TICKET_FIELDS.key: TicketFieldsSection,
    TICKET_TEMPLATES.key: TemplatesSection,
    TICKET_FILES.key: FilesSection,
}
_NOTHING = "No setting is called so; try another word."
_SECTION, _SETTING = Qt.UserRole, Qt.UserRole + 1
_MOST_WORDS = 100
_HEADING = 34


class SettingsTab(BaseTab):
    """Sections are made when they are first looked at."""

    ticket_wanted = pyqtSignal(int)
    """Somebody wants to see a ticket that a section names."""

    def __init__(self, desktop: Desktop) -> None:
        """Open the section that was open the last time."""
        super().__init__(desktop)
        self.setObjectName("page")
        self.sections: dict[str, Section] = {}
        self._build()
        own = [words.key for words, _ in found("", self._rights)]
        key = desktop.state.value(desktop.own("settings/section"), own[0])
        self.open_section(key if key in own else own[0])

    @property
    def _rights(self) -> frozenset[str]:
        return self.desktop.session.permissions

    @property
    def section(self) -> Section:
        """The section that is looked at."""
        section = self._stack.currentWidget()
        assert isinstance(section, Section)  # noqa: S101 - what the factories make
        return section

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to what the section listens to that is looked at."""
        return self.section.concerns(kind, ids)

    def refresh(self) -> None:
        """Load again what is looked at; what is typed stays typed."""
        self.section.load()

    def focus_first(self) -> None:
        """Begin with the search."""
        self.search.setFocus()

    def save_state(self) -> None:
        """Remember the section."""
        state = self.desktop.state
        state.setValue(self.desktop.own("settings/section"), self.section.words.key)

    def open_section(self, key: str, setting: str = "") -> None:
        """Look at a section, and at one setting in it."""
        section = self.sections.get(key)
        if section is None:
            section = self.sections[key] = _FACTORIES[key](self.desktop)
            section.said.connect(self.said)
            section.ticket_wanted.connect(self.ticket_wanted)
            section.section_wanted.connect(self.open_section)
            self._stack.addWidget(section)
        self._stack.setCurrentWidget(section)
        section.load()
        if setting:
            section.reveal(setting)
        self._choose(key, setting)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the search lead into the list, or back to nothing."""
        if event.type() == QEvent.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key_Down and self.list.count():
                self.list.setFocus()
                return True
            if event.key() == Qt.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return bool(super().eventFilter(watched, event))

    def _build(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a setting")
        self.search.setAccessibleName("Find a setting")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search"), QLineEdit.LeadingPosition)
        self.search.setMaxLength(_MOST_WORDS)
        self.search.textChanged.connect(self._show_found)
        self.search.returnPressed.connect(self._on_entered)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setObjectName("sections")
        self.list.setAccessibleName("Sections and settings")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(12, 12))
        self.list.itemActivated.connect(self._on_chosen)
        self.list.itemClicked.connect(self._on_chosen)
        self.list.currentItemChanged.connect(self._on_moved)
        self._nothing = PlainLabel(_NOTHING, role="muted")
        self._nothing.hide()
        left = QWidget()
        left.setProperty("ground", "surface")
        column = QVBoxLayout(left)
        column.setContentsMargins(12, 20, 12, 12)
        column.setSpacing(10)
        column.addWidget(self.search)
        column.addWidget(self._nothing)
        column.addWidget(self.list, 1)
        left.setFixedWidth(_COLUMN)
        line = QFrame()
        line.setProperty("kind", "column")
        self._stack = QStackedWidget()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left)
        row.addWidget(line)
        row.addWidget(self._stack, 1)
        self._show_found("")

    def _show_found(self, text: str) -> None:
        blocked = self.list.blockSignals(True)
        self.list.clear()
        hits = found(text, self._rights)
        has_groups = not text and len({group_of(section) for section, _ in hits}) > 1
        group = ""
        for section, settings in hits:
            if has_groups and group_of(section) != group:
                group = group_of(section)
                self._add_heading(group)
            self._add(section.title, section.key)
            for words in settings:
                self._add(words.name, section.key, words)
        self.list.blockSignals(blocked)
        self._nothing.setVisible(not self.list.count())
        if not text and self._stack.count():
            self._choose(self.section.words.key)

    def _add_heading(self, group: str) -> None:
        """Say what the next sections have in common; nobody can choose that."""
        item = QListWidgetItem(group)
        item.setFlags(Qt.NoItemFlags)
        item.setForeground(theme.current().colour("muted"))
        item.setFont(theme.current().font("chip"))
        if self.list.count():
            item.setSizeHint(QSize(0, _HEADING))
            item.setTextAlignment(int(Qt.AlignLeft | Qt.AlignBottom))
        self.list.addItem(item)

    def _add(self, text: str, section: str, words: Words | None = None) -> None:
        item = QListWidgetItem(text)
        item.setData(_SECTION, section)
        item.setData(_SETTING, words.key if words else "")
        if words is not None:
            # Set in below its section.
            item.setIcon(icon("right"))
            item.setToolTip(plain_tooltip(words.help))
        self.list.addItem(item)

    def _choose(self, section: str, setting: str = "") -> None:
        """Mark what is looked at in the list, if it stands there."""
        blocked = self.list.blockSignals(True)
        for item in self._items():
            if (item.data(_SECTION), item.data(_SETTING)) == (section, setting):
                self.list.setCurrentItem(item)
        self.list.blockSignals(blocked)

    def _items(self) -> list[QListWidgetItem]:
        found = (self.list.item(row) for row in range(self.list.count()))
        return [item for item in found if item is not None and item.data(_SECTION)]

    def _on_moved(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(_SECTION) not in (None, self.section.words.key):
            self.open_section(item.data(_SECTION))
            self.list.setCurrentItem(item)

    def _on_chosen(self, item: QListWidgetItem) -> None:
        if not item.data(_SECTION):
            return
        self.open_section(item.data(_SECTION), item.data(_SETTING))

    def _on_entered(self) -> None:
        items = self._items()
        setting = next((item for item in items if item.data(_SETTING)), None)
        if setting is not None or items:
            self._on_chosen(setting or items[0])
