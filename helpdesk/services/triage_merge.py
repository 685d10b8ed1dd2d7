# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings together what the desk's history and the model suggest for one ticket.

The history is measured on this desk, the model is not: where both agree the suggestion is stronger,
where they differ the history stands and the model's word is an alternative, and alone the model is
believed no more than a coin. A ticket that speaks to the assistant gets nothing from it.
"""

from __future__ import annotations

from collections.abc import Mapping

from helpdesk.assistant.injection import capped_priority
from helpdesk.assistant.schemas import TriageAnswer
from helpdesk.core.schemas.tickets import Priority
from helpdesk.core.schemas.triage import (
    Alternative,
    Origin,
    Suggested,
    SuggestedField,
    SuggestedReply,
    TicketSuggestion,
)
from helpdesk.services.answer_material import Material

MODEL_ALONE = 50
"""The most that a model's word alone counts, of 100."""
_SURE = 97
_AGREED = 3
"""Where both agree, a third of the doubt goes."""
_PRIORITIES = tuple(Priority)


def merged(
    material: Material,
    answer: TriageAnswer,
    technicians: Mapping[str, int],
    reply: SuggestedReply | None,
) -> TicketSuggestion:
    """Return one suggestion, each field with where it comes from."""
    history = material.suggestion
    assert history is not None  # noqa: S101 - a triage gathers it
    # Whoever writes such a ticket may have written the model's answer as well.
    proposed = {} if history.labels else _proposed(material, answer, technicians)
    known = {each.field: each for each in history.fields}
    fields = [
        found
        for field in (SuggestedField.CATEGORY, SuggestedField.PRIORITY, SuggestedField.ASSIGNEE)
        if (found := _field(known.get(field), proposed.get(field))) is not None
    ]
    silent = "" if fields or reply else history.silent_because
    return history.model_copy(
        update={"fields": tuple(fields), "reply": reply, "silent_because": silent}
    )


def _proposed(
    material: Material, answer: TriageAnswer, technicians: Mapping[str, int]
) -> dict[SuggestedField, Suggested]:
    """Return what the model says, as far as the ticket is not so already."""
    found: dict[SuggestedField, Suggested] = {}
    category = next((each for each in material.categories if each.name == answer.category), None)
    if category is not None and category.id != material.category_id:
        value = str(category.id)
        found[SuggestedField.CATEGORY] = _by_model(
            SuggestedField.CATEGORY, value, category.name, answer
        )
    if answer.priority is not None:
        priority = _capped(Priority(answer.priority), material)
        if priority is not material.priority:
            found[SuggestedField.PRIORITY] = _by_model(
                SuggestedField.PRIORITY, priority.value, priority.label, answer
            )
    person_id = technicians.get(answer.technician or "")
    person = next((each for each in material.people if each.id == person_id), None)
    if person is not None and material.assignee_id is None:
        found[SuggestedField.ASSIGNEE] = _by_model(
            SuggestedField.ASSIGNEE, str(person.id), person.name, answer
        )
    return found


def _stands_alone(model: Suggested) -> bool:
    """Whether a model's word is worth showing without anything else that speaks for it."""
    return model.confidence >= MODEL_ALONE and model.value != Priority.URGENT.value


def _by_model(field: SuggestedField, value: str, label: str, answer: TriageAnswer) -> Suggested:
    name = "technician" if field is SuggestedField.ASSIGNEE else field.value
    return Suggested(
        field=field,
        value=value,
        label=label,
        confidence=min(answer.confidence.get(name, MODEL_ALONE), MODEL_ALONE),
        origin=Origin.MODEL,
        reason=answer.reason,
    )


def _capped(priority: Priority, material: Material) -> Priority:
    """Return a priority one level above the present one at most: a text can ask for anything."""
    history = material.suggestion.fields if material.suggestion else ()
    known = [Priority(each.value) for each in history if each.field is SuggestedField.PRIORITY]
    usual = max(material.priority, *known, key=_PRIORITIES.index) if known else material.priority
    return capped_priority(priority, usual)


def _field(history: Suggested | None, model: Suggested | None) -> Suggested | None:
    if history is None:
        return model if model is not None and _stands_alone(model) else None
    if model is None:
        return history
    if model.value == history.value:
        surer = history.confidence + (100 - history.confidence) // _AGREED
        return history.model_copy(
            update={
                "origin": Origin.BOTH,
                "confidence": max(history.confidence, min(_SURE, surer)),
                "reason": model.reason or history.reason,
            }
        )
    others = [each for each in history.alternatives if each.value != model.value]
    said = Alternative(value=model.value, label=model.label, confidence=model.confidence)
    return history.model_copy(update={"alternatives": (said, *others)})
