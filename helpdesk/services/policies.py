# SPDX-License-Identifier: GPL-3.0-or-later
"""Service levels: which tickets must be answered and solved within what time."""

from __future__ import annotations

from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.clocks import TicketClock
from helpdesk.core.schemas.sla import (
    PolicyChange,
    PolicyOrder,
    PolicySettings,
    PolicyView,
    WhatIf,
    WhatIfAsk,
)
from helpdesk.services.work import Work


class Policies:
    """The service level policies, and the clock of each ticket."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/sla-policies", permission=Permission.SEE_RULES)
    def all(self) -> tuple[PolicyView, ...]:
        """List the policies in the order in which they are asked."""
        raise NotImplementedError

    @operation("POST", "/sla-policies", permission=Permission.SET_UP_RULES, creates=True)
    def add(self, new: PolicySettings) -> PolicyView:
        """Add a policy in front of the others; open tickets that it matches are measured anew."""
        raise NotImplementedError

    @operation("PUT", "/sla-policies/{policy_id}", permission=Permission.SET_UP_RULES)
    def change(self, policy_id: int, change: PolicyChange) -> PolicyView:
        """Change a policy; the clocks of open tickets keep what they counted."""
        raise NotImplementedError

    @operation("DELETE", "/sla-policies/{policy_id}", permission=Permission.SET_UP_RULES)
    def remove(self, policy_id: int) -> None:
        """Remove a policy; its open tickets are left to the others."""
        raise NotImplementedError

    @operation("POST", "/sla-policies/order", permission=Permission.SET_UP_RULES)
    def arrange(self, order: PolicyOrder) -> tuple[PolicyView, ...]:
        """Change the order in which the policies are asked."""
        raise NotImplementedError

    @operation(
        "POST",
        "/sla-policies/what-if",
        permission=Permission.SEE_RULES,
        transaction=Transaction.READ,
    )
    def what_if(self, ask: WhatIfAsk) -> WhatIf:
        """Tell how the last days would have gone under a policy that is not saved yet."""
        raise NotImplementedError

    @operation("GET", "/tickets/{ticket_id}/clock", permission=Permission.SEE_OWN_TICKETS)
    def clock(self, ticket_id: int) -> TicketClock:
        """Explain every minute of a ticket: what counted, what did not, why, and by whom."""
        raise NotImplementedError
