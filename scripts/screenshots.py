# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes pictures of the real program: every tab of every role, in both themes.

Starts the program offscreen on a demo desk of its own (or the one named), signs in as each of the
four demo people by their buttons, opens every tab and writes what a person would see as PNG. Alice
also asks the assistant one of its examples, Bob opens a ticket for which it suggests something and
one whose time has been of every kind, Charlie arranges the dashboard and reads every report,
and Dana opens every section of the settings, and locks the window. The pages of signing in are
shown with a key and codes that nobody has.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())
os.environ.setdefault("HELPDESK_SECURITY__BCRYPT_COST", "4")

from PyQt5.QtCore import (
    QDeadlineTimer,
    QEventLoop,
    QMessageLogContext,
    Qt,
    QtMsgType,
    qInstallMessageHandler,
)
from PyQt5.QtWidgets import QApplication, QDialog, QPushButton, QWidget
from tour_of_queue import of_queue
from tour_of_talk import of_talk
from tour_of_work import of_person
from tour_stage import Colleagues, Stage

from helpdesk import app as desktop
from helpdesk.core.paths import DataFolder

if TYPE_CHECKING:
    from helpdesk.client.help_desk import HelpDesk
    from helpdesk.ui.ai_assistant_tab import AIAssistantTab
    from helpdesk.ui.main_window import MainWindow

PEOPLE = ("alice", "bob", "charlie", "dana")
THEMES = ("light", "dark")
_SETTLE_MS = 250
_LONGEST_MS = 20_000
_HALF = 128
_MOST_TICKETS = 50
"""Among so many a demo desk has several for which something is suggested."""


def main() -> int:
    """Take the pictures and say where they are."""
    options = _options()
    output: Path = options.output
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        folder = DataFolder(options.data_dir or Path(made)).ensure()
        if not options.server and not folder.database.exists():
            _make_demo(folder)
        qInstallMessageHandler(_pass_on)
        application = desktop.make_application([])
        taken = 0
        for theme in options.theme or THEMES:
            taken += _tour(application, folder, theme, output, options)
    print(f"{taken} pictures are in {output.resolve()}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("tour"), metavar="DIR")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="a demo desk to show")
    parser.add_argument("--theme", action="append", choices=THEMES)
    parser.add_argument("--person", action="append", choices=PEOPLE)
    parser.add_argument("--size", default="1440x900", metavar="WIDTHxHEIGHT")
    parser.add_argument("--work", action="store_true", help="show only the work with tickets")
    parser.add_argument("--server", metavar="URL", help="show the demo desk of this server")
    return parser.parse_args()


def _pass_on(_kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    """Print what Qt says, except that a screen which is none cannot size windows."""
    if "propagateSizeHints" not in message:
        print(message, file=sys.stderr)


def _make_demo(folder: DataFolder) -> None:
    from helpdesk import cli

    with contextlib.redirect_stdout(io.StringIO()):
        code = cli.main(["--data-dir", str(folder.path), "init-db", "--demo"])
    if code:
        sys.exit(code)


def _tour(
    application: QApplication,
    folder: DataFolder,
    theme: str,
    output: Path,
    options: argparse.Namespace,
) -> int:
    """Walk through the program in one theme and return how many pictures were taken."""
    width, height = map(int, options.size.split("x"))
    app = desktop.App(folder, server=options.server)
    app.state.setValue("window/theme", theme)
    app.start()
    _settle(application, app)
    taken = _take(app.sign_in_window, output / f"{theme}-sign-in.png")
    taken += _take_sign_in(application, app, theme, output)
    with Colleagues(folder) as others:
        for person in options.person or PEOPLE:
            _sign_in(app, person)
            _settle(application, app)
            window = app.main_window
            if window is None:
                sys.exit(f"{person} could not sign in")
            window.resize(width, height)
            if not options.work:
                taken += _take_tabs(application, app, window, theme, output)
            colleagues = None if options.server else others
            taken += _take_work(application, app, window, theme, output, colleagues)
            if person == "dana" and not options.work:
                taken += _take_settings(application, app, window, theme, output)
                window.lock.lock()
                _settle(application, app)
                taken += _take(window, output / f"{theme}-dana-locked.png")
            window.sign_out()
            _settle(application, app)
    app.stop()
    return taken


def _take_tabs(
    application: QApplication, app: desktop.App, window: MainWindow, theme: str, output: Path
) -> int:
    """Show every tab of a person, and what they do there; return how many pictures were taken."""
    person, taken = window.desktop.person.username, 0
    for key in window.tab_keys:
        window.open_tab(key)
        _settle(application, app)
        taken += _take(window, output / f"{theme}-{person}-{key}.png")
    taken += _take_assistant(application, app, window, theme, output)
    if "dashboard" in window.tab_keys:
        taken += _take_dashboard(application, app, window, theme, output)
    if person == "charlie":
        taken += _take_reports(application, app, window, theme, output)
    if person == "bob":
        taken += _take_clock(application, app, window, theme, output)
    return taken


def _take_sign_in(application: QApplication, app: desktop.App, theme: str, output: Path) -> int:
    """Show the further pages of signing in; return how many pictures were taken."""
    from helpdesk.core.schemas.accounts import Enrolment

    window = app.sign_in_window
    flow = window.flow
    secret = "JBSWY3DPEHPK3PXP" * 2
    uri = f"otpauth://totp/Help%20Desk:charlie?secret={secret}&issuer=Help%20Desk"
    flow.enrol_page.show_enrolment(Enrolment(secret=secret, uri=uri))
    flow.recovery_page.show_codes([f"{place:04}-abcd-efgh-jkmn" for place in range(10)], "charlie")
    flow.forgotten_page.ask_whose("charlie", can_reset=True)
    flow.reset_page.say_whether_sent(sent=True)
    pages = {
        "code": flow.code_page,
        "set-up": flow.enrol_page,
        "recovery-codes": flow.recovery_page,
        "forgotten": flow.forgotten_page,
        "reset": flow.reset_page,
        "browser": flow.browser_page,
    }
    for name, page in pages.items():
        window.show_page(page)
        _settle(application, app)
        _take(window, output / f"{theme}-sign-in-{name}.png")
    flow.recovery_page.view.forget()
    flow.ask()
    return len(pages)


def _take_assistant(
    application: QApplication, app: desktop.App, window: MainWindow, theme: str, output: Path
) -> int:
    """Show what the assistant does for some of the people; return how many pictures were taken."""
    person = window.desktop.person.username
    if person == "alice":
        _ask_example(application, app, window, THEMES.index(theme))
        what = "answer"
    elif person == "bob" and _show_suggestion(application, app, window):
        what = "suggestion"
    else:
        return 0
    _settle(application, app)
    taken = _take(window, output / f"{theme}-{person}-{what}.png")
    if person == "alice":
        # The next tour is to find an empty page too.
        _assistant_tab(window).new_conversation()
    return taken


def _take_dashboard(
    application: QApplication, app: desktop.App, window: MainWindow, theme: str, output: Path
) -> int:
    """Show the rest of the dashboard, and for Charlie how it is arranged."""
    from helpdesk.ui.dashboard_tab import DashboardTab

    tab = window.open_tab("dashboard")
    assert isinstance(tab, DashboardTab)  # noqa: S101 - what the key stands for
    page, person = tab.page, window.desktop.person.username
    page.live.want_now()
    _settle(application, app)
    bar = page.area.verticalScrollBar()
    bar.setValue(bar.maximum())
    _settle(application, app)
    taken = _take(window, output / f"{theme}-{person}-dashboard-below.png")
    bar.setValue(0)
    if person != "charlie":
        return taken
    charts = [card for card in page.grid.cards if card.card.second is not None]
    for card in charts:
        card.set_as_table(True)
    _settle(application, app)
    taken += _take(window, output / f"{theme}-{person}-dashboard-table.png")
    for card in charts:
        card.set_as_table(False)
    page.arranging.begin()
    _settle(application, app)
    taken += _take(window, output / f"{theme}-{person}-dashboard-arranging.png")
    for action, name in (
        (page.arranging.choose_card, "gallery"),
        (lambda: page.arranging.configure(page.grid.cards.index(charts[0])), "configure"),
    ):
        action()
        _settle(application, app)
        dialog = page.findChildren(QDialog)[-1]
        taken += _take(dialog, output / f"{theme}-{person}-dashboard-{name}.png")
        dialog.reject()
        _settle(application, app)
    page.arranging.discard()
    return taken


def _take_reports(
    application: QApplication, app: desktop.App, window: MainWindow, theme: str, output: Path
) -> int:
    """Show each report, its end, and how one is sent by schedule."""
    from helpdesk.core.schemas.reports import ReportKind
    from helpdesk.ui.reports.kind_list import BY_SCHEDULE
    from helpdesk.ui.reports_tab import ReportsTab

    tab = window.open_tab("reports")
    assert isinstance(tab, ReportsTab)  # noqa: S101 - what the key stands for
    taken = 0
    for kind in ReportKind:
        tab.open(kind.value)
        _settle(application, app)
        while not tab.page.preview.is_complete:
            application.processEvents(QEventLoop.AllEvents, 20)
        _settle(application, app)
        taken += _take(window, output / f"{theme}-charlie-reports-{kind.value}.png")
        bar = tab.page.preview.verticalScrollBar()
        bar.setValue(bar.maximum())
        _settle(application, app)
        taken += _take(window, output / f"{theme}-charlie-reports-{kind.value}-below.png")
    tab.open(BY_SCHEDULE)
    _settle(application, app)
    schedules = tab.schedules
    if schedules is None:
        return taken
    schedules.add()
    _settle(application, app)
    dialog = schedules.dialog
    if dialog is not None and dialog.settings is not None:
        taken += _take(dialog, output / f"{theme}-charlie-reports-schedule-form.png")
        dialog.save_button.click()
        _settle(application, app)
    taken += _take(window, output / f"{theme}-charlie-reports-schedule.png")
    schedules.remove()
    _settle(application, app)
    tab.open(ReportKind.SUMMARY.value)
    return taken


def _take_clock(
    application: QApplication, app: desktop.App, window: MainWindow, theme: str, output: Path
) -> int:
    """Show the ticket whose time says most; return how many pictures were taken."""
    from helpdesk.ui.tickets.list_tab import TicketListTab

    found: list[int] = []
    app.background.run(window, _most_varied, window.desktop.desk).then(found.extend)
    _settle(application, app)
    tab = window.open_tab("manage")
    if not found or not isinstance(tab, TicketListTab):
        return 0
    tab.show_ticket(found[0])
    _settle(application, app)
    return _take(window, output / f"{theme}-bob-clock.png")


def _take_work(
    application: QApplication,
    app: desktop.App,
    window: MainWindow,
    theme: str,
    output: Path,
    colleagues: Colleagues | None,
) -> int:
    """Show the work with tickets: the list, what stands around a ticket, and what is said."""
    person = window.desktop.person.username
    stage = Stage(
        app,
        window,
        settle=lambda: _settle(application, app),
        take=lambda widget, name: _take(widget, output / f"{theme}-{person}-{name}.png"),
        colleagues=colleagues,
    )
    return of_person(stage, person) + of_queue(stage, person) + of_talk(stage, person)


def _most_varied(desk: HelpDesk) -> list[int]:
    """Return the number of the open ticket with most kinds of time, and then most stretches."""
    from helpdesk.core.schemas.tickets import Status, TicketQuery

    begun = (Status.IN_PROGRESS, Status.AWAITING_CUSTOMER)
    tickets = desk.tickets.search(TicketQuery(statuses=begun, limit=_MOST_TICKETS)).items
    time = {each.id: desk.policies.clock(each.id).segments for each in tickets}
    kinds = {id_: (len({part.state for part in parts}), len(parts)) for id_, parts in time.items()}
    return [max(kinds, key=kinds.__getitem__)] if kinds else []


def _take_settings(
    application: QApplication, app: desktop.App, window: MainWindow, theme: str, output: Path
) -> int:
    """Show each section of the settings; return how many pictures were taken."""
    from helpdesk.ui.settings.words import found
    from helpdesk.ui.settings_tab import SettingsTab

    tab = window.open_tab("settings")
    assert isinstance(tab, SettingsTab)  # noqa: S101 - what the key stands for
    sections = [words.key for words, _ in found("", window.desktop.session.permissions)]
    for section in sections:
        tab.open_section(section)
        _settle(application, app)
        _take(window, output / f"{theme}-dana-settings-{section}.png")
    tab.open_section(sections[0])
    return len(sections)


def _ask_example(
    application: QApplication, app: desktop.App, window: MainWindow, place: int
) -> None:
    from helpdesk.ui.chat.welcome import EXAMPLES

    tab = _assistant_tab(window)
    tab.new_conversation()
    _settle(application, app)
    next(each for each in tab.findChildren(QPushButton) if each.text() == EXAMPLES[place]).click()


def _assistant_tab(window: MainWindow) -> AIAssistantTab:
    from helpdesk.ui.ai_assistant_tab import AIAssistantTab

    tab = window.open_tab("assistant")
    assert isinstance(tab, AIAssistantTab)  # noqa: S101 - what the key stands for
    return tab


def _show_suggestion(application: QApplication, app: desktop.App, window: MainWindow) -> bool:
    """Open the waiting ticket with most suggestions; return whether there is one."""
    from helpdesk.ui.tickets.list_tab import TicketListTab

    found: list[int] = []
    app.background.run(window, _most_suggested, window.desktop.desk).then(found.extend)
    _settle(application, app)
    tab = window.open_tab("manage")
    if not found or not isinstance(tab, TicketListTab):
        return False
    tab.show_ticket(found[0])
    return True


def _most_suggested(desk: HelpDesk) -> list[int]:
    """Return the number of the ticket with most suggestions, where any has one."""
    from helpdesk.core.schemas.tickets import Status, TicketQuery

    query = TicketQuery(statuses=(Status.NEW, Status.OPEN), limit=_MOST_TICKETS)
    tickets = [ticket.id for ticket in desk.tickets.search(query).items]
    fields = {ticket: len(desk.triage.for_ticket(ticket).fields) for ticket in tickets}
    return [max(fields, key=fields.__getitem__)] if any(fields.values()) else []


def _sign_in(app: desktop.App, person: str) -> None:
    button = app.sign_in_window.findChild(QPushButton, f"demo-{person}")
    if button is None:
        sys.exit("Pictures are taken of a demo desk; name one, or none to have one made.")
    button.click()


def _take(widget: QWidget, file: Path) -> int:
    picture = widget.grab()
    mean = picture.toImage().scaled(1, 1, transformMode=Qt.SmoothTransformation)
    is_dark = mean.pixelColor(0, 0).lightness() < _HALF
    if is_dark is not file.name.startswith("dark-"):
        sys.exit(f"{file} is not in its theme; the person has chosen another one")
    if not picture.save(str(file)):
        sys.exit(f"{file} cannot be written")
    return 1


def _settle(application: QApplication, app: desktop.App) -> None:
    """Let the program do what it has begun, until nothing is under way any more."""
    longest = QDeadlineTimer(_LONGEST_MS)
    quiet = QDeadlineTimer(_SETTLE_MS)
    while not longest.hasExpired() and (_is_busy(app) or not quiet.hasExpired()):
        application.processEvents(QEventLoop.AllEvents, 20)
        if _is_busy(app):
            quiet = QDeadlineTimer(_SETTLE_MS)


def _is_busy(app: desktop.App) -> bool:
    window = app.main_window
    return app.background.busy or (window is not None and window.desktop.assistant.busy)


if __name__ == "__main__":
    sys.exit(main())
