# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk triage``: learns from solved tickets at once, and measures suggestions on a file."""

from __future__ import annotations

from argparse import Namespace

from helpdesk.commands.place import Place
from helpdesk.commands.terminal import counted, progress, say
from helpdesk.core.clock import system_clock
from helpdesk.core.errors import ReadOnly
from helpdesk.core.schemas.triage import SuggestedField
from helpdesk.services.catching_up import fit, learn_waiting
from helpdesk.services.learning import LEAST_LEARNT, SHORT_LIST

_READ_ONLY = (
    "This desk can only be read here, so that it cannot learn; open it where it is written."
)


def learn(place: Place, _options: Namespace) -> int:
    """Learn what waits, measure suggestions and say what the desk knows now."""
    with place.desk() as desk:
        if desk.database.read_only:
            raise ReadOnly(_READ_ONLY)
        now = system_clock()
        with progress("Learning", "tickets") as report:
            count = learn_waiting(desk.database, now, progress=report)
        state = desk.as_system().triage.state()
        if state.learnt_tickets >= LEAST_LEARNT:
            fit(desk.database, now)
            state = desk.as_system().triage.state()
    say(f"{counted(count, 'ticket was', 'tickets were')} learnt, {state.learnt_tickets:,} in all.")
    for each in state.thresholds:
        say(f"{each.field.label}: suggested from a confidence of {each.percent} % on.")
    if not state.thresholds:
        say("Nothing is suggested yet: no field is known surely enough.")
    return 0


def evaluate(place: Place, options: Namespace) -> int:
    """Print how often suggestions would have been right on the tickets of a file."""
    from helpdesk.services.triage_evaluation import Evaluation
    from helpdesk.services.triage_evaluation import evaluate as measured

    wanted = Evaluation(
        file=options.file.absolute(),
        field=SuggestedField(options.field),
        mappings=tuple(options.map),
        groups=tuple(options.group),
        limit=options.limit,
    )
    with progress("Measuring", "tickets") as report:
        found = measured(wanted, place.settings, system_clock(), report)
    parts = [(f"{len(found.tried):,} tried, {found.learnt:,} learnt", found)]
    if wanted.field is SuggestedField.ASSIGNEE:
        parts.append(("the last fifth of them", found.last(0.2)))
    for title, part in parts:
        say(f"{wanted.field.label}, {title}:")
        say(f"  top-1 {part.top(1):.3f}")
        say(f"  top-3 {part.top(3):.3f}")
        say(f"  top-5 {part.top(5):.3f}")
        say(f"  macro-F1 {part.macro_f1:.3f}")
        say(f"  coverage {part.coverage:.3f}")
        say(f"  precision {part.precision():.3f}")
        if wanted.field is SuggestedField.ASSIGNEE:
            say(f"  precision of the short list {part.precision(SHORT_LIST):.3f}")
        say(f"  ECE {part.expected_error:.3f}")
    return 0
