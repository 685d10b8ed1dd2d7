# SPDX-License-Identifier: GPL-3.0-or-later
"""Canned replies and macros: a text that is kept to be sent again, and what it sets."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, model_validator

from helpdesk.core.schemas.base import Id, Priority, Request, Result
from helpdesk.core.schemas.sla import Name
from helpdesk.core.schemas.ticket_work import Shared
from helpdesk.core.schemas.tickets import AttachmentKeys, Status, Tags
from helpdesk.core.text import Body, Line

LONGEST_MACRO = 20_000


def _of_reasonable_length(body: str) -> str:
    if len(body) > LONGEST_MACRO:
        raise ValueError(f"A canned reply may have at most {LONGEST_MACRO:,} characters.")
    return body


MacroBody = Annotated[Body, AfterValidator(_of_reasonable_length)]


class MacroActions(Request):
    """What a macro sets of a ticket; what is ``None`` stays as it is."""

    status: Status | None = None
    priority: Priority | None = None
    category_id: Id | None = None
    team_id: Id | None = None
    assign_to_me: bool = False
    assignee_id: Id | None = None
    add_tags: Tags = ()

    @model_validator(mode="after")
    def _assigns_once(self) -> MacroActions:
        if self.assign_to_me and self.assignee_id is not None:
            raise ValueError("Assign the ticket to who uses the macro, or to somebody, not both.")
        return self


class MacroSettings(Request):
    """A canned reply; ``folder`` may be empty, and with a text it is a reply or a note."""

    name: Name
    folder: Line = ""
    body: MacroBody = ""
    internal: bool = False
    actions: MacroActions = MacroActions()
    shared: Shared = Shared.PRIVATE
    team_id: Id | None = None
    """Who shares it, where it is shared with a team."""

    @model_validator(mode="after")
    def _does_something(self) -> MacroSettings:
        if not self.body and self.actions == MacroActions():
            raise ValueError("Write a text, or choose something that is set.")
        if (self.shared is Shared.TEAM) != (self.team_id is not None):
            raise ValueError("Choose the team that it is shared with.")
        return self


class MacroChange(MacroSettings):
    """The new settings of a canned reply, whole."""

    version: int


class MacroView(Result):
    """A canned reply as it is kept."""

    id: int
    name: str
    folder: str
    body: str
    internal: bool
    actions: MacroActions
    shared: Shared
    team_id: int | None
    team: str | None
    owner_id: int
    owner: str
    mine: bool
    """Whether whoever asks may change it."""
    used: int
    version: int
    sets: tuple[str, ...]
    """What it sets, in words."""


class MacroText(Result):
    """What a canned reply says on one ticket."""

    text: str
    internal: bool
    sets: tuple[str, ...]
    problem: str = ""
    """Why it cannot be sent as it is: a variable is not known, or has no value here."""


class MacroUse(Request):
    """How a macro is carried out: with a text of the person's own, or as it is kept."""

    body: Body | None = None
    internal: bool = False
    """Whether ``body`` is an internal note."""
    status: Status | None = None
    """Set instead of what the macro sets, where whoever uses it has chosen another one."""
    attachment_keys: AttachmentKeys = ()
    seen_event: Id | None = None
    """As with a comment: the newest entry of the history that whoever does it has read."""
