# SPDX-License-Identifier: GPL-3.0-or-later
"""Remembers how strictly an endpoint lets the form of its answers be asked for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from helpdesk.assistant.dialects import Form

_REMEMBERED_SECONDS = 24 * 3600.0
"""Then the strictest form is tried again: servers are upgraded."""
_NEXT = dict(pairwise(Form))


class Ladder:
    """The forms of one endpoint, from the strictest down."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Begin with the strictest."""
        self._monotonic = monotonic
        self._form = Form.SCHEMA
        self._since = 0.0

    @property
    def form(self) -> Form:
        """The strictest form that is not known to be refused."""
        if self._form is not Form.SCHEMA and self._age > _REMEMBERED_SECONDS:
            self._form = Form.SCHEMA
        return self._form

    def step_down(self, refused: Form) -> bool:
        """Remember that a form is refused. Return whether there is another one."""
        if refused not in _NEXT:
            return False
        self._form = _NEXT[refused]
        self._since = self._monotonic()
        return True

    @property
    def _age(self) -> float:
        return self._monotonic() - self._since
