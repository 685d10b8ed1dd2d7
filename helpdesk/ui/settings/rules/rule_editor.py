# SPDX-License-Identifier: GPL-3.0-or-later
"""The page on which a rule is written, tried and saved."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from pydantic import ValidationError
from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, DeskError, NotFound
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.rules import Fact, RuleChange, RuleSettings, RuleView, Trigger
from helpdesk.core.schemas.users import UserPage, UserQuery
from helpdesk.core.validation import invalid
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.settings.changed_elsewhere import ChangedElsewhere
from helpdesk.ui.settings.rules.draft import RuleDraft, new_draft
from helpdesk.ui.settings.rules.names import Names
from helpdesk.ui.settings.rules.rule_form import RuleForm
from helpdesk.ui.settings.rules.trial_card import TrialCard
from helpdesk.ui.settings.rules.vocabulary import Sort
from helpdesk.ui.settings.save_bar import DISCARDED, SaveBar
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.tab_order import follow_layout
from helpdesk.ui.widgets.toast import Toast
from helpdesk.ui.widgets.value_picker import ValuePicker

_WIDTH = 1000
_PAUSE_MS = 150
_FOUND, _LOOKED_UP = 10, 20
_NAMELESS = "New rule"
_ONLY_READ = "Only admins change rules. You can look at all of it, and try it on past tickets."
_READ_ONLY_DESK = "This desk can only be read at the moment; rules cannot be changed."
_STILL_HERE = "What you typed before and did not save is still here."
_GONE = "Somebody else has removed this rule. Save it as a new one, or discard it."


class RuleEditor(QWidget):
    """Edits one rule at a time; what is typed is kept until it is saved or discarded."""

    left = pyqtSignal()
    """The person wants to see all rules again."""
    saved = pyqtSignal(object)
    """The ``RuleView`` of the rule that was added or changed."""
    removal_wanted = pyqtSignal(object)
    again_wanted = pyqtSignal(object)
    """The person wants back what was discarded of a ``RuleView``, or of a new rule."""
    ticket_wanted = pyqtSignal(int)
    section_wanted = pyqtSignal(str)

    def __init__(self, desktop: Desktop, *, due: bool, nouns: tuple[str, str]) -> None:
        """Edit escalation steps, ``due`` by a clock, or other rules; ``nouns`` names one, and all.

        Nothing is shown until `edit` or `add`.
        """
        super().__init__()
        self._desktop = desktop
        self._due = due
        self._rule: RuleView | None = None
        self._theirs: RuleView | None = None
        self._base = new_draft(Trigger.DUE if due else Trigger.CREATED)
        self._names: Names | None = None
        self._may_change = desktop.may(Permission.SET_UP_RULES)
        self._order: list[QWidget] = []
        self._search: tuple[ValuePicker, str] | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._find_people)
        self.banner = Banner()
        self.back_button = QPushButton(f"All {nouns[1]}")
        self.back_button.setIcon(icon("left"))
        self.back_button.setProperty("kind", "quiet")
        self.back_button.clicked.connect(lambda: self.left.emit())
        self.remove_button = QPushButton(f"Remove this {nouns[0]}…")
        self.remove_button.setProperty("kind", "danger")
        self.remove_button.clicked.connect(lambda: self.removal_wanted.emit(self._rule))
        self.elsewhere = ChangedElsewhere()
        rights = desktop.session.permissions
        self.form = RuleForm(self._on_name_typed, due=due, rights=rights)
        self.form.section_wanted.connect(self.section_wanted)
        self.trial = TrialCard(desktop)
        self.save_bar = SaveBar()
        self._build()
        self._follow()

    @property
    def rule(self) -> RuleView | None:
        """The rule that is edited, or ``None`` for a new one."""
        return self._rule

    @property
    def changes(self) -> int:
        """How many parts were changed and are not saved."""
        return self.form.draft.changes_from(self._base)

    def edit(self, rule: RuleView, names: Names) -> None:
        """Show a rule, and over it what was typed before and is not saved yet."""
        self._begin(rule, RuleDraft.of(rule.settings), names)

    def add(self, names: Names) -> None:
        """Begin a new rule, or go on with the one that was begun."""
        self._begin(None, new_draft(Trigger.DUE if self._due else Trigger.CREATED), names)

    def _begin(self, rule: RuleView | None, base: RuleDraft, names: Names) -> None:
        self._rule, self._theirs, self._base, self._names = rule, None, base, names
        kept = self._desktop.drafts.load(self._place)
        draft = RuleDraft.kept(kept.get("draft", "")) if self._may_change else None
        if draft is not None and rule is not None and kept.get("version") != str(rule.version):
            self._theirs = rule
        self.banner.clear()
        self.elsewhere.hide()
        self.trial.clear()
        self._show(draft or base)
        if self._theirs is not None:
            self.elsewhere.tell(f"“{self._theirs.name}”", self._theirs.words)
        elif draft is not None:
            self.banner.show_quiet(_STILL_HERE)
        self.remove_button.setVisible(rule is not None and self._may_change)
        self.area.verticalScrollBar().setValue(0)
        (self.form.name if self._may_change else self.back_button).setFocus()

    def _show(self, draft: RuleDraft) -> None:
        assert self._names is not None  # noqa: S101 - given with each rule
        self.form.show_draft(draft, self._names)
        self.form.set_fixed(fixed=not self._may_change)
        self._show_changes()
        self._look_up(draft)

    def _build(self) -> None:
        inside = QWidget()
        inside.setProperty("transparent", True)
        inside.setMaximumWidth(_WIDTH)
        body = QVBoxLayout(inside)
        body.setContentsMargins(24, 4, 24, 24)
        body.setSpacing(16)
        read_only = self._desktop.info.read_only
        note = PlainLabel(_READ_ONLY_DESK if read_only else _ONLY_READ, role="muted")
        if self._may_change:
            note.hide()
        foot = QHBoxLayout()
        foot.addWidget(self.remove_button)
        foot.addStretch(1)
        body.addWidget(self.elsewhere)
        body.addWidget(note)
        body.addWidget(self.form)
        body.addWidget(self.trial)
        body.addLayout(foot)
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
        self.form.edited.connect(self._on_edited)
        self.trial.wanted.connect(self._on_try)
        self.trial.ticket_wanted.connect(self.ticket_wanted)
        self.trial.arranged.connect(self._follow_the_eye)
        self.trial.shown.connect(self._look_at_trial)
        self.save_bar.save_wanted.connect(self._on_save)
        self.save_bar.discard_wanted.connect(self._on_discard)
        self.elsewhere.theirs_wanted.connect(self._on_take_theirs)
        self.elsewhere.mine_wanted.connect(self._on_save_over)

    @property
    def _place(self) -> str:
        """Where what is typed is kept until it is saved."""
        if self._rule is not None:
            return f"rule-{self._rule.id}"
        return "rule-new-step" if self._due else "rule-new"

    def _on_edited(self) -> None:
        self.trial.outdate()
        self._show_changes()
        draft = self.form.draft
        kept = draft.model_dump_json() if self.changes else ""
        version = str(self._rule.version) if self._rule and kept else ""
        self._desktop.drafts.keep(self._place, {"draft": kept, "version": version})

    def _show_changes(self) -> None:
        self.save_bar.show_changes(self.changes, is_new=self._rule is None)
        if not self._may_change:
            self.save_bar.hide()
        self._follow_the_eye()

    def _follow_the_eye(self) -> None:
        self._order = follow_layout(self, self._order)

    def _settings(self, *, needs_name: bool = True) -> RuleSettings | None:
        """Return the rule in the fields, or say where it is not one yet."""
        self.banner.clear()
        wrong = self.form.show_problems(needs_name=needs_name)
        if wrong is not None:
            self._bring_into_view(wrong)
            return None
        try:
            draft = self.form.draft
            return draft.model_copy(update={"name": draft.name or _NAMELESS}).settings()
        except ValidationError as error:
            self._say_wrong(invalid(error))
            return None

    def _on_try(self) -> None:
        # A rule can be tried before it has a name.
        settings = self._settings(needs_name=False)
        if settings is not None:
            self.trial.try_out(settings, self._rule.id if self._rule else None)

    def _on_save(self) -> None:
        if self._theirs is not None:
            self._bring_into_view(self.elsewhere)
            self.elsewhere.mine_button.setFocus()
            return
        self._save(self._rule)

    def _on_save_over(self) -> None:
        self._save(self._theirs)

    def _save(self, over: RuleView | None) -> None:
        settings = self._settings()
        if settings is None:
            return
        rules, background = self._desktop.desk.rules, self._desktop.background
        job: Job[RuleView]
        if over is None:
            job = background.run(self, rules.add, settings)
        else:
            change = RuleChange(**settings.model_dump(), version=over.version)
            job = background.run(self, rules.change, over.id, change)
        self.save_bar.set_saving(saving=True)
        self.form.setEnabled(False)
        job.then(self._on_saved).failed(self._on_not_saved)
        job.finally_(lambda: self.form.setEnabled(True))

    def _on_saved(self, rule: RuleView) -> None:
        self._desktop.drafts.remove(self._place)
        self._rule, self._theirs = rule, None
        self._base = RuleDraft.of(rule.settings)
        self.elsewhere.hide()
        self._show_changes()
        self.saved.emit(rule)

    def _on_not_saved(self, error: Exception) -> None:
        self._show_changes()
        if isinstance(error, Conflict):
            self._ask_for_theirs(error)
        elif isinstance(error, NotFound) and self._rule is not None:
            self._become_new()
        else:
            self._say_wrong(error)

    def _become_new(self) -> None:
        """Go on with a rule that somebody else has removed, as one of one's own."""
        self._desktop.drafts.remove(self._place)
        self._rule = self._theirs = None
        self.elsewhere.hide()
        self.remove_button.hide()
        self._on_edited()
        self.banner.show_warning(_GONE)

    def _ask_for_theirs(self, error: Conflict) -> None:
        if isinstance(error.current, RuleView):
            self._show_theirs(error.current)
            return
        job = self._desktop.background.run(self, self._desktop.desk.rules.all)
        job.then(self._find_theirs).failed(self._say_wrong)

    def _find_theirs(self, rules: tuple[RuleView, ...]) -> None:
        mine = self._rule
        found = next((rule for rule in rules if mine and rule.id == mine.id), None)
        if found is None:
            self._become_new()
        else:
            self._show_theirs(found)

    def _show_theirs(self, theirs: RuleView) -> None:
        self._theirs = theirs
        self.elsewhere.tell(f"“{theirs.name}”", theirs.words)
        self._bring_into_view(self.elsewhere)
        self.elsewhere.theirs_button.setFocus()
        self._follow_the_eye()

    def _on_take_theirs(self) -> None:
        theirs = self._theirs
        if theirs is not None and self._names is not None:
            self._desktop.drafts.remove(self._place)
            self._rule, self._theirs, self._base = theirs, None, RuleDraft.of(theirs.settings)
            self.elsewhere.hide()
            self._show(self._base)

    def _on_discard(self) -> None:
        if self._names is None:
            # Nothing is edited yet.
            return
        rule, draft, lost = self._rule, self.form.draft, self.changes
        place = self._place
        self._desktop.drafts.remove(place)
        self.banner.clear()
        self.trial.clear()
        if self._rule is None:
            self._show(self._base)
            self.left.emit()
        elif self._theirs is not None:
            self._on_take_theirs()
        else:
            self._show(self._base)
            self.form.name.setFocus()
        if lost:
            version = str(rule.version) if rule else ""
            kept = {"draft": draft.model_dump_json(), "version": version}
            undo = partial(self._undo, rule, place, kept)
            Toast.say(self.window(), DISCARDED, "Undo", undo, 20)

    def _undo(self, rule: RuleView | None, place: str, kept: dict[str, str]) -> None:
        """Keep what was discarded as it was before, and ask to see it."""
        self._desktop.drafts.keep(place, kept)
        self.again_wanted.emit(rule)

    def _say_wrong(self, error: Exception) -> None:
        field = error.field if isinstance(error, DeskError) else None
        place = self.form.say_of(field, sentence_of(error)) if field else None
        if place is None:
            self.banner.show_error(sentence_of(error))
            return
        self._bring_into_view(place)
        if place is self.form.name:
            place.setFocus()

    def _bring_into_view(self, widget: QWidget) -> None:
        inside = self.area.widget()
        inside.layout().activate()
        self.area.ensureWidgetVisible(widget, 24, 48)

    def _look_at_trial(self) -> None:
        """Scroll to what was found, as far as there is room below it."""
        inside = self.area.widget()
        inside.layout().activate()
        inside.adjustSize()
        self.area.verticalScrollBar().setValue(self.trial.y() - 8)

    # --- people, of whom there are too many to offer them all ---

    def _on_name_typed(self, picker: ValuePicker, text: str) -> None:
        self._search = (picker, text)
        if text:
            self._pause.start()
        else:
            self._pause.stop()

    def _find_people(self) -> None:
        if self._search is None:
            return
        picker, text = self._search
        query = UserQuery(text=text, active=True, limit=_FOUND)
        job = self._desktop.background.latest(self, self._desktop.desk.users.search, query)
        job.then(partial(self._offer_people, picker, text)).failed(self._say_wrong)

    def _offer_people(self, picker: ValuePicker, text: str, page: UserPage) -> None:
        if self._search != (picker, text) or self._names is None:
            return
        people = {str(each.id): each.full_name for each in page.items}
        self._names.learn(people)
        picker.set_choices(list(people.items()))
        picker.offer()

    def _look_up(self, draft: RuleDraft) -> None:
        """Find out what the people are called who are named as requesters."""
        if not self._may_change or self._names is None:
            return
        ids = [
            value
            for each in (*draft.conditions, *draft.any_conditions)
            if each.fact is Fact.REQUESTER
            for value in each.values
            if value.isdigit() and not self._names.knows(Sort.PERSON, value)
        ]
        if ids:
            job = self._desktop.background.run(
                self, _names_of, self._desktop.desk, tuple(ids[:_LOOKED_UP])
            )
            job.then(self._on_looked_up).failed(lambda _: None)

    def _on_looked_up(self, people: dict[str, str]) -> None:
        if self._names is not None:
            self._names.learn(people)
            self.form.show_names()


def _names_of(desk: HelpDesk, ids: Iterable[str]) -> dict[str, str]:
    """Return names by id; runs on a thread of the pool."""
    found = {}
    for id_ in ids:
        try:
            found[id_] = desk.users.view(int(id_)).full_name
        except NotFound:
            continue
    return found
