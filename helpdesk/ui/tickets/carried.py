# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves with a reply besides its words: a canned reply, kept with the draft till then."""

from __future__ import annotations

import json
from dataclasses import dataclass

from helpdesk.core.schemas.tickets import NewComment, Status

DRAFT = "macro"


class ByMacro(NewComment):
    """A reply that a canned reply is carried out with."""

    macro_id: int
    macro_name: str = ""
    macro_sets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Carried:
    """A canned reply that is carried out as soon as the words leave."""

    macro_id: int
    name: str
    status: Status | None
    internal: bool
    sets: tuple[str, ...] = ()
    """What it sets, in words."""

    @property
    def sentence(self) -> str:
        """Say what is set, as long as it is not sent."""
        what = f"the canned reply \u201c{self.name}\u201d" if self.name else "its canned reply"
        sets = f" ({'; '.join(self.sets)})" if self.sets else ""
        return f"Sending this also sets what {what} sets{sets}."

    def draft(self) -> dict[str, str]:
        """Return it as a draft keeps it."""
        kept = [self.macro_id, self.name, self.status, self.internal, self.sets]
        return {DRAFT: json.dumps(kept)}


def carried_with(new: NewComment) -> Carried | None:
    """Return what goes with a comment that was to be sent."""
    if not isinstance(new, ByMacro):
        return None
    return Carried(new.macro_id, new.macro_name, new.status, new.internal, new.macro_sets)


def carried_in(draft: dict[str, str]) -> Carried | None:
    """Return what a draft was to be sent with; none where it cannot be read."""
    try:
        macro_id, name, status, internal, sets = json.loads(draft.get(DRAFT, ""))
        chosen = Status(status) if status else None
        words = tuple(str(each) for each in sets)
        return Carried(int(macro_id), str(name), chosen, bool(internal), words)
    except (ValueError, TypeError):
        return None
