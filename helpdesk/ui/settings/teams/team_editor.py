# SPDX-License-Identifier: GPL-3.0-or-later
"""The page on which a team gets its name, its people and its hours."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from pydantic import BaseModel, ValidationError
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import Conflict, DeskError, NotFound
from helpdesk.core.schemas.sla import CalendarView
from helpdesk.core.schemas.teams import MOST_MEMBERS, TeamChange, TeamSettings, TeamView
from helpdesk.core.schemas.tickets import Assignable
from helpdesk.core.text import NAME_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.settings.changed_elsewhere import ChangedElsewhere
from helpdesk.ui.settings.row import SettingRow
from helpdesk.ui.settings.save_bar import DISCARDED, SaveBar
from helpdesk.ui.settings.words import Words
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.tab_order import follow_layout
from helpdesk.ui.widgets.toast import Toast
from helpdesk.ui.widgets.value_picker import ValuePicker

_WIDTH = 1000
_NAME = Words("name", "Name", "As people call it: Network, Second line, Lyon office.")
_MEMBERS = Words(
    "members",
    "Members",
    "Type a name; the number in brackets is how many open tickets somebody has.",
)
_CALENDAR = Words(
    "calendar",
    "Works by",
    "Rules give tickets only to people who are on duty: within these hours, and not away.",
)
_NO_NAME = "Give the team a name."
_STILL_HERE = "What you typed before and did not save is still here."
_GONE = "Somebody else has removed this team. Save it as a new one, or discard it."


class TeamDraft(BaseModel):
    """What stands in the fields."""

    name: str = ""
    calendar_id: int | None = None
    member_ids: tuple[int, ...] = ()

    @classmethod
    def of(cls, team: TeamView) -> TeamDraft:
        """Begin with a team as it is."""
        members = tuple(member.id for member in team.members)
        return cls(name=team.name, calendar_id=team.calendar_id, member_ids=members)

    def changes_from(self, other: TeamDraft) -> int:
        """Return how many parts differ; the order of the members is none."""
        return (
            (self.name != other.name)
            + (self.calendar_id != other.calendar_id)
            + (set(self.member_ids) != set(other.member_ids))
        )


class TeamEditor(QWidget):
    """Edits one team at a time; what is typed is kept until it is saved or discarded."""

    left = pyqtSignal()
    saved = pyqtSignal(object)
    """The ``TeamView`` that was added or changed."""
    removal_wanted = pyqtSignal(object)
    again_wanted = pyqtSignal(object)
    """The person wants back what was discarded of a ``TeamView``, or of a new team."""

    def __init__(self, desktop: Desktop) -> None:
        """Show nothing until `edit` or `add`."""
        super().__init__()
        self._desktop = desktop
        self._team: TeamView | None = None
        self._theirs: TeamView | None = None
        self._base = TeamDraft()
        self._order: list[QWidget] = []
        self.banner = Banner()
        self.elsewhere = ChangedElsewhere()
        self.save_bar = SaveBar()
        self.back_button = QPushButton("All teams")
        self.back_button.setIcon(icon("left"))
        self.back_button.setProperty("kind", "quiet")
        self.remove_button = QPushButton("Remove this team…")
        self.remove_button.setProperty("kind", "danger")
        self.name = QLineEdit()
        self.name.setMaxLength(NAME_LIMIT)
        self.members = ValuePicker("Members", most=MOST_MEMBERS)
        self.calendar = DropDown()
        self._build()
        self._follow()

    @property
    def team(self) -> TeamView | None:
        """The team that is edited, or ``None`` for a new one."""
        return self._team

    @property
    def draft(self) -> TeamDraft:
        """What stands in the fields."""
        calendar_id = self.calendar.key
        return TeamDraft(
            name=self.name.text().strip(),
            calendar_id=calendar_id if isinstance(calendar_id, int) else None,
            member_ids=tuple(int(value) for value in self.members.values),
        )

    @property
    def changes(self) -> int:
        """How many parts were changed and are not saved."""
        return self.draft.changes_from(self._base)

    def offer(self, staff: Sequence[Assignable], calendars: Sequence[CalendarView]) -> None:
        """Offer these people and hours; what is chosen stays."""
        self.members.set_choices(
            [(str(one.id), f"{one.full_name} ({one.open_tickets:,})") for one in staff]
        )
        choices: list[tuple[object, str]] = [(None, "Always on duty")]
        self.calendar.set_choices([*choices, *((each.id, each.name) for each in calendars)])

    def edit(self, team: TeamView) -> None:
        """Show a team, and over it what was typed before and is not saved yet."""
        names = {str(member.id): member.full_name for member in team.members}
        self.members.also_called(lambda value: names.get(value, f"person {value}"))
        self._begin(team, TeamDraft.of(team))

    def add(self) -> None:
        """Begin a new team, or go on with the one that was begun."""
        self._begin(None, TeamDraft())

    def _begin(self, team: TeamView | None, base: TeamDraft) -> None:
        self._team, self._theirs, self._base = team, None, base
        kept = self._desktop.drafts.load(self._place)
        draft = _kept(kept.get("draft", ""))
        self.banner.clear()
        self.elsewhere.hide()
        if draft and team and kept.get("version") != str(team.version):
            self._show_theirs(team)
        elif draft:
            self.banner.show_quiet(_STILL_HERE)
        self._show(draft or base)
        self.remove_button.setVisible(team is not None)
        self.name.setFocus()

    def _show(self, draft: TeamDraft) -> None:
        self.name.setText(draft.name)
        self.members.set_values(str(id_) for id_ in draft.member_ids)
        self.members.edit.clear()
        self.calendar.set_key(draft.calendar_id)
        for row in (self.name_row, self.members_row):
            row.show_error("")
        self._show_changes()

    def _build(self) -> None:
        self.name_row = SettingRow(_NAME, self.name)
        self.members_row = SettingRow(_MEMBERS, self.members)
        self.members.setMaximumWidth(_WIDTH)
        calendar_row = SettingRow(_CALENDAR, self.calendar)
        frame = QFrame()
        frame.setProperty("kind", "card")
        card = QVBoxLayout(frame)
        card.setContentsMargins(20, 16, 20, 20)
        card.setSpacing(16)
        for row in (self.name_row, self.members_row, calendar_row):
            card.addWidget(row)
        inside = QWidget()
        inside.setProperty("transparent", True)
        inside.setMaximumWidth(_WIDTH)
        body = QVBoxLayout(inside)
        body.setContentsMargins(24, 4, 24, 24)
        body.setSpacing(16)
        body.addWidget(self.elsewhere)
        body.addWidget(frame)
        body.addWidget(self.remove_button, 0, Qt.AlignLeft)
        body.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.NoFocus)
        self.area.setWidget(inside)
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 24, 4)
        head.addWidget(self.back_button)
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.banner)
        column.addWidget(self.area, 1)
        column.addWidget(self.save_bar)

    def _follow(self) -> None:
        self.back_button.clicked.connect(lambda: self.left.emit())
        self.remove_button.clicked.connect(lambda: self.removal_wanted.emit(self._team))
        self.name.textEdited.connect(lambda _: self._on_edited())
        self.members.changed.connect(self._on_edited)
        self.members.typed.connect(lambda _: self.members_row.show_error(""))
        self.calendar.activated.connect(lambda _: self._on_edited())
        self.save_bar.save_wanted.connect(self._on_save)
        self.save_bar.discard_wanted.connect(self._on_discard)
        self.elsewhere.theirs_wanted.connect(self._on_take_theirs)
        self.elsewhere.mine_wanted.connect(lambda: self._save(self._theirs))

    @property
    def _place(self) -> str:
        """Where what is typed is kept until it is saved."""
        return f"team-{self._team.id}" if self._team else "team-new"

    def _on_edited(self) -> None:
        for row in (self.name_row, self.members_row):
            row.show_error("")
        self._show_changes()
        kept = self.draft.model_dump_json() if self.changes else ""
        version = str(self._team.version) if self._team and kept else ""
        self._desktop.drafts.keep(self._place, {"draft": kept, "version": version})

    def _show_changes(self) -> None:
        self.save_bar.show_changes(self.changes, is_new=self._team is None)
        self._order = follow_layout(self, self._order)

    def _on_save(self) -> None:
        if self._theirs is not None:
            self.area.ensureWidgetVisible(self.elsewhere)
            self.elsewhere.mine_button.setFocus()
            return
        self._save(self._team)

    def _save(self, over: TeamView | None) -> None:
        self.banner.clear()
        self.members_row.show_error(self.members.untaken_problem)
        if self.members.untaken:
            self.area.ensureWidgetVisible(self.members)
            self.members.edit.setFocus()
            return
        draft = self.draft
        if not draft.name:
            self._say_of_name(_NO_NAME)
            return
        teams, background = self._desktop.desk.teams, self._desktop.background
        job: Job[TeamView]
        try:
            if over is None:
                job = background.run(self, teams.add, TeamSettings(**draft.model_dump()))
            else:
                change = TeamChange(**draft.model_dump(), version=over.version)
                job = background.run(self, teams.change, over.id, change)
        except ValidationError as error:
            self.banner.show_error(sentence_of(invalid(error)))
            return
        self.save_bar.set_saving(saving=True)
        job.then(self._on_saved).failed(self._on_not_saved)

    def _on_saved(self, team: TeamView) -> None:
        self._desktop.drafts.remove(self._place)
        self._team, self._theirs, self._base = team, None, TeamDraft.of(team)
        self.elsewhere.hide()
        self._show_changes()
        self.saved.emit(team)

    def _on_not_saved(self, error: Exception) -> None:
        self._show_changes()
        if isinstance(error, Conflict) and isinstance(error.current, TeamView):
            self._show_theirs(error.current)
        elif isinstance(error, Conflict) and self._team is not None:
            job = self._desktop.background.run(self, self._desktop.desk.teams.all)
            job.then(self._find_theirs).failed(self._say_wrong)
        elif isinstance(error, NotFound) and self._team is not None:
            self._become_new()
        else:
            self._say_wrong(error)

    def _find_theirs(self, teams: tuple[TeamView, ...]) -> None:
        mine = self._team
        found = next((team for team in teams if mine and team.id == mine.id), None)
        if found is None:
            self._become_new()
        else:
            self._show_theirs(found)

    def _become_new(self) -> None:
        """Go on with a team that somebody else has removed, as one of one's own."""
        self._desktop.drafts.remove(self._place)
        self._team = self._theirs = None
        self.elsewhere.hide()
        self.remove_button.hide()
        self._on_edited()
        self.banner.show_warning(_GONE)

    def _show_theirs(self, theirs: TeamView) -> None:
        self._theirs = theirs
        people = ", ".join(member.full_name for member in theirs.members) or "nobody"
        self.elsewhere.tell(f"“{theirs.name}”", f"{theirs.name} with {people}.")
        self.elsewhere.theirs_button.setFocus()
        self._order = follow_layout(self, self._order)

    def _on_take_theirs(self) -> None:
        if self._theirs is not None:
            self._desktop.drafts.remove(self._place)
            self.edit(self._theirs)

    def _on_discard(self) -> None:
        team, draft, lost = self._team, self.draft, self.changes
        place = self._place
        self._desktop.drafts.remove(place)
        self.banner.clear()
        if self._theirs is not None:
            self._on_take_theirs()
        else:
            self._show(self._base)
            self.name.setFocus()
        if team is None:
            self.left.emit()
        if lost:
            version = str(team.version) if team else ""
            kept = {"draft": draft.model_dump_json(), "version": version}
            undo = partial(self._undo, team, place, kept)
            Toast.say(self.window(), DISCARDED, "Undo", undo, 20)

    def _undo(self, team: TeamView | None, place: str, kept: dict[str, str]) -> None:
        """Keep what was discarded as it was before, and ask to see it."""
        self._desktop.drafts.keep(place, kept)
        self.again_wanted.emit(team)

    def _say_wrong(self, error: Exception) -> None:
        if isinstance(error, DeskError) and error.field == "name":
            self._say_of_name(sentence_of(error))
        else:
            self.banner.show_error(sentence_of(error))

    def _say_of_name(self, problem: str) -> None:
        self.name_row.show_error(problem)
        self.area.ensureWidgetVisible(self.name)
        self.name.setFocus()


def _kept(text: str) -> TeamDraft | None:
    try:
        return TeamDraft.model_validate_json(text) if text else None
    except ValidationError:
        return None
