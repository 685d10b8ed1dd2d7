# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the tour that shows the work with tickets: what stands around them, and its dialogs.

Whatever is done to the desk for a picture is taken back after it.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tour_stage import Stage

    from helpdesk.client.help_desk import HelpDesk
    from helpdesk.ui.settings.section import Section
    from helpdesk.ui.settings.transfer.section import TransferSection
    from helpdesk.ui.submit_ticket_tab import SubmitTicketTab

_SHAPES = ("table", "board")
_MOST_TICKETS = 50
_EXPORT = """\
Number,Title,Opened by,Queue,State,Opened at
4711,Printer on the third floor jams,Alice Moreau,Printing,open,2026-10-02 09:14
4712,No sound in the meeting room,Alice Moreau,Hardware,closed,2026-10-03 15:40
4713,VPN drops every hour,Alice Moreau,Network,waiting,2026-10-05 08:02
4714,,Alice Moreau,Network,open,yesterday
"""


def of_person(stage: Stage, person: str) -> int:
    """Take the pictures of one person; return how many."""
    if person == "bob":
        return _queue(stage) + _ticket(stage) + _submit(stage)
    if person == "charlie":
        return _trash(stage)
    return _settings(stage) if person == "dana" else 0


def _queue(stage: Stage) -> int:
    """Show the shapes of the list, and what is snoozed."""
    tab = stage.list_of("manage")
    taken, before = 0, tab.list.views[0]
    tab.list.show_view(next(each for each in tab.list.views if each.key == "open"))
    for shape in _SHAPES:
        tab.list.set_shape(shape)
        stage.settle()
        taken += stage.take(stage.window, shape)
    tab.list.set_shape("list")
    tab.list.show_view(next(each for each in tab.list.views if each.key == "snoozed"))
    stage.settle()
    taken += stage.take(stage.window, "snoozed")
    tab.list.show_view(before)
    stage.settle()
    return taken


def _ticket(stage: Stage) -> int:
    """Show a ticket with all that stands around it, and what can be done with it."""
    from helpdesk.core.schemas.tasks import NewTasks
    from helpdesk.ui.tickets.doings.linking import LINK, MERGE, SPLIT
    from helpdesk.ui.tickets.doings.snoozing import SNOOZE
    from helpdesk.ui.tickets.panels.time import TimePanel

    tab, ticket_id = stage.list_of("manage"), stage.answer(_fullest)
    tab.show_ticket(ticket_id)
    stage.settle()
    pane, timer = tab.pane, stage.window.desktop.timer
    panel = next(each for each in pane.panels if isinstance(each, TimePanel))
    timer.begin(stage.window.desktop, ticket_id)
    stage.settle()
    pane.show_fields()
    stage.settle()
    taken = stage.take(stage.window, "ticket")
    bar = pane.properties.verticalScrollBar()
    bar.setValue(panel.y() - pane.properties.height() // 2)
    stage.settle()
    taken += stage.take(stage.window, "tasks-and-time")
    bar.setValue(0)
    if pane.details_button.isChecked():
        pane.details_button.click()
    stage.answer(lambda desk: desk.time_entries.discard())
    for doing, name, words in (
        (SNOOZE, "snooze", ""),
        (LINK, "link", "vpn"),
        (MERGE, "merge", "vpn"),
        (SPLIT, "split", ""),
    ):
        if doing in pane.doings():
            taken += stage.dialog(partial(pane.do, doing), name, words)
    done = stage.answer(lambda desk: desk.tasks.add(ticket_id, NewTasks(texts=("Call back",))))
    taken += stage.dialog(stage.window.show_deeds, "deeds")
    if done.undo is not None:
        stage.answer(lambda desk: desk.deeds.undo(done.undo or 0))
    return taken


def _submit(stage: Stage) -> int:
    """Show how a ticket begins with a template, for somebody else, with fields of the desk."""
    from helpdesk.ui.submit_ticket_tab import SubmitTicketTab

    tab = stage.window.open_tab("submit")
    assert isinstance(tab, SubmitTicketTab)  # noqa: S101 - what the key stands for
    stage.settle()
    taken = stage.dialog(tab.template_start.open, "templates")
    _fill_in(stage, tab)
    taken += stage.take(stage.window, "submit-filled")
    tab.discard_button.click()
    stage.settle()
    return taken


def _fill_in(stage: Stage, tab: SubmitTicketTab) -> None:
    """Begin with a template, for Alice, and let a colleague know."""
    found = stage.answer(lambda desk: desk.watchers.candidates("Alice"))
    also = stage.answer(lambda desk: desk.watchers.candidates("Charlie"))
    template = next(each for each in stage.answer(lambda desk: desk.templates.all()) if each.tags)
    tab.template_start.chosen.emit(template)
    tab.staff.requester.set_people({each.person.id: each.person.full_name for each in found[:1]})
    tab.staff.also_tell.set_people({each.person.id: each.person.full_name for each in also[:1]})
    tab.staff.requester_changed.emit()
    tab.category.choose("Hardware")
    stage.settle()


def _trash(stage: Stage) -> int:
    """Show the trash with a ticket in it, which comes back."""
    tab = stage.list_of("manage")
    stage.settle()
    ticket = tab.pane.ticket
    if ticket is None:
        return 0
    deed = stage.answer(lambda desk: desk.trash.delete(ticket.id, ticket.version))
    taken = stage.dialog(stage.window.show_trash, "trash")
    stage.answer(lambda desk: desk.deeds.undo(deed.id))
    return taken


def _settings(stage: Stage) -> int:
    """Show how recurring tickets, fields and templates are set up, and an import."""
    from helpdesk.ui.settings.record_section import RecordSection
    from helpdesk.ui.settings.recurring.section import RecurringSection
    from helpdesk.ui.settings.transfer.section import TransferSection as Transfer

    taken = 0
    recurring = _section(stage, "recurring")
    if isinstance(recurring, RecurringSection) and recurring.cards:
        taken += stage.dialog(recurring.cards[0].opened.emit, "recurring-ticket")
    for key in ("ticket-fields", "ticket-templates"):
        section = _section(stage, key)
        if isinstance(section, RecordSection):
            section.list.setCurrentRow(1)
            section.edit_button.click()
            stage.settle()
            taken += stage.take(stage.window, f"settings-{key}-form")
            section.back_button.click()
            stage.settle()
    transfer = _section(stage, "transfer")
    return taken + (_import(stage, transfer) if isinstance(transfer, Transfer) else 0)


def _import(stage: Stage, section: TransferSection) -> int:
    """Show what an import asks, and what it would do."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tickets of the old desk.csv"
        file.write_text(_EXPORT)
        dialog = section.open_import()
        dialog.read(file)
        stage.settle()
        taken = stage.take(dialog, "import-columns")
        dialog.next_button.click()
        stage.settle()
        taken += stage.take(dialog, "import-preview")
        dialog.reject()
        stage.settle()
    return taken


def _section(stage: Stage, key: str) -> Section:
    from helpdesk.ui.settings_tab import SettingsTab

    tab = stage.window.open_tab("settings")
    assert isinstance(tab, SettingsTab)  # noqa: S101 - what the key stands for
    tab.open_section(key)
    stage.settle()
    return tab.section


def _fullest(desk: HelpDesk) -> int:
    """Return the open ticket of one's own around which most stands."""
    from helpdesk.core.schemas.tickets import OPEN_STATUSES, TicketQuery

    me = desk.sessions.current().user.id
    query = TicketQuery(statuses=OPEN_STATUSES, assignee_ids=(me,), limit=_MOST_TICKETS)
    tickets = [each.id for each in desk.tickets.search(query).items]
    return max(tickets, key=lambda id_: _around(desk, id_))


def _around(desk: HelpDesk, ticket_id: int) -> int:
    ticket = desk.tickets.view(ticket_id)
    time, tasks = desk.time_entries.of_ticket(ticket_id), desk.tasks.of_ticket(ticket_id)
    return 3 * len(ticket.fields) + 2 * len(time.entries) + min(tasks.done, 2) + len(ticket.tags)
