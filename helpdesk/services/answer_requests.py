# SPDX-License-Identifier: GPL-3.0-or-later
"""Composes what is sent to the model, and makes an answer of what comes back; no input or output.

Every feature has a prompt (``resources/prompts``), a schema where its answer has a form, and a way
to answer without a model. What is sent is redacted first and shown as it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helpdesk.assistant.messages import ModelRequest
from helpdesk.core.schemas.assistant import Answer, SendingPreview
from helpdesk.core.schemas.triage import Origin
from helpdesk.core.settings import AssistantSection
from helpdesk.services.answer_material import Material
from helpdesk.services.assistant_setup import Setup


@dataclass(frozen=True)
class Composed:
    """One question as it is sent, and what is needed to read its answer."""

    request: ModelRequest
    prompt: str
    is_last: bool = True

    def key(self, section: AssistantSection) -> str:
        """Return what names the question among kept answers."""
        raise NotImplementedError

    def problems_of(self, found: object) -> list[str]:
        """Return what is wrong with an answer."""
        raise NotImplementedError


class Showing:
    """Shows text as it comes in."""

    def __init__(self, composed: Composed) -> None:
        """Bind to a question."""

    def take(self, text: str) -> str:
        """Return what can be shown."""
        return text

    def rest(self) -> str:
        """Return what was held back."""
        return ""


def composed(material: Material, setup: Setup) -> Composed | None:
    """Return the question for the model, or ``None`` where none is asked."""
    return None


def preview(material: Material, setup: Setup) -> SendingPreview:
    """Return what would be sent."""
    return SendingPreview(place=setup.place, messages=(), redacted=())


def without_model(material: Material) -> Answer:
    """Return the answer that needs no model."""
    return Answer(origin=Origin.ARTICLES, found_nothing=True, suggestion=material.suggestion)


def sources(material: Material, fallback: Answer) -> Answer:
    """Return what the answer will rest on."""
    citations = tuple(each.citation for each in material.passages)
    return Answer(citations=citations, suggestion=material.suggestion, origin=fallback.origin)


def concluded(material: Material, composed: Composed, text: str, ended: Any) -> Answer:
    """Return the answer of a text."""
    raise NotImplementedError


def finished(material: Material, composed: Composed, found: object, fallback: Answer) -> Answer:
    """Return the answer of a structured answer."""
    raise NotImplementedError


def ranking(material: Material, setup: Setup) -> Composed | None:
    """Return the second question of a search."""
    return None


def unranked(material: Material) -> Answer:
    """Return the articles as they were found."""
    return Answer(articles=material.articles)


def words_in(found: object) -> tuple[str, ...]:
    """Return the further words of a search."""
    return ()


def read(value: str) -> object:
    """Return a kept answer."""
    raise NotImplementedError


def written(found: object) -> str:
    """Return an answer to keep."""
    raise NotImplementedError
