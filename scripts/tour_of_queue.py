# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the tour that shows a list of tickets: search, views, many at once, and its shapes.

Whatever is done to the desk for a picture is taken back after it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLineEdit, QListView, QPushButton, QToolButton
from tour_stage import Stage, choose, key, named

if TYPE_CHECKING:
    from helpdesk.client.help_desk import HelpDesk
    from helpdesk.core.schemas.tickets import TicketRow
    from helpdesk.core.schemas.views import SavedViewView, ViewPins
    from helpdesk.ui.tickets.list_tab import TicketListTab

_TYPED = (
    ("priority:>=medium printer ", "search-chips"),
    ("sta", "search-names"),
    ("priority:", "search-values"),
    ("status:done jam ", "search-problem"),
    ("unicorn", "search-nothing"),
)
_MARKED = 3
_NO_TICKET = 999_999_999


def of_queue(stage: Stage, person: str) -> int:
    """Take the pictures of one person; return how many."""
    if person == "alice":
        return _search(stage, stage.list_of("view"), _TYPED[-1:]) + _empty(stage, "view")
    if person == "bob":
        tab = stage.list_of("manage")
        taken = _search(stage, tab, _TYPED) + _views(stage) + _marked(stage) + _all_marked(stage)
        return taken + _table(stage) + _whole_program(stage) + _empty(stage, "manage")
    if person == "charlie":
        return _shared_view(stage) + _marked(stage)
    return 0


def _search(stage: Stage, tab: TicketListTab, typed: tuple[tuple[str, str], ...]) -> int:
    """Show what becomes of what is typed: chips, completion, a problem, nothing at all."""
    stage.dismiss_toasts()
    taken, first = 0, tab.list.views[0]
    field = named(tab, QLineEdit, "Search tickets")
    assert isinstance(field, QLineEdit)  # noqa: S101 - what was asked for
    for words, name in typed:
        stage.type_into(field, words)
        taken += stage.take(stage.window, name)
        field.clear()
        tab.list.show_view(first)
        stage.settle()
    if len(typed) > 1:
        field.setFocus()
        taken += stage.dialog(partial(key, field, Qt.Key_F1), "search-help")
    return taken


def _views(stage: Stage) -> int:
    """Show the menu of views with those of everybody, and how one is kept."""
    tab = stage.list_of("manage")
    mine = stage.answer(_own_view)
    shared: tuple[SavedViewView, ...] = ()
    if stage.colleagues is not None:
        shared = stage.answer(_shared_views, "charlie")
    stage.answer(lambda desk: desk.views.pin(_pins((mine, *shared))))
    tab.refresh()
    stage.settle()
    title = named(tab, QToolButton, "View")
    assert isinstance(title, QToolButton)  # noqa: S101 - what was asked for
    menu = title.menu()
    choose(menu, mine.name)
    stage.settle()
    taken = stage.menu(title, "views")
    save = partial(choose, menu, "Save as a view")
    taken += stage.dialog(save, "view-dialog", "Late and urgent")
    tab.list.show_view(tab.list.views[0])
    stage.answer(lambda desk: desk.views.pin(_pins(())))
    stage.answer(lambda desk: desk.views.remove(mine.id, mine.version))
    if shared:
        stage.answer(partial(_remove, views=shared), "charlie")
    tab.refresh()
    stage.settle()
    return taken


def _shared_view(stage: Stage) -> int:
    """Show how a manager keeps a view for others."""
    tab = stage.list_of("manage")
    title = named(tab, QToolButton, "View")
    assert isinstance(title, QToolButton)  # noqa: S101 - what was asked for
    return stage.dialog(partial(choose, title.menu(), "Save as a view"), "view-dialog", "Late")


def _marked(stage: Stage) -> int:
    """Show what can be done to several tickets at once, and how it is undone."""
    from helpdesk.ui.tickets.bulk.tags_dialog import TagsDialog

    tab = _open_tickets(stage)
    bar = tab.list.bulk
    tab.list.marks.add(_rows(tab)[:_MARKED])
    stage.settle()
    taken = stage.take(stage.window, "bulk")
    bar.assign_button.click()
    stage.settle()
    taken += stage.over(bar.assign_button, "bulk-assign")
    taken += stage.dialog(bar.tags_button.click, "bulk-tags", "lyon")
    # No rule of the demo desk looks at tags, so that nobody is told of it.
    bar.tags_button.click()
    stage.settle()
    dialog = next(each for each in stage.window.findChildren(TagsDialog) if each.isVisible())
    dialog.adds.setText("lyon")
    next(each for each in dialog.findChildren(QPushButton) if "tags" in each.text()).click()
    stage.settle()
    taken += stage.take(stage.window, "bulk-undo")
    deed = stage.answer(lambda desk: desk.deeds.recent())[0]
    stage.answer(lambda desk: desk.deeds.undo(deed.id))
    stage.dismiss_toasts()
    tab.list.marks.clear()
    tab.list.show_view(tab.list.views[0])
    stage.settle()
    return taken


def _all_marked(stage: Stage) -> int:
    """Show all that match marked, and something on its way that changes none of them."""
    from helpdesk.core.schemas.tickets import Priority, TicketQuery
    from helpdesk.ui.tickets.views import widest_view

    tab = stage.list_of("manage")
    bar = tab.list.bulk
    every = widest_view(tab.list.views)
    tab.list.show_view(every._replace(query=TicketQuery(priorities=(Priority.MEDIUM,))))
    stage.settle()
    tab.list.marks.add(_rows(tab))
    bar.all_wanted.emit()
    stage.settle()
    taken = stage.take(stage.window, "bulk-all")
    passed: list[int] = []
    bar.run.progressed.connect(lambda outcome: passed.append(outcome.passed))
    bar.set_priority(Priority.MEDIUM)
    stage.until(lambda: bool(passed) and passed[-1] > 0)
    taken += stage.take(stage.window, "bulk-progress")
    bar.run.stop()
    stage.settle()
    taken += stage.take(stage.window, "bulk-stopped")
    stage.dismiss_toasts()
    tab.list.marks.clear()
    tab.list.show_view(tab.list.views[0])
    stage.settle()
    return taken


def _table(stage: Stage) -> int:
    """Show the columns of the table, and rows that stand close."""
    tab = _open_tickets(stage)
    tab.list.set_shape("table")
    stage.settle()
    columns = named(tab, QToolButton, "Columns")
    assert isinstance(columns, QToolButton)  # noqa: S101 - what was asked for
    taken = stage.menu(columns, "table-columns")
    stage.window.set_density("compact")
    stage.settle()
    taken += stage.take(stage.window, "table-compact")
    tab.list.set_shape("list")
    stage.settle()
    taken += stage.take(stage.window, "list-compact")
    stage.window.set_density("comfortable")
    tab.list.show_view(tab.list.views[0])
    stage.settle()
    return taken


def _whole_program(stage: Stage) -> int:
    """Show what is found everywhere: commands, and keys."""
    taken = stage.dialog(stage.window.show_palette, "palette")
    taken += stage.dialog(stage.window.show_palette, "palette-found", "vpn")
    return taken + stage.dialog(stage.window.show_keys, "keys")


def _empty(stage: Stage, tab_key: str) -> int:
    """Show each list as on a desk on which there is nothing yet."""
    from helpdesk.core.schemas.tickets import TicketQuery

    tab, taken = stage.list_of(tab_key), 0
    first, nothing = tab.list.views[0], TicketQuery(numbers=(_NO_TICKET,))
    for shape in ("list", "table", "board"):
        tab.list.set_shape(shape)
        tab.list.show_view(first._replace(query=nothing))
        stage.settle()
        taken += stage.take(stage.window, f"empty-{shape}")
    tab.list.set_shape("list")
    tab.list.show_view(first)
    stage.settle()
    return taken


def _open_tickets(stage: Stage) -> TicketListTab:
    tab = stage.list_of("manage")
    tab.list.show_view(next(each for each in tab.list.views if each.key == "open"))
    stage.settle()
    return tab


def _rows(tab: TicketListTab) -> list[TicketRow]:
    """Return the tickets of a list that have come."""
    model = named(tab, QListView, "Tickets").model()  # type: ignore[attr-defined]
    return [model.index(at, 0).data(Qt.UserRole) for at in range(model.rowCount())]


def _own_view(desk: HelpDesk) -> SavedViewView:
    from helpdesk.core.schemas.tickets import OPEN_STATUSES, Priority, TicketQuery
    from helpdesk.core.schemas.views import NewView

    urgent = (Priority.URGENT, Priority.HIGH)
    query = TicketQuery(statuses=OPEN_STATUSES, priorities=urgent, text="vpn")
    return desk.views.add(NewView(name="Urgent VPN", query=query))


def _shared_views(desk: HelpDesk) -> tuple[SavedViewView, ...]:
    """Add a view for a team and one for all, which managers may."""
    from helpdesk.core.schemas.tickets import OPEN_STATUSES, Status, TicketQuery
    from helpdesk.core.schemas.views import NewView, Shared

    me = desk.sessions.current().user.id
    team = next(each for each in desk.teams.all() if me in {one.id for one in each.members})
    free = TicketQuery(statuses=OPEN_STATUSES, unassigned=True)
    waiting = TicketQuery(statuses=(Status.AWAITING_CUSTOMER,))
    new = (
        NewView(name=f"Free in {team.name}", query=free, shared=Shared.TEAM, team_id=team.id),
        NewView(name="Waiting for an answer", query=waiting, shared=Shared.ALL),
    )
    return tuple(map(desk.views.add, new))


def _remove(desk: HelpDesk, views: tuple[SavedViewView, ...]) -> None:
    for each in views:
        desk.views.remove(each.id, each.version)


def _pins(views: tuple[SavedViewView, ...]) -> ViewPins:
    from helpdesk.core.schemas.views import ViewPins

    return ViewPins(view_ids=tuple(each.id for each in views))
