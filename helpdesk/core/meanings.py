# SPDX-License-Identifier: GPL-3.0-or-later
"""What figures mean, in the words of a report and of a dashboard that is handed on."""

from __future__ import annotations

from typing import Final

from helpdesk.core.schemas.figures import Measure

COUNTS_AS: Final = (
    "A ticket counts under the category, priority, team and assignee that it has now; of what is"
    " solved, the assignee is whose work it was."
)
_IN_TIME = (
    "In time is counted of what was first answered, or resolved, in these days and had a due time;"
    " tickets without one are not measured."
)
_DAYS_OF = "{what} counts on the day on which it came, of the present solution alone."
MEANINGS: Final[dict[Measure, str]] = {
    Measure.RESOLVED: "Resolved counts on the day of the present solution; what was reopened, and"
    " is open again, counts no more.",
    Measure.OPEN: "Open is what is open at the moment at which the report was made.",
    Measure.FIRST_RESPONSE_TIME: "The first response is timed from opening until somebody of the"
    " staff first answered, around the clock, of what was first answered in these days.",
    Measure.RESOLUTION_TIME: "The resolution is timed from opening until the present solution,"
    " around the clock, of what was resolved in these days.",
    Measure.RESPONSE_SLA: _IN_TIME,
    Measure.RESOLUTION_SLA: _IN_TIME,
    Measure.BREACHED: "Resolved too late is what was resolved in these days after its due time.",
    Measure.ESCALATED: "Escalated counts on the day of the first escalation.",
    Measure.REOPENED_SHARE: "Reopened is which part of what was resolved in these days had been"
    " reopened before.",
    Measure.SATISFACTION: "Satisfaction is the mean of the ratings from 1 to 5. "
    + _DAYS_OF.format(what="A rating"),
    Measure.AVOIDED: "Tickets avoided are those that somebody did not open, or closed, because an"
    " article had helped; their days are those in UTC.",
    Measure.SUGGESTIONS_ACCEPTED: "Suggestions accepted is which part of the suggestions for"
    " tickets opened in these days people took as they were.",
    Measure.BACKLOG_AGE: "The age of what is open is counted from its opening until now, in days:"
    " what was opened today is under a day old.",
    Measure.DUE_SOON: "Due within 1 h is what is open and has to be answered or resolved within the"
    " next hour.",
    Measure.WORKLOAD: "Capacity is how many open tickets somebody can manage; an admin sets it for"
    " each person.",
}
