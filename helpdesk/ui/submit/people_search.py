# SPDX-License-Identifier: GPL-3.0-or-later
"""A field of people, found by the beginning of their names as one types."""

from __future__ import annotations

import json
from functools import partial

from helpdesk.core.schemas.links import Candidate
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.value_picker import ValuePicker

_NOBODY = "Nobody is called so who has an account here."
_MORE = "Add somebody"
_CHOSEN_BEFORE = "Chosen before"


class PeopleSearch(ValuePicker):
    """Holds people by their ids; ``problem`` stands below it and says what is wrong."""

    def __init__(self, desktop: Desktop, name: str, hint: str, *, single: bool = False) -> None:
        """Begin empty; ``hint`` stands where nobody is chosen."""
        self._names: dict[str, str] = {}
        self._hint = hint
        super().__init__(name, single=single, most=1 if single else 20)
        self._desktop = desktop
        self.edit.setPlaceholderText(hint)
        self.problem = PlainLabel(role="error")
        self.problem.hide()
        self.typed.connect(self._on_typed)
        self.changed.connect(lambda: self.say(""))

    @property
    def ids(self) -> tuple[int, ...]:
        """Who is chosen."""
        return tuple(int(value) for value in self.values)

    @property
    def names(self) -> tuple[str, ...]:
        """What they are called."""
        return tuple(self._names.get(value, _CHOSEN_BEFORE) for value in self.values)

    def set_people(self, people: dict[int, str]) -> None:
        """Choose people by their ids, without telling; one without a name keeps a known one."""
        self._names.update({str(id_): name for id_, name in people.items() if name})
        self.set_values(str(id_) for id_ in people)

    def packed(self) -> str:
        """Return who is chosen as a draft keeps it, or nothing."""
        return json.dumps(dict(zip(self.values, self.names, strict=True))) if self.values else ""

    def unpack(self, kept: str) -> None:
        """Choose who is kept in a draft."""
        try:
            people = {int(id_): str(name) for id_, name in json.loads(kept or "{}").items()}
        except (ValueError, AttributeError):
            people = {}
        self.set_people(people)

    def clear(self) -> None:
        """Choose nobody."""
        self.edit.clear()
        self.set_values(())
        self.say("")

    def check(self) -> bool:
        """Return whether what is typed became a person; else say so, with the focus there."""
        if not self.untaken:
            return True
        self.say(self.untaken_problem)
        self.edit.setFocus()
        return False

    def say(self, sentence: str) -> None:
        """Say what is wrong, or nothing."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        self.set_invalid(invalid=bool(sentence))

    def _on_typed(self, text: str) -> None:
        self.say("")
        if text:
            ask = self._desktop.desk.watchers.candidates
            job = self._desktop.background.latest(self, ask, text)
            job.then(partial(self._offer, text)).failed(partial(self._on_failed, text))

    def _offer(self, text: str, found: tuple[Candidate, ...]) -> None:
        if text != self.edit.text().strip():
            return
        labels = []
        for each in found:
            value = str(each.person.id)
            self._names[value] = each.person.full_name
            labels.append((value, f"{each.person.full_name} ({each.username})"))
        self.set_choices(labels)
        if found:
            self.offer()
        else:
            self.say(_NOBODY)

    def _on_failed(self, text: str, error: Exception) -> None:
        if text == self.edit.text().strip():
            self.say(sentence_of(error))

    def _show_tags(self) -> None:
        super()._show_tags()
        self.edit.setPlaceholderText(_MORE if self._values else self._hint)

    def _labelled(self, value: str) -> str:
        return self._names.get(value, _CHOSEN_BEFORE)
