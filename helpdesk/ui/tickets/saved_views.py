# SPDX-License-Identifier: GPL-3.0-or-later
"""The saved views of a list: those pinned as a row above it, with how much each shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QPushButton, QWidget

from helpdesk.core.permissions import Permission
from helpdesk.core.query_writing import written_query
from helpdesk.core.schemas.teams import TeamView
from helpdesk.core.schemas.tickets import Mine, TicketQuery
from helpdesk.core.schemas.users import TeamRef
from helpdesk.core.schemas.views import (
    CountedViews,
    NewView,
    SavedViewView,
    ViewChange,
    ViewCounts,
    ViewPins,
    ViewTexts,
)
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.view_dialog import ViewDialog
from helpdesk.ui.tickets.view_menu import Doing, ViewMenu
from helpdesk.ui.tickets.views import View
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.toast import Toast

_PREFIX = "saved:"
_NOTHING_HERE = "Nothing matches this view at present."
_KEYS = 9


class SavedViews(QWidget):
    """Knows the saved views of the desk, fills the menu of views, and shows the pinned ones."""

    chosen = pyqtSignal(object)
    """A ``View`` to show."""
    lost = pyqtSignal()
    """The view that is shown is not there any more."""

    def __init__(
        self,
        desktop: Desktop,
        menu: ViewMenu,
        built_in: Sequence[View],
        query: Callable[[], TicketQuery],
    ) -> None:
        """Offer views in a menu; ``query`` tells what the list shows at present."""
        super().__init__()
        self._desktop, self._menu, self._built_in, self._query = desktop, menu, built_in, query
        self._saved: tuple[SavedViewView, ...] = ()
        self._current = built_in[0].key
        self._awaited = ""
        self._counts: dict[str, str] = {}
        self._tabs: dict[str, QPushButton] = {}
        self._row = FlowLayout()
        self.setLayout(self._row)
        self.hide()
        menu.chosen.connect(self.chosen)
        menu.wanted.connect(self._on_wanted)
        self._fill()

    def load(self, remembered: str = "") -> None:
        """Load the saved views, and show the one that was remembered as soon as it is known."""
        self._awaited = remembered if remembered.startswith(_PREFIX) else ""
        self.refresh()

    def refresh(self) -> None:
        """Load again what may have changed."""
        texts = ViewTexts(texts=tuple(map(self._text_of, self._built_in)))
        job = self._desktop.background.latest(self, self._desktop.desk.views.menu, texts)
        # Without an answer what is known stays.
        job.then(self._on_read).failed(lambda _: None)

    def _on_read(self, found: CountedViews) -> None:
        self._on_views(found.views)
        self._on_counts(found.counts)

    def set_current(self, view: View) -> None:
        """Note which view is shown."""
        self._current, self._awaited = view.key, ""
        self._fill()

    @property
    def pinned(self) -> tuple[SavedViewView, ...]:
        """The views above the list, in their order."""
        return tuple(each for each in self._saved if each.pinned is not None)

    @property
    def current(self) -> SavedViewView | None:
        """The saved view that is shown, if one is."""
        return next((each for each in self._saved if _key(each) == self._current), None)

    def _on_views(self, views: tuple[SavedViewView, ...]) -> None:
        changed = views != self._saved
        self._saved = views
        keys = {_key(each) for each in views}
        if self._awaited in keys:
            wanted, self._awaited = self._awaited, ""
            self._show(next(each for each in views if _key(each) == wanted))
        elif self._current.startswith(_PREFIX) and self._current not in keys:
            self.lost.emit()
        if changed:
            self._fill()

    # --- counts -------------------------------------------------------------------------------

    def _text_of(self, view: View) -> str:
        """Return what a built-in view asks for as a text: it names nobody but who asks."""
        own, query = (self._desktop.person.id,), view.query
        for mine, name in ((Mine.ASSIGNEE, "assignee_ids"), (Mine.REQUESTER, "requester_ids")):
            if getattr(query, name) == own:
                query = query.model_copy(update={name: (), "me": (*query.me, mine)})
        return written_query(query, {}, {}, {})

    def _on_counts(self, found: ViewCounts) -> None:
        counted = {
            view.key: _number(each.count, exact=each.exact)
            for view, each in zip(self._built_in, found.texts, strict=False)
        }
        for each in found.views:
            counted[f"{_PREFIX}{each.view_id}"] = _number(each.count, exact=each.exact)
        self._counts = counted
        self._menu.set_counts(counted)
        self._name_tabs()

    # --- what is offered ----------------------------------------------------------------------

    def _fill(self) -> None:
        own = [each for each in self._saved if each.owner.id == self._desktop.person.id]
        others = [each for each in self._saved if each.owner.id != self._desktop.person.id]
        sections = (
            ("", self._built_in),
            ("Mine", tuple(map(_view_of, own))),
            ("Shared", tuple(map(_view_of, others))),
        )
        self._menu.offer(sections, self._doings(), self._current)
        self._menu.set_counts(self._counts)
        self._fill_tabs()

    def _doings(self) -> tuple[Doing, ...]:
        view = self.current
        doings: list[Doing] = [("save", "Save as a view\u2026")]
        if view is not None:
            name = view.name.replace("&", "&&")
            doings.append(
                ("pin", f"Unpin '{name}'" if view.pinned is not None else f"Pin '{name}'")
            )
            if view.pinned:
                doings.append(("first", f"Move '{name}' to the first place"))
            if view.may_change:
                doings += [
                    ("update", f"Keep these filters in '{name}'"),
                    ("change", f"Rename or share '{name}'\u2026"),
                    ("delete", f"Delete '{name}'"),
                ]
        return tuple(doings)

    def _fill_tabs(self) -> None:
        for tab in self._tabs.values():
            self._row.removeWidget(tab)
            tab.hide()
            tab.deleteLater()
        self._tabs = {}
        for view in self.pinned:
            tab = QPushButton()
            tab.setProperty("kind", "view")
            tab.setCheckable(True)
            tab.clicked.connect(partial(self._on_tab, view))
            self._row.addWidget(tab)
            self._tabs[_key(view)] = tab
        self._name_tabs()
        self.setVisible(bool(self._tabs))

    def _name_tabs(self) -> None:
        for place, view in enumerate(self.pinned):
            tab, count = self._tabs.get(_key(view)), self._counts.get(_key(view), "")
            if tab is None:
                continue
            said = f"{view.name}  {count}" if count else view.name
            tab.setText(said.replace("&", "&&"))
            tab.setAccessibleName(f"View {view.name}, {count or 'not counted yet'}")
            key = f" ({place + 1})" if place < _KEYS else ""
            tab.setToolTip(f"{view.text or 'All tickets'}{key}")
            tab.setChecked(_key(view) == self._current)

    def _on_tab(self, view: SavedViewView, _checked: bool = False) -> None:
        self._show(view)

    def open_pinned(self, place: int) -> bool:
        """Show the view at a place of the row, from 0; return whether a key stands for one."""
        if not (0 <= place < min(len(self.pinned), _KEYS) and self.isVisible()):
            return False
        self._show(self.pinned[place])
        return True

    def _show(self, view: SavedViewView) -> None:
        self.chosen.emit(_view_of(view))

    # --- what is done -------------------------------------------------------------------------

    def _on_wanted(self, key: str) -> None:
        view = self.current
        if key == "save":
            self._ask(None)
        elif view is None:
            return
        elif key == "change":
            self._ask(view)
        elif key == "update":
            self._change(view, ViewChange(query=self._query(), version=view.version))
        elif key == "delete":
            self._delete(view)
        else:
            self._pin(view, first=key == "first", off=key == "pin" and view.pinned is not None)

    def _ask(self, view: SavedViewView | None) -> None:
        if self._desktop.may(Permission.SHARE_WORK):
            job = self._desktop.background.run(self, self._desktop.desk.teams.all)
            job.then(partial(self._open, view)).failed(self._failed)
        else:
            self._open(view, None)

    def _open(self, view: SavedViewView | None, teams: tuple[TeamView, ...] | None) -> None:
        query = self._query()
        if view is not None:
            self._show_dialog(view, view.text, query, teams)
            return
        # The names of the people in it are the desk's to know; the chips say them meanwhile.
        self._show_dialog(None, written_query(query, {}, {}, {}), query, teams)

    def _show_dialog(
        self,
        view: SavedViewView | None,
        about: str,
        query: TicketQuery,
        teams: tuple[TeamView, ...] | None,
    ) -> None:
        dialog = ViewDialog(self.window(), view, about, self._own_teams(teams))
        dialog.save_wanted.connect(partial(self._save, dialog, view, query))
        dialog.show()

    def _own_teams(self, teams: tuple[TeamView, ...] | None) -> tuple[TeamRef, ...] | None:
        if teams is None:
            return None
        everywhere = self._desktop.may(Permission.SET_UP_TICKETS)
        person_id = self._desktop.person.id
        return tuple(
            TeamRef(id=team.id, name=team.name)
            for team in teams
            if everywhere or any(member.id == person_id for member in team.members)
        )

    def _save(self, dialog: ViewDialog, view: SavedViewView | None, query: TicketQuery) -> None:
        views, (shared, team_id) = self._desktop.desk.views, dialog.who
        name = dialog.name.text().strip()
        if view is None:
            new = NewView(name=name, query=query, shared=shared, team_id=team_id)
            job = self._desktop.background.run(self, views.add, new)
        else:
            change = ViewChange(name=name, shared=shared, team_id=team_id, version=view.version)
            job = self._desktop.background.run(self, views.change, view.id, change)
        job.then(partial(self._on_saved, dialog))
        job.failed(lambda error: dialog.say(sentence_of(error)))

    def _on_saved(self, dialog: ViewDialog, view: SavedViewView) -> None:
        wants_pin = dialog.pin.isChecked()
        dialog.accept()
        self._saved = (*(each for each in self._saved if each.id != view.id), view)
        self._show(view)
        if wants_pin != (view.pinned is not None):
            self._pin(view, first=False, off=not wants_pin)
        else:
            self.refresh()

    def _change(self, view: SavedViewView, change: ViewChange) -> None:
        job = self._desktop.background.run(self, self._desktop.desk.views.change, view.id, change)
        job.then(self._on_changed).failed(self._failed)

    def _on_changed(self, view: SavedViewView) -> None:
        self._saved = tuple(view if each.id == view.id else each for each in self._saved)
        self._show(view)
        Toast.say(self.window(), f"'{view.name}' shows this from now on")
        self.refresh()

    def _pin(self, view: SavedViewView, *, first: bool, off: bool) -> None:
        ids = [each.id for each in self.pinned if each.id != view.id]
        if not off:
            ids.insert(0 if first else len(ids), view.id)
        self._pin_all(ids)

    def _pin_all(self, ids: Sequence[int]) -> None:
        pins = ViewPins(view_ids=tuple(ids))
        job = self._desktop.background.run(self, self._desktop.desk.views.pin, pins)
        job.then(self._on_pinned).failed(self._failed)

    def _on_pinned(self, views: tuple[SavedViewView, ...]) -> None:
        self._on_views(views)
        # What is pinned now is counted, too.
        self.refresh()

    def _delete(self, view: SavedViewView) -> None:
        views = self._desktop.desk.views
        job = self._desktop.background.run(self, views.remove, view.id, view.version)
        job.then(lambda _: self._on_deleted(view)).failed(self._failed)

    def _on_deleted(self, view: SavedViewView) -> None:
        self._on_views(tuple(each for each in self._saved if each.id != view.id))
        undo = partial(self._restore, view.id)
        Toast.say(self.window(), f"View '{view.name}' deleted", "Undo", undo)

    def _restore(self, view_id: int) -> None:
        job = self._desktop.background.run(self, self._desktop.desk.views.restore, view_id)
        job.then(self._on_restored).failed(self._failed)

    def _on_restored(self, view: SavedViewView) -> None:
        self._saved = (*(each for each in self._saved if each.id != view.id), view)
        self._show(view)
        self.refresh()

    def _failed(self, error: Exception) -> None:
        Toast.say(self.window(), sentence_of(error))
        self.refresh()


def _key(view: SavedViewView) -> str:
    return f"{_PREFIX}{view.id}"


def _view_of(view: SavedViewView) -> View:
    return View(_key(view), view.name, view.query, _NOTHING_HERE, view.text)


def _number(count: int, *, exact: bool) -> str:
    return f"{count:,}" + ("" if exact else "+")
