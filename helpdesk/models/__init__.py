# SPDX-License-Identifier: GPL-3.0-or-later
"""The model classes of the desk with their invariants."""

from helpdesk.models.base import Base
from helpdesk.models.category import Category
from helpdesk.models.comment import Comment
from helpdesk.models.desk import DeskFact
from helpdesk.models.event import Event
from helpdesk.models.sign_in_failure import SignInFailure
from helpdesk.models.ticket import Ticket
from helpdesk.models.user import User

__all__ = [
    "Base",
    "Category",
    "Comment",
    "DeskFact",
    "Event",
    "SignInFailure",
    "Ticket",
    "User",
]
