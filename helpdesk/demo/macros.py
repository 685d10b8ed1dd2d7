# SPDX-License-Identifier: GPL-3.0-or-later
"""The canned replies of a demo desk, as a desk of this kind comes to have them."""

from __future__ import annotations

from typing import Final, NamedTuple

from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.macros import MacroActions
from helpdesk.core.schemas.tickets import Status

_WAITS = MacroActions(status=Status.AWAITING_CUSTOMER, assign_to_me=True)
_SOLVED = MacroActions(status=Status.RESOLVED)
_HELLO, _BYE = "Dear {{ ticket.requester.first_name }},\n\n", "\n\nKind regards\n{{ me.name }}"


class DemoMacro(NamedTuple):
    """One canned reply; one of somebody's own is Bob's."""

    folder: str
    name: str
    body: str
    actions: MacroActions = MacroActions()
    internal: bool = False
    own: bool = False
    used: int = 0


MACROS: Final = (
    DemoMacro(
        "First answers", "We are on it",
        f"{_HELLO}thank you for telling us. I have {{{{ ticket.number }}}} now and will write again"
        f" by {{{{ tomorrow }}}} at the latest.{_BYE}",
        MacroActions(status=Status.IN_PROGRESS, assign_to_me=True), used=41,
    ),
    DemoMacro(
        "First answers", "Which computer is it?",
        f"{_HELLO}on which computer does this happen? Its name stands on the sticker at its side,"
        f" such as NB-4711.{_BYE}",
        _WAITS, used=33,
    ),
    DemoMacro(
        "First answers", "A picture of the message, please",
        f"{_HELLO}could you send a picture of the whole message? It helps most with the clock in"
        f" view.{_BYE}",
        _WAITS, used=27,
    ),
    DemoMacro(
        "Access", "Password was set anew",
        f"{_HELLO}your password was set anew. You get the new one by telephone, never by mail, and"
        f" choose one of your own at the first sign-in.{_BYE}",
        _SOLVED, used=22,
    ),
    DemoMacro(
        "Access", "Your manager has to agree",
        f"{_HELLO}for this access your manager has to agree. Please ask them to write one line on"
        f" {{{{ ticket.number }}}}.{_BYE}",
        _WAITS, used=12,
    ),
    DemoMacro(
        "Network", "VPN: install the new profile",
        f"{_HELLO}please install the new VPN profile from the software centre, restart and try once"
        f" more.{_BYE}",
        MacroActions(status=Status.AWAITING_CUSTOMER, assign_to_me=True, add_tags=("vpn",)),
        used=19,
    ),
    DemoMacro(
        "Network", "Known disturbance",
        f"{_HELLO}this belongs to a disturbance that we know and work on. We write to you as"
        f" soon as it is over.{_BYE}",
        MacroActions(status=Status.IN_PROGRESS, priority=Priority.HIGH), used=9,
    ),
    DemoMacro(
        "Printing", "Try the other printer",
        f"{_HELLO}until this printer is repaired please use the one on the next floor; your jobs"
        f" follow you there.{_BYE}",
        MacroActions(status=Status.IN_PROGRESS), used=8,
    ),
    DemoMacro(
        "Closing", "Solved, please try",
        f"{_HELLO}“{{{{ ticket.subject }}}}” should be solved. If not, answer here and it is open"
        f" again.{_BYE}",
        _SOLVED, used=58,
    ),
    DemoMacro(
        "Closing", "No answer for a week",
        f"{_HELLO}we have not heard from you, so I set {{{{ ticket.number }}}} to resolved. An"
        f" answer opens it again.{_BYE}",
        _SOLVED, used=14,
    ),
    DemoMacro(
        "Internal", "Handed to the second line",
        "Checked: cable, restart, another account. Still so on {{ today }}.\n"
        "Next: look at the logs.",
        MacroActions(priority=Priority.HIGH), internal=True, used=11,
    ),
    DemoMacro(
        "", "My signature",
        "{{ me.name }}, {{ desk.name }}\nMonday to Friday, 8 to 17", own=True, used=5,
    ),
)  # fmt: skip
