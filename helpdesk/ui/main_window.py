# SPDX-License-Identifier: GPL-3.0-or-later
"""The main window: tabs by role, menus, keys, and who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from PyQt5.QtCore import QByteArray, QPoint, QSize, QTimer, pyqtSignal
from PyQt5.QtGui import QCloseEvent, QKeySequence
from PyQt5.QtWidgets import (
    QAction,
    QApplication,
    QMainWindow,
    QMenu,
    QShortcut,
    QVBoxLayout,
    QWidget,
)

from helpdesk import __version__
from helpdesk.core.errors import Unreachable
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.accounts import ProfileView
from helpdesk.core.schemas.articles import ArticlesWaiting
from helpdesk.core.schemas.figures import Behind
from helpdesk.core.schemas.tickets import OPEN_STATUSES, TicketCount, TicketQuery
from helpdesk.core.schemas.users import AccountOrigin, UserView
from helpdesk.ui import own_look, theme
from helpdesk.ui.about_dialog import AboutDialog
from helpdesk.ui.absence_dialog import AbsenceDialog
from helpdesk.ui.ai_assistant_tab import AIAssistantTab
from helpdesk.ui.audit_log_tab import AuditLogTab
from helpdesk.ui.base_tab import BaseTab
from helpdesk.ui.closing_note import ClosingNote
from helpdesk.ui.command_palette import CommandPalette
from helpdesk.ui.connection_status import ConnectionStatus
from helpdesk.ui.dashboard_tab import DashboardTab
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.icons import icon
from helpdesk.ui.keys import KeysDialog, SingleKeys
from helpdesk.ui.knowledge_base_tab import KnowledgeBaseTab
from helpdesk.ui.lock import WindowLock
from helpdesk.ui.manage_tickets_tab import ManageTicketsTab
from helpdesk.ui.navigation import NavigationTabs
from helpdesk.ui.notifications.centre import NotificationCentre
from helpdesk.ui.outgoing import Outgoing
from helpdesk.ui.password_dialog import PasswordDialog
from helpdesk.ui.reports_tab import ReportsTab
from helpdesk.ui.settings.words import NOTIFICATIONS
from helpdesk.ui.settings_tab import SettingsTab
from helpdesk.ui.status_bar import StatusBar
from helpdesk.ui.submit_ticket_tab import SubmitTicketTab
from helpdesk.ui.team_tab import TeamTab
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.tickets.undo.deeds_dialog import DeedsDialog
from helpdesk.ui.tickets.undo.trash_dialog import TrashDialog
from helpdesk.ui.tickets.undo.undoer import LINKS, Undoer
from helpdesk.ui.tickets.work.timer_status import TimerStatus
from helpdesk.ui.user_management_tab import UserManagementTab
from helpdesk.ui.view_tickets_tab import ViewTicketsTab
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.choice_menu import ChoiceMenu
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.toast import Toast, press_newest

_THEMES = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
_DENSITIES = (("comfortable", "Comfortable"), ("compact", "Compact"))
_USUAL_SIZE, _LEAST_SIZE = QSize(1440, 900), QSize(900, 600)
_FRAME = QSize(16, 48)
"""About what a window manager puts around a window."""
_SAID_MS = 6_000
_UNDO_ELSEWHERE = "What you did to tickets is undone where they are seen, not in Settings"
_BADGE_PAUSE_MS = 400
_ANNOUNCED_SECONDS = 15


class Tab(NamedTuple):
    """A tab and who gets it."""

    key: str
    icon: str
    title: str
    permission: Permission
    factory: Callable[[Desktop], BaseTab]


TABS = (
    Tab("dashboard", "dashboard", "Dashboard", Permission.SEE_OWN_FIGURES, DashboardTab),
    Tab("submit", "submit", "Submit Ticket", Permission.SUBMIT_TICKET, SubmitTicketTab),
    Tab("view", "tickets", "View Tickets", Permission.SEE_OWN_TICKETS, ViewTicketsTab),
    Tab("manage", "manage", "Manage Tickets", Permission.WORK_TICKET, ManageTicketsTab),
    Tab("articles", "knowledge", "Knowledge Base", Permission.READ_ARTICLES, KnowledgeBaseTab),
    Tab("assistant", "assistant", "AI Assistant", Permission.USE_ASSISTANT, AIAssistantTab),
    Tab("reports", "reports", "Reports", Permission.SEE_OWN_FIGURES, ReportsTab),
    Tab("users", "users", "User Management", Permission.MANAGE_USERS, UserManagementTab),
    Tab("team", "team", "Team", Permission.SEE_TEAM, TeamTab),
    Tab("audit", "history", "Audit log", Permission.SEE_AUDIT, AuditLogTab),
    Tab("settings", "settings", "Settings", Permission.OWN_ACCOUNT, SettingsTab),
)


_WRITING = ("submit", "assistant")
"""Tabs that are of no use where nothing can be written."""


class Place(NamedTuple):
    """Where somebody is in the window."""

    tab: str
    ticket_id: int | None
    article_id: int | None = None


class MainWindow(QMainWindow):
    """What somebody sees while signed in; it holds no logic of tickets."""

    signed_out = pyqtSignal(str)
    """The person left, or the desk ended the session; the sentence says why, if there is one."""

    def __init__(self, desktop: Desktop) -> None:
        """Show the tabs of the person's role, and the one that was open the last time."""
        super().__init__()
        self.desktop = desktop
        self._outgoing = Outgoing(self)
        self._tabs: dict[str, int] = {}
        self._has_left = False
        self._figures_tab = "dashboard"
        # Qt adds the program's name.
        self.setWindowTitle("Demo desk" if desktop.info.demo else "Help Desk")
        room = QApplication.primaryScreen().availableSize()
        self.setMinimumSize(_LEAST_SIZE.boundedTo(room))
        self.resize(_USUAL_SIZE.boundedTo(room - _FRAME))
        self._build_tabs()
        self._build_notifications()
        self.lock = WindowLock(self, desktop)
        self.lock.locked.connect(self.notifications.set_discreet)
        self.lock.sign_out_wanted.connect(self.sign_out)
        self._keys = SingleKeys(self)
        self._build_menus()
        self._build_status_bar()
        self._badge_pause = QTimer(self)
        self._badge_pause.setSingleShot(True)
        self._badge_pause.setInterval(_BADGE_PAUSE_MS)
        self._badge_pause.timeout.connect(self._count_waiting)
        desktop.feed.changed.connect(self._on_changed)
        desktop.feed.signed_out.connect(self.sign_out)
        desktop.drafts.not_saved.connect(self.say)
        desktop.background.unheard.connect(self._on_unheard)
        self._restore()
        self._read_profile()
        self._count_waiting()
        self.notifications.start()
        self.lock.start()
        desktop.feed.start()
        desktop.presence.start(desktop)
        desktop.timer.start(desktop)

    @property
    def tab_keys(self) -> list[str]:
        """The keys of the tabs this person has, from the top."""
        return list(self._tabs)

    def open_tab(self, key: str) -> BaseTab:
        """Bring a tab to the front."""
        widget = self.navigation.open(self._tabs[key])
        assert isinstance(widget, BaseTab)  # noqa: S101 - what the factories of TABS return
        return widget

    def show_ticket(self, ticket_id: int) -> None:
        """Show a ticket where this person can work it, or else where they read tickets."""
        self._show_ticket("manage" if "manage" in self._tabs else "view", ticket_id)

    def show_behind(self, behind: Behind, words: str) -> None:
        """Show the tickets behind a figure, with a way back to where it stands."""
        keys = {index: key for key, index in self._tabs.items()}
        self._figures_tab = keys[self._current()]
        tab = self.open_tab("manage" if "manage" in self._tabs else "view")
        if isinstance(tab, TicketListTab):
            tab.show_behind(
                behind, words, "report" if self._figures_tab == "reports" else "dashboard"
            )

    def show_dashboard(self) -> None:
        """Go back to the figures whose tickets were shown."""
        self.open_tab(self._figures_tab).focus_first()

    def show_own_ticket(self, ticket_id: int) -> None:
        """Show a ticket that this person has submitted."""
        self._show_ticket("view", ticket_id)

    def show_article(self, article_id: int) -> None:
        """Show an article of the knowledge base."""
        tab = self.open_tab("articles")
        if isinstance(tab, KnowledgeBaseTab):
            tab.show_article(article_id)

    def edit_article(self, article_id: int) -> None:
        """Open an article in the editor of the knowledge base."""
        tab = self.open_tab("articles")
        if isinstance(tab, KnowledgeBaseTab):
            tab.edit_article(article_id)

    def search_articles(self, text: str) -> None:
        """Search the knowledge base for some words."""
        tab = self.open_tab("articles")
        if isinstance(tab, KnowledgeBaseTab):
            tab.search(text)

    def show_notification_settings(self) -> None:
        """Show where one chooses what one is told of."""
        tab = self.open_tab("settings")
        if isinstance(tab, SettingsTab):
            tab.open_section(NOTIFICATIONS.key)

    def ask_assistant(self) -> None:
        """Begin a conversation with the assistant."""
        tab = self.open_tab("assistant")
        if isinstance(tab, AIAssistantTab):
            tab.new_conversation()

    def current_tab(self) -> BaseTab | None:
        """Return the tab in front."""
        widget = self.navigation.made(self.navigation.currentIndex())
        return widget if isinstance(widget, BaseTab) else None

    def say(self, sentence: str) -> None:
        """Show a sentence in the status bar for a while."""
        self.statusBar().showMessage(sentence, _SAID_MS)

    def announce(self, sentence: str) -> None:
        """Say something that nobody must miss; it stays for a good while."""
        Toast.say(self, sentence, seconds=_ANNOUNCED_SECONDS)

    def show_person(self, person: UserView) -> None:
        """Show who is signed in, after their name has changed."""
        self.navigation.set_person(person.full_name, person.role.label)

    @property
    def place(self) -> Place:
        """Where the person is, for a window that takes this one's place."""
        keys = {index: key for key, index in self._tabs.items()}
        tab = self.current_tab()
        ticket = tab.pane.ticket if isinstance(tab, TicketListTab) else None
        article = tab.pane.article if isinstance(tab, KnowledgeBaseTab) else None
        return Place(
            keys[self._current()],
            ticket.id if ticket else None,
            article.id if article else None,
        )

    def go_to(self, place: Place) -> None:
        """Open the same tab and ticket as in another window, as far as this one has them."""
        if place.tab in self._tabs:
            tab = self.open_tab(place.tab)
            if isinstance(tab, TicketListTab) and place.ticket_id is not None:
                tab.show_ticket(place.ticket_id)
            if isinstance(tab, KnowledgeBaseTab) and place.article_id is not None:
                tab.show_article(place.article_id)
            tab.focus_first()

    def leave(self) -> None:
        """Keep what was typed and the state of the window, and tell nothing any more."""
        self.notifications.stop()
        self.lock.stop()
        for index in self._tabs.values():
            made = self.navigation.made(index)
            if isinstance(made, TicketListTab):
                made.pane.conversing.leave()
        self.desktop.presence.stop()
        self.desktop.timer.stop()
        for index in self._tabs.values():
            made = self.navigation.made(index)
            if isinstance(made, BaseTab):
                made.stop()
        self.save_state()
        self.desktop.drafts.flush()

    def sign_out(self, sentence: str = "") -> None:
        """Leave, keeping drafts and the state of the window; the first reason to leave counts."""
        if self._has_left:
            return
        # What waits leaves while the session lasts; where the desk has ended it, it stays a draft.
        if not sentence and self.desktop.sendings.finish(self.sign_out):
            return
        self._has_left = True
        self.lock.forget()
        self.desktop.feed.stop()
        self.leave()
        self.signed_out.emit(sentence)

    def save_state(self) -> None:
        """Remember size, tab and what each tab remembers."""
        state = self.desktop.state
        state.setValue("window/geometry", self.saveGeometry())
        keys = {index: key for key, index in self._tabs.items()}
        state.setValue(self.desktop.own("tab"), keys[self._current()])
        for index in self._tabs.values():
            made = self.navigation.made(index)
            if isinstance(made, BaseTab):
                made.save_state()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep what was typed and how the window looked, and say what was not sent yet.

        A reply that waits to be sent leaves first.
        """
        if self.desktop.sendings.finish(self.close):
            event.ignore()
            return
        self.desktop.feed.stop()
        self.leave()
        link = self.desktop.link
        if link.actions:
            ClosingNote(len(link.waiting), len(link.refusals)).show_in_the_middle()
        super().closeEvent(event)

    def _build_tabs(self) -> None:
        self.navigation = NavigationTabs()
        rights = self.desktop.session.permissions
        for tab in TABS:
            can_be_used = tab.key not in _WRITING or not self.desktop.info.read_only
            if tab.key == "team" and "users" in self._tabs:
                continue  # Who sees all people needs no list of some.
            if tab.permission.value in rights and can_be_used:
                self._tabs[tab.key] = self.navigation.add_lazy(
                    tab.icon, tab.title, partial(self._make, tab)
                )
        self.navigation.set_person(self.desktop.person.full_name, self.desktop.person.role.label)
        self.desktop.pictures.show(
            self.desktop, self.desktop.person.id, self.navigation.account,
            self.navigation.set_picture,
        )  # fmt: skip
        self.navigation.account_clicked.connect(self._show_account_menu)
        self.navigation.tab_opened.connect(self._on_tab_opened)
        self.setCentralWidget(
            self._with_notice() if self.desktop.info.read_only else self.navigation
        )

    def _build_notifications(self) -> None:
        self.notifications = NotificationCentre(self.desktop, self)
        self.notifications.ticket_wanted.connect(self.show_ticket)
        self.notifications.own_ticket_wanted.connect(self.show_own_ticket)
        self.notifications.settings_wanted.connect(self.show_notification_settings)
        self.notifications.new_ticket_wanted.connect(self._on_new_ticket)
        self.navigation.set_aside(self.notifications.bell)

    def _with_notice(self) -> QWidget:
        """Return the tabs below a sentence that says why nothing can be changed."""
        notice = Banner()
        notice.show_warning(
            "This desk is open for reading only: its file or folder cannot be written here."
        )
        both = QWidget()
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(notice)
        column.addWidget(self.navigation, 1)
        return both

    def _show_ticket(self, key: str, ticket_id: int) -> None:
        tab = self.open_tab(key)
        if isinstance(tab, TicketListTab):
            tab.show_ticket(ticket_id)
            self.notifications.ticket_shown(ticket_id)

    def _see_ticket(self) -> None:
        """Tell no more of the ticket in front of the person, however they came there."""
        tab = self.current_tab()
        if isinstance(tab, TicketListTab) and tab.pane.ticket is not None:
            self.notifications.ticket_shown(tab.pane.ticket.id)

    def _make(self, tab: Tab) -> QWidget:
        made = tab.factory(self.desktop)
        made.said.connect(self.say)
        if isinstance(made, TicketListTab):
            made.pane.opened.connect(lambda _: self._see_ticket())
        if isinstance(made, SubmitTicketTab):
            made.wanted.connect(self.show_own_ticket)
        if isinstance(made, KnowledgeBaseTab):
            made.ticket_form_wanted.connect(self._on_new_ticket)
        for name, slot in (
            ("ticket_wanted", self.show_ticket),
            ("article_wanted", self.show_article),
            ("article_edit_wanted", self.edit_article),
            ("search_wanted", self.search_articles),
            ("tickets_behind_wanted", self.show_behind),
            ("dashboard_wanted", self.show_dashboard),
        ):
            if hasattr(made, name):
                getattr(made, name).connect(slot)
        return made

    def _build_menus(self) -> None:
        bar = self.menuBar()
        file = bar.addMenu("&File")
        QShortcut(QKeySequence("Ctrl+K"), self).activated.connect(self.show_palette)
        if "submit" in self._tabs:
            self._add(file, "New ticket", "Ctrl+N", self._on_new_ticket, "submit")
        if "assistant" in self._tabs:
            self._add(file, "Ask the assistant", "Ctrl+J", self.ask_assistant, "assistant")
        if file.actions():
            file.addSeparator()
        if self.desktop.remote:
            self._add(file, "Waiting to be sent…", "", self._outgoing.show_outbox, "send")
            file.addSeparator()
        self._account_menu = QMenu(self)
        if self.desktop.may(Permission.WORK_TICKET):
            self._add(self._account_menu, "Away…", "", self._on_away, "calendar")
        if not self.desktop.info.read_only and self.desktop.person.origin is AccountOrigin.LOCAL:
            for menu in (file, self._account_menu):
                self._add(menu, "Change password…", "", self._on_change_password, "lock")
        self._add(self._account_menu, "Lock", "", self.lock.lock, "lock")
        self._add(self._account_menu, "Sign out", "", self.sign_out, "sign_out")
        self._add(file, "Lock", "Ctrl+L", self.lock.lock, "lock")
        self._add(file, "Sign out", "Ctrl+Shift+Q", self.sign_out, "sign_out")
        self._add(file, "Quit", "Ctrl+Q", self.close)
        if "manage" in self._tabs:
            ticket = bar.addMenu("&Ticket")
            self._keys.fill_menu(ticket)
            self._add_undo(ticket)
        view = bar.addMenu("&View")
        for position, key in enumerate(self._tabs, start=1):
            title = next(tab.title for tab in TABS if tab.key == key)
            self._add(view, title, f"Ctrl+{position % 10}", partial(self.open_tab, key))
        view.addSeparator()
        self._add(view, "Notifications", "Ctrl+Shift+N", self.notifications.open_list, "bell")
        self._add(view, "Refresh", "F5", self._on_refresh, "refresh")
        self._add_look(view)
        help_menu = bar.addMenu("&Help")
        self._add(help_menu, "Keyboard", "F1", self.show_keys, "keyboard")
        self._add(help_menu, "About Help Desk", "", self._on_about, "info")

    def _add_undo(self, menu: QMenu) -> None:
        """Offer to undo what one did to tickets; text fields keep these keys for themselves."""
        self.undoer = Undoer(self.desktop, self)
        self.undoer.said.connect(self.say)
        self.undoer.done.connect(self._on_refresh)
        self.undoer.parted.connect(self.show_ticket)
        menu.addSeparator()
        self._add(menu, "Undo", "Ctrl+Z", self.undo, "undo")
        if self.desktop.may(Permission.WORK_TICKET):
            self._add(menu, "Redo", "Ctrl+Shift+Z", self.undoer.redo_last)
        self._add(menu, "What you did…", "", self.show_deeds, "history")
        if self.desktop.may(Permission.DELETE_TICKET):
            self._add(menu, "Trash…", "", self.show_trash, "delete")

    def _add_look(self, view: QMenu) -> None:
        self._theme_menu = ChoiceMenu(_THEMES, self, "Theme")
        self._theme_menu.chosen.connect(self.set_theme)
        self._density_menu = ChoiceMenu(_DENSITIES, self, "Density")
        self._density_menu.chosen.connect(self.set_density)
        for menu in (self._theme_menu, self._density_menu):
            view.addMenu(menu)
        self._show_look()
        theme.current().chosen.connect(self._show_look)
        self.desktop.look.not_kept.connect(self._on_unheard)

    def _add(
        self,
        menu: QMenu,
        text: str,
        keys: str,
        action: Callable[[], object],
        icon_name: str = "",
    ) -> QAction:
        entry = QAction(text, self)
        if keys:
            entry.setShortcut(QKeySequence(keys))
        if icon_name:
            entry.setIcon(icon(icon_name))
        entry.triggered.connect(lambda: action())
        menu.addAction(entry)
        return entry

    def set_theme(self, mode: str) -> None:
        """Switch between light, dark and the system's choice, and remember it."""
        self.desktop.look.choose_theme(self.desktop, mode)

    def set_density(self, density: str) -> None:
        """Give rows and controls more room or less, and remember it."""
        self.desktop.look.choose_density(self.desktop, density)

    def _show_look(self) -> None:
        """Mark what was chosen, wherever that was."""
        self._theme_menu.set_current(theme.current().mode)
        self._density_menu.set_current(theme.current().density)

    def _read_profile(self) -> None:
        """Look as the person wants it at every computer, and show their picture."""
        own = self.desktop.desk.profiles.own
        self.desktop.background.latest(self, own).then(self._on_profile).failed(lambda _: None)

    def _on_profile(self, profile: ProfileView) -> None:
        if not self.desktop.look.is_keeping:
            own_look.apply(self.desktop.state, profile)
        self.navigation.set_person(profile.full_name, self.desktop.person.role.label)

    def _where(self) -> QWidget:
        """Return where the desk is: on a server, or here."""
        if self.desktop.remote:
            return ConnectionStatus(self.desktop.link, self.desktop.remote.host)
        info, rights = self.desktop.info, self.desktop.session.permissions
        kind = "Demo desk" if info.demo else "This workstation"
        state = "read-only" if info.read_only else "saved here"
        place = f" · {info.place}" if Permission.MANAGE_USERS.value in rights else ""
        where = ElidedLabel(f"●  {kind} · {state}{place}")
        where.setProperty("role", "secondary")
        return where

    def _build_status_bar(self) -> None:
        new = "Ctrl+N New ticket    " if "submit" in self._tabs else ""
        hints = f"Ctrl+K Commands    {new}/ Search    ? Keys"
        bar = StatusBar(self._where(), hints)
        self.setStatusBar(bar)
        self.timer_status = TimerStatus(self.desktop)
        self.timer_status.ticket_wanted.connect(self.show_ticket)
        self.timer_status.said.connect(self.say)
        if "manage" in self._tabs:
            # Others have no timer, and nothing to undo.
            self.timer_status.done.connect(self.undoer.offer)
        bar.add_beside(self.timer_status)

    def _restore(self) -> None:
        state = self.desktop.state
        geometry = state.value("window/geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        usual = next(key for key in ("manage", "submit", "view") if key in self._tabs)
        key = state.value(self.desktop.own("tab"), usual)
        self.open_tab(key if key in self._tabs else usual)

    def _current(self) -> int:
        return int(self.navigation.currentIndex())

    def _count_waiting(self) -> None:
        if Permission.WRITE_ARTICLES.value in self.desktop.session.permissions:
            waiting = self.desktop.desk.articles.waiting
            job = self.desktop.background.latest(self, waiting)
            job.then(self._show_waiting_articles).failed(lambda _: None)
        if "manage" not in self._tabs:
            return
        query = TicketQuery(statuses=OPEN_STATUSES, unassigned=True, snoozed=False)
        count = self.desktop.desk.tickets.count
        self.desktop.background.latest(self, count, query).then(self._show_waiting).failed(
            lambda _: None
        )

    def _show_waiting(self, found: TicketCount) -> None:
        self.navigation.set_badge(self._tabs["manage"], found.count)

    def _show_waiting_articles(self, waiting: ArticlesWaiting) -> None:
        self.navigation.set_badge(self._tabs["articles"], waiting.review + waiting.due)

    def _show_account_menu(self) -> None:
        place = self.navigation.mapToGlobal(self.navigation.rect().bottomLeft())
        self._account_menu.popup(place - QPoint(0, self._account_menu.sizeHint().height() + 64))

    def show_palette(self) -> None:
        """Offer every command and ticket in one field."""
        menus = [action.menu() for action in self.menuBar().actions()]
        tab = self.current_tab()
        if isinstance(tab, TicketListTab):
            menus.append(tab.pane.menu_of_doings())
        palette = CommandPalette(self.desktop, menus, self)
        if isinstance(tab, TicketListTab):
            palette.destroyed.connect(menus[-1].deleteLater)
        palette.ticket_chosen.connect(self.show_ticket)
        palette.article_chosen.connect(self.show_article)
        palette.open()
        palette.move(self.mapToGlobal(QPoint((self.width() - palette.width()) // 2, 90)))
        palette.field.setFocus()

    def focus_page(self) -> None:
        """Begin in the tab in front, where nothing else is known to go on with."""
        tab = self.current_tab()
        if tab is not None:
            tab.focus_first()

    def show_deeds(self) -> None:
        """List what this person did to tickets, to undo it."""
        DeedsDialog(self.desktop, self).open()

    def show_trash(self) -> None:
        """List the deleted tickets."""
        dialog = TrashDialog(self.desktop, self)
        dialog.ticket_wanted.connect(self.show_ticket)
        dialog.open()

    def undo(self) -> bool:
        """Keep back a reply that waits to leave, else undo a link or one's last deed."""
        if self.desktop.sendings.undo_newest():
            return True
        if press_newest(self, LINKS):
            return True
        works = self.desktop.may(Permission.WORK_TICKET)
        if works and self._tabs.get("settings") == self._current():
            # A ticket would change out of sight of who thinks of a setting.
            self.say(_UNDO_ELSEWHERE)
        elif works:
            self.undoer.undo_last()
        return works

    def show_keys(self) -> None:
        """List the keys."""
        KeysDialog(self, tabs=len(self._tabs), works_tickets="manage" in self._tabs).open()

    def _on_tab_opened(self, _index: int) -> None:
        tab = self.current_tab()
        if tab is not None:
            tab.focus_first()
            self._see_ticket()

    def _on_changed(self, kind: str, ids: tuple[int, ...]) -> None:
        if kind in ("ticket", "article", "article_draft"):
            self._badge_pause.start()
        if kind == "user" and self.desktop.person.id in ids:
            self._read_profile()

    def _on_unheard(self, error: Exception) -> None:
        if isinstance(error, Unreachable):
            self.desktop.feed.fell_behind()
            if self.desktop.remote:
                # The status bar says it already, and for as long as it lasts.
                return
        self.say(str(error))

    def _on_new_ticket(self) -> None:
        self.open_tab("submit").focus_first()

    def _on_refresh(self) -> None:
        tab = self.current_tab()
        if tab is not None:
            tab.refresh()
        self.desktop.feed.look()

    def _on_change_password(self) -> None:
        dialog = PasswordDialog(self.desktop, self)
        dialog.changed.connect(lambda: self.say("Your password was changed."))
        dialog.open()

    def _on_away(self) -> None:
        dialog = AbsenceDialog(self.desktop, self)
        dialog.changed.connect(self.say)
        dialog.open()

    def _on_about(self) -> None:
        host = self.desktop.remote.host if self.desktop.remote else ""
        AboutDialog(__version__, self.desktop.info, host, self).open()
