# SPDX-License-Identifier: GPL-3.0-or-later
"""The sections 'Escalation' and 'Automation': one list, one editor and one log, for two kinds."""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple

from PyQt5.QtWidgets import QPushButton, QStackedWidget

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.rules import (
    RuleChange,
    RuleChoices,
    RuleOrder,
    RuleView,
    Trigger,
)
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.rules.log_page import LogPage
from helpdesk.ui.settings.rules.names import Names
from helpdesk.ui.settings.rules.rule_editor import RuleEditor
from helpdesk.ui.settings.rules.rule_list import RuleList
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import AUTOMATION, ESCALATION, SectionWords
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.question import Question
from helpdesk.ui.widgets.segmented import Segmented

_LIST, _LOG = "list", "log"
_WIDTH, _HEAD = 1000, 36
_CONCERNS: Final = ("rule", "team", "category", "user", "channel")
_ONLY_READ: Final = (
    "Only admins change these; you can look at all of it, and try each on past tickets."
)
_READ_ONLY_DESK: Final = "This desk can only be read at the moment; rules cannot be changed."
_CONSEQUENCE: Final = (
    "It acts no more, and cannot be brought back; the log of what it did stays. To pause it,"
    " switch it off."
)


class _Kind(NamedTuple):
    """What the two sections call their rules."""

    words: SectionWords
    one: str
    all: str
    empty: tuple[str, str]


_STEPS = _Kind(
    ESCALATION,
    "step",
    "escalation steps",
    (
        "There is no escalation step yet",
        "A step warns before a ticket is due, or acts when it is late: it tells people, raises"
        " the priority or finds somebody for it.",
    ),
)
_RULES = _Kind(
    AUTOMATION,
    "rule",
    "rules",
    (
        "There is no rule yet",
        "A rule acts by itself when a ticket is created, changed or waits too long; try it on"
        " past tickets before it counts.",
    ),
)


class _Found(NamedTuple):
    rules: tuple[RuleView, ...]
    choices: RuleChoices


class RulesSection(Section):
    """Shows the rules that are set off by a due time, or the others."""

    def __init__(self, desktop: Desktop, *, due: bool) -> None:
        """Begin loading when it is looked at."""
        self._kind = _STEPS if due else _RULES
        super().__init__(desktop, self._kind.words)
        self._due = due
        self._all: tuple[RuleView, ...] | None = None
        self._names: Names | None = None
        self._wanted_order: list[int] | None = None
        self._is_arranging = False
        self._may_change = desktop.may(Permission.SET_UP_RULES)
        self.list = RuleList(may_change=self._may_change)
        self.editor = RuleEditor(desktop, due=due, nouns=(self._kind.one, self._kind.all))
        self.log = LogPage(desktop)
        self.view = Segmented(((_LIST, self._kind.all.capitalize()), (_LOG, "Log")))
        self.view.setAccessibleName("Rules or what they did")
        self.add_button = QPushButton(f"Add a {self._kind.one}")
        self.add_button.setProperty("kind", "primary")
        if not self._may_change:
            self.add_button.hide()
        self._build()
        self._follow()

    @property
    def rules(self) -> tuple[RuleView, ...]:
        """The rules of this section, in order."""
        return tuple(
            rule for rule in self._all or () if (rule.settings.trigger is Trigger.DUE) == self._due
        )

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to rules and to what they name."""
        return kind in _CONCERNS

    def load(self) -> None:
        """Ask the desk for the rules; what is being edited stays as it is."""
        if self._all is None:
            self.states.show_loading()
        job = self.desktop.background.latest(self, _read, self.desktop.desk)
        job.then(self._show).failed(self._on_not_loaded)
        if self.pages.currentWidget() is self.log:
            self.log.load()

    def reveal(self, key: str) -> None:
        """Show the log, or the list."""
        self._open(_LOG if key == "log" else _LIST)

    def _build(self) -> None:
        read_only = self.desktop.info.read_only
        note = PlainLabel(_READ_ONLY_DESK if read_only else _ONLY_READ, role="muted")
        if self._may_change:
            note.hide()
        self.body.addWidget(note)
        self.body.addWidget(self.list)
        self.body.addStretch(1)
        self.pages = QStackedWidget()
        for page in (self.area, self.editor, self.log):
            self.pages.addWidget(page)
        self.states.set_content(self.pages)
        self.area.widget().setMaximumWidth(_WIDTH)
        self.head.addStrut(_HEAD)
        self.head.addWidget(self.view)
        self.head.addSpacing(8)
        self.head.addWidget(self.add_button)

    def _follow(self) -> None:
        self.view.chosen.connect(self._open)
        self.add_button.clicked.connect(lambda: self._on_add())
        self.list.opened.connect(self.edit)
        self.list.switched.connect(self._on_switched)
        self.list.arranged.connect(self._on_arranged)
        self.list.removal_wanted.connect(self._on_remove)
        self.list.log_wanted.connect(self._on_log_wanted)
        self.editor.left.connect(self._on_left)
        self.editor.saved.connect(self._on_saved)
        self.editor.removal_wanted.connect(self._on_remove)
        self.editor.again_wanted.connect(self._on_again)
        self.editor.section_wanted.connect(self.section_wanted)
        for page in (self.editor, self.log):
            page.ticket_wanted.connect(self.ticket_wanted)

    def edit(self, rule: RuleView) -> None:
        """Open a rule in the editor."""
        if self._names is not None:
            self._show_page(_LIST)
            self.editor.edit(rule, self._names)
            self.pages.setCurrentWidget(self.editor)
            self._show_head()

    def _on_again(self, rule: RuleView | None) -> None:
        """Open the editor again with what was discarded."""
        if rule is None:
            self._on_add()
        elif now := next((each for each in self.rules if each.id == rule.id), None):
            self.edit(now)

    def _on_add(self) -> None:
        if self._names is not None:
            self.states.show_content()
            self.editor.add(self._names)
            self.pages.setCurrentWidget(self.editor)
            self._show_head()

    def _show(self, found: _Found) -> None:
        self._all = found.rules
        if self._names is None:
            self._names = Names(found.choices)
        else:
            self._names.renew(found.choices)
            self.editor.form.offer_anew()
        if not self._is_arranging:
            self.list.show_rules(self.rules, self.desktop.clock())
        self.log.show_rules(found.rules)
        self._show_page(_LOG if self.pages.currentWidget() is self.log else _LIST)

    def _show_page(self, key: str) -> None:
        """Show the list or the log; in place of an empty list, what to do first."""
        self.view.set_key(key)
        if self._all is None:
            return
        is_bare = key == _LIST and self.pages.currentWidget() is not self.editor
        if is_bare and not self.rules:
            action = f"Add a {self._kind.one}" if self._may_change else None
            self.states.show_empty(*self._kind.empty, action, self._on_add)
        else:
            self.states.show_content()
        self._show_head()

    def _show_head(self) -> None:
        is_list = self.pages.currentWidget() is self.area
        self.add_button.setVisible(self._may_change and is_list)

    def _open(self, key: str) -> None:
        self.pages.setCurrentWidget(self.log if key == _LOG else self.area)
        self._show_page(key)
        if key == _LOG:
            self.log.load()

    def _on_left(self) -> None:
        rule = self.editor.rule
        self._open(_LIST)
        card = next((each for each in self.list.cards if rule and each.rule.id == rule.id), None)
        (card.name if card is not None else self.add_button).setFocus()

    def _on_log_wanted(self, rule: RuleView) -> None:
        self._open(_LOG)
        self.log.show_rule(rule)

    def _on_saved(self, rule: RuleView) -> None:
        known = {each.id: each for each in self._all or ()} | {rule.id: rule}
        self._all = tuple(known.values())
        self.list.show_rules(self.rules, self.desktop.clock())
        self._on_left()
        self.said.emit(f"“{rule.name}” was saved and counts from now on.")
        self.load()

    # --- what is done in the list counts at once ---

    def _on_switched(self, rule: RuleView, on: bool) -> None:
        self.banner.clear()
        settings = rule.settings.model_dump() | {"active": on}
        change = RuleChange(**settings, version=rule.version)
        job = self.desktop.background.run(self, self.desktop.desk.rules.change, rule.id, change)
        job.then(self._on_switched_saved).failed(self._on_act_failed)

    def _on_switched_saved(self, rule: RuleView) -> None:
        self.said.emit(f"“{rule.name}” is switched {'on' if rule.active else 'off'}.")
        self.load()

    def _on_arranged(self, ids: list[int]) -> None:
        self._wanted_order = ids
        if not self._is_arranging:
            self._arrange()

    def _arrange(self) -> None:
        """Save the order, one at a time: saved side by side an older one could come last."""
        ids, self._wanted_order = self._wanted_order, None
        self._is_arranging = True
        order = RuleOrder(rule_ids=self._whole_order(ids or []))
        job = self.desktop.background.run(self, self.desktop.desk.rules.arrange, order)
        job.then(self._on_arrange_saved).failed(self._on_not_arranged)

    def _whole_order(self, ids: list[int]) -> tuple[int, ...]:
        """Put the rules of this section in a new order, and leave the others where they are."""
        mine = iter(ids)
        own = set(ids)
        return tuple(
            next(mine) if rule.id in own else rule.id
            for rule in sorted(self._all or (), key=lambda rule: rule.position)
        )

    def _on_arrange_saved(self, rules: tuple[RuleView, ...]) -> None:
        self._all = rules
        if self._wanted_order is not None:
            self._arrange()
            return
        self._is_arranging = False
        self.list.show_rules(self.rules, self.desktop.clock())
        self.said.emit("The order was saved.")

    def _on_not_arranged(self, error: Exception) -> None:
        self._is_arranging = False
        self._wanted_order = None
        self._on_act_failed(error)

    def _on_remove(self, rule: RuleView | None) -> None:
        if rule is None:
            # A new one is not there to be removed.
            return
        question = Question(
            f"Remove this {self._kind.one}?",
            f"{rule.name}: {rule.words}",
            _CONSEQUENCE,
            "Remove",
            "Keep it",
            self,
        )
        question.agreed.connect(partial(self._remove, rule))
        question.open()

    def _remove(self, rule: RuleView) -> None:
        job = self.desktop.background.run(self, self.desktop.desk.rules.remove, rule.id)
        job.then(lambda _: self._on_removed(rule)).failed(self._on_act_failed)

    def _on_removed(self, rule: RuleView) -> None:
        self.desktop.drafts.remove(f"rule-{rule.id}")
        self._all = tuple(each for each in self._all or () if each.id != rule.id)
        self.list.show_rules(self.rules, self.desktop.clock())
        self._open(_LIST)
        self.add_button.setFocus()
        self.said.emit(f"“{rule.name}” was removed.")
        self.load()

    def _on_act_failed(self, error: Exception) -> None:
        """Say what went wrong, and show again what is true."""
        self.banner.show_error(sentence_of(error))
        self.list.show_rules(self.rules, self.desktop.clock())
        self.load()

    def _on_not_loaded(self, error: Exception) -> None:
        if self._all is None:
            self.states.show_failed(sentence_of(error), self.load)
        else:
            self.banner.show_error(sentence_of(error), "Retry", self.load)


class EscalationSection(RulesSection):
    """Steps before and after the due time."""

    def __init__(self, desktop: Desktop) -> None:
        """Show the steps."""
        super().__init__(desktop, due=True)


class AutomationSection(RulesSection):
    """Rules for tickets that are created, changed or left lying."""

    def __init__(self, desktop: Desktop) -> None:
        """Show the rules."""
        super().__init__(desktop, due=False)


def _read(desk: HelpDesk) -> _Found:
    """Read all that the section shows; runs on a thread of the pool."""
    return _Found(desk.rules.all(), desk.rules.choices())
