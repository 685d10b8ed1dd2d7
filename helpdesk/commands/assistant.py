# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk assistant evaluate``: measures suggestions and attacks before an endpoint is used."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from helpdesk import __version__
from helpdesk.commands.evaluation import asking, cases
from helpdesk.commands.evaluation.desk import TrialDesk, trial_desk
from helpdesk.commands.evaluation.figures import Report, measured
from helpdesk.commands.evaluation.telling import failures, told
from helpdesk.commands.place import Place
from helpdesk.commands.terminal import complain, progress, say
from helpdesk.core.clock import system_clock
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.assistant import ConnectionReport
from helpdesk.core.schemas.tickets import Priority
from helpdesk.core.schemas.triage import SuggestedField
from helpdesk.core.settings import AssistantSection, Settings
from helpdesk.services.assistant_setup import KEY_VARIABLE, URL_VARIABLE

_DONE, _FAILED = 0, 1
_NO_KEY = f"There is no key in the environment; set {KEY_VARIABLE}, or leave the option out."
_NO_REPORT = "{file} is no report of an evaluation; name another file, or remove it."
_NOT_WRITTEN = "{file} cannot be written: {problem}."
_NO_MODEL = "The endpoint has several models; name one with --model: {models}."


def evaluate(place: Place, options: Namespace) -> int:
    """Ask for every labelled ticket on a demo desk, tell what came of it and judge it."""
    chosen = cases.read(options.file or cases.shipped())
    chosen = cases.some(chosen, options.limit)
    before = _last_report(options.json) if options.json else None
    with _environment(options), trial_desk(_settings(place, options), options.tickets) as trial:
        if options.endpoint:
            _connect(trial, options)
        report = _report(trial, chosen)
    for line in told(report, before):
        say(line)
    if options.json:
        _write(options.json, report)
    problems = failures(report, options)
    for problem in problems:
        complain(problem)
    return _FAILED if problems else _DONE


def _report(trial: TrialDesk, chosen: tuple[cases.Case, ...]) -> Report:
    with progress("Asking", "tickets") as tell:
        outcomes = asking.ask_all(trial, chosen, tell)
    own = trial.settings.assistant
    attacks = sum(bool(case.attack) for case in chosen)
    empty = Report(
        version=__version__,
        at=system_clock(),
        cases=cases.fingerprint(chosen),
        tickets=len(chosen) - attacks,
        attacks=attacks,
        url=own.url,
        model=own.model,
    )
    return measured(empty, outcomes, _allowed(trial))


def _allowed(trial: TrialDesk) -> dict[SuggestedField, set[str]]:
    """Return what may be suggested for each field."""
    tickets = trial.technician.desk.tickets
    return {
        SuggestedField.CATEGORY: {str(each.id) for each in tickets.categories()},
        SuggestedField.PRIORITY: {each.value for each in Priority},
        SuggestedField.ASSIGNEE: {str(each.id) for each in tickets.assignable()},
    }


# --- the endpoint -------------------------------------------------------------------------------


@contextmanager
def _environment(options: Namespace) -> Iterator[None]:
    """Let the endpoint be the one that is named, with the environment's key only if that is wanted.

    The key of the environment belongs to the endpoint that the environment names.
    """
    before = {name: os.environ.get(name) for name in (URL_VARIABLE, KEY_VARIABLE)}
    if options.key_from_environment and not (before[KEY_VARIABLE] or "").strip():
        raise Invalid(_NO_KEY)
    os.environ.pop(URL_VARIABLE, None)
    if options.endpoint and options.key_from_environment:
        os.environ[URL_VARIABLE] = options.endpoint
    elif options.endpoint:
        os.environ.pop(KEY_VARIABLE, None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _settings(place: Place, options: Namespace) -> Settings:
    """Return the settings of this place, with the endpoint that is named or without any.

    The tickets are the program's own, so that nothing needs anybody's consent to be sent.
    """
    own = place.settings.assistant
    wanted: dict[str, object] = {"enabled": False, "url": "", "automatic_categories": ()}
    if options.endpoint:
        wanted |= {"enabled": True, "url": options.endpoint, "public_consent": True}
        # A model that the settings name belongs to the endpoint that they name.
        is_known = options.endpoint.rstrip("/") == own.url.rstrip("/")
        wanted["model"] = options.model or (own.model if is_known else "")
    section = AssistantSection.model_validate(own.model_dump() | wanted)
    return place.settings.model_copy(update={"assistant": section})


def _connect(trial: TrialDesk, options: Namespace) -> None:
    """Take over what the endpoint tells of itself. Raises ``Invalid`` where it is of no use."""
    report = asking.test_connection(trial)
    if not report.ok and not options.model and len(report.models) == 1:
        trial.use(model=report.models[0])
        report = asking.test_connection(trial)
    if not report.ok:
        raise Invalid(_sentence(report))
    trial.use(**_told_by(report))
    say(report.sentence)


def _told_by(report: ConnectionReport) -> dict[str, object]:
    found: dict[str, object] = {}
    if report.dialect:
        found["dialect"] = report.dialect.value
    if report.context_tokens:
        found["context_tokens"] = max(512, min(report.context_tokens, 1_000_000))
    return found


def _sentence(report: ConnectionReport) -> str:
    if len(report.models) > 1:
        return _NO_MODEL.format(models=", ".join(report.models[:10]))
    return report.sentence


# --- reports ------------------------------------------------------------------------------------


def _last_report(file: Path) -> Report | None:
    if not file.exists():
        return None
    try:
        return Report.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise Invalid(_NO_REPORT.format(file=file)) from error


def _write(file: Path, report: Report) -> None:
    try:
        file.write_text(report.model_dump_json(indent=2) + "\n", "utf-8")
    except OSError as error:
        problem = error.strerror or "it is no file"
        raise Invalid(_NOT_WRITTEN.format(file=file, problem=problem)) from error
    say(f"The report is in {file}.")
