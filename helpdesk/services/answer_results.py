# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes answers: of what a model said, once it is checked, and without any model.

Whatever a model says is plain text and choices from lists that the desk gave it. Each sentence that
rests on an article or a ticket is held against it; what has no source is marked, not hidden.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from helpdesk.assistant import schemas
from helpdesk.assistant.citations import cited, without_marks
from helpdesk.assistant.cleaning import plain
from helpdesk.assistant.extracts import answer as extracted
from helpdesk.assistant.filters import ParsedFilter, checked, parsed
from helpdesk.assistant.injection import cautions_of
from helpdesk.assistant.pieces import Ended
from helpdesk.assistant.redaction import holds_secret
from helpdesk.core.schemas.assistant import Answer, Feature, FilterAnswer
from helpdesk.core.schemas.tickets import Sort, TicketQuery
from helpdesk.core.schemas.triage import (
    Citation,
    CitedSentence,
    Origin,
    SuggestedReply,
    TicketSuggestion,
)
from helpdesk.core.schemas.users import PersonRef
from helpdesk.services.answer_material import Material
from helpdesk.services.answer_requests import PRIORITIES, Composed, passages_of
from helpdesk.services.proposals import next_question
from helpdesk.services.questions import telling_stems
from helpdesk.services.triage_merge import merged

NOT_THERE = "That is not in the knowledge base."
_ENOUGH_TOLD = "What you have told is enough for a ticket: make one of it, or ask a human."
_TAKEN_OUT = (
    "A password or key in the text was taken out before it was sent; have it changed, because it"
    " stands in the ticket."
)
_RECITED = (
    "The model recited what the assistant is told, which was taken out; look whether a text asked"
    " it to."
)
_NO_ANSWER = "What the model wrote was no answer; ask in other words."
_LETTERS = 16_000
_REPLY_SENTENCES, _CHAT_SENTENCES = 5, 5
_WITH_SOURCES = frozenset({Feature.CHAT, Feature.REPLY, Feature.EXPLAIN})


# --- without a model ----------------------------------------------------------------------------


def without_model(material: Material) -> Answer:
    """Return what can be answered without a model; empty for what only a model can do."""
    way = _WAYS.get(material.feature)
    return way(material) if way else Answer()


def sources(material: Material, fallback: Answer) -> Answer:
    """Return what an answer will rest on, to be shown before its first word."""
    return Answer(
        origin=fallback.origin,
        citations=tuple(each.citation for each in material.passages),
        suggestion=material.suggestion,
    )


def _triage(material: Material) -> Answer:
    suggestion = material.suggestion
    if suggestion is None:
        return Answer(origin=Origin.HISTORY)
    reply = _reply_of(material)
    silent = "" if suggestion.fields or reply else suggestion.silent_because
    found = suggestion.model_copy(update={"reply": reply, "silent_because": silent})
    return Answer(origin=Origin.HISTORY, suggestion=found)


def _chat(material: Material) -> Answer:
    said = _quoted(material, material.question, _CHAT_SENTENCES)
    if said:
        return _from_articles(material, said)
    told = " ".join(turn.text for turn in material.turns if turn.speaker == "person")
    question = next_question(told or material.question)
    text = f"{NOT_THERE} {question or _ENOUGH_TOLD}"
    return Answer(text=text, origin=Origin.ARTICLES, found_nothing=True)


def _reply(material: Material) -> Answer:
    """Return a reply in the articles' own words: what the subject asks says more than all of it."""
    said = _quoted(material, material.subject, _REPLY_SENTENCES) or _quoted(
        material, f"{material.subject} {material.description}", _REPLY_SENTENCES
    )
    if not said:
        return Answer(origin=Origin.ARTICLES, found_nothing=True, notice=_NO_ARTICLE)
    answer = _from_articles(material, said)
    return answer.model_copy(update={"text": "\n".join(each.text for each in said)})


_NO_ARTICLE = "No article answers this ticket, so that there is nothing to draft a reply from."


def _filter(material: Material) -> Answer:
    found = parsed(
        material.question,
        categories=[(each.id, each.name) for each in material.categories],
        people=[(each.id, each.name) for each in material.people],
        now=material.now,
        me=material.person_id,
    )
    return Answer(origin=Origin.HISTORY, filter=_filter_answer(material, found))


def _search(material: Material) -> Answer:
    return Answer(origin=Origin.ARTICLES, articles=material.articles)


_WAYS: dict[Feature, Callable[[Material], Answer]] = {
    Feature.TRIAGE: _triage,
    Feature.CHAT: _chat,
    Feature.REPLY: _reply,
    Feature.FIRST_RESPONSE: _reply,
    Feature.FILTER: _filter,
    Feature.SEARCH: _search,
}


def _quoted(material: Material, question: str, limit: int) -> tuple[CitedSentence, ...]:
    """Return the sentences of articles that answer, and how the tickets that are meant stand."""
    tickets = [each for each in material.passages if each.ticket_id is not None]
    articles = [passage for passage in passages_of(material) if passage.number.startswith("KB-")]
    said: list[CitedSentence] = []
    for each in tickets:
        said += [
            CitedSentence(text=sentence, numbers=(each.number,), supported=True)
            for sentence in each.sentences
        ]
    if not said:
        said += extracted(telling_stems(question), articles, telling_stems, limit)
    return tuple(said)


def _from_articles(material: Material, said: Sequence[CitedSentence]) -> Answer:
    text = "\n".join(f"{each.text} [{', '.join(each.numbers)}]" for each in said)
    return Answer(
        text=text,
        origin=Origin.ARTICLES,
        sentences=tuple(said),
        citations=_citations(material, said),
    )


def _reply_of(material: Material) -> SuggestedReply | None:
    """Return a first reply of the articles' own sentences, if they answer the ticket."""
    answer = _reply(material)
    if answer.found_nothing:
        return None
    return SuggestedReply(
        body=answer.text,
        origin=Origin.ARTICLES,
        sentences=answer.sentences,
        citations=answer.citations,
    )


# --- of a text ----------------------------------------------------------------------------------


def concluded(material: Material, composed: Composed, text: str, ended: Ended) -> Answer:
    """Return the answer of a text that has come to its end."""
    whole = plain(text, _LETTERS)
    text = composed.instructions.taken_out_of(whole)
    recites = text != whole
    nothing_left = _NO_ANSWER if recites else ""
    passages = passages_of(material)
    said = cited(text, passages, telling_stems) if material.feature in _WITH_SOURCES else ()
    sends = material.feature in (Feature.REPLY, Feature.REWRITE)
    return Answer(
        text=without_marks(text, passages).strip() if sends else text or nothing_left,
        origin=Origin.MODEL,
        sentences=said,
        citations=_citations(material, said),
        cautions=_cautions(material, text) if sends else (),
        found_nothing=material.feature is Feature.CHAT and _found_nothing(text, said),
        cut_off=ended.finish == "length",
        notice=ended.warning or (_RECITED if recites else _notice(composed)),
    )


def _found_nothing(text: str, said: Sequence[CitedSentence]) -> bool:
    denies = NOT_THERE.rstrip(".").casefold() in text.casefold()
    return denies and not any(each.supported for each in said)


def _cautions(material: Material, text: str) -> tuple[str, ...]:
    allowed = [
        material.subject,
        material.description,
        material.question,
        *(turn.text for turn in material.turns),
        *(each.text for each in material.passages),
    ]
    return cautions_of(text, allowed_texts=allowed)


def _citations(material: Material, said: Sequence[CitedSentence]) -> tuple[Citation, ...]:
    named = {number for each in said for number in each.numbers}
    return tuple(each.citation for each in material.passages if each.number in named)


def _notice(composed: Composed) -> str:
    return _TAKEN_OUT if composed.redacted.secrets else ""


# --- of an answer with a form -------------------------------------------------------------------


def problems_of(material: Material, composed: Composed) -> Callable[[object], list[str]]:
    """Return what tells the problems of an answer for which none of it can be used."""

    def problems(found: object) -> list[str]:
        if material.feature is Feature.TRIAGE:
            answer = _checked_triage(material, composed, found)
            usable = answer.category or answer.priority or answer.technician or answer.reply
            return [] if usable else list(answer.problems)
        return _CHECKS[material.feature](material, found)

    return problems


def is_whole(material: Material, composed: Composed, found: object) -> bool:
    """Whether nothing is wrong with an answer, so that it may be given again."""
    if material.feature is Feature.TRIAGE:
        return not _checked_triage(material, composed, found).problems
    return not _CHECKS[material.feature](material, found)


def finished(material: Material, composed: Composed, found: object, fallback: Answer) -> Answer:
    """Return the answer of what a model found, as far as it can be used."""
    way = _FINISHED[material.feature]
    answer = way(material, composed, found, fallback)
    return answer.model_copy(update={"notice": answer.notice or _notice(composed)})


def words_in(found: object) -> tuple[str, ...]:
    """Return the further words for a search."""
    return schemas.checked_words(found)


def unranked(material: Material) -> Answer:
    """Return the articles in the order in which they were found."""
    return Answer(origin=Origin.MODEL, articles=material.articles)


def written(found: object) -> str:
    """Return an answer as it is kept; nothing where a secret of a ticket stands in it."""
    text = json.dumps(found, ensure_ascii=False)
    return "" if holds_secret(text) else text


def read(value: str) -> object:
    """Return an answer that was kept."""
    found: object = json.loads(value)
    return found


def _finished_triage(
    material: Material, composed: Composed, found: object, fallback: Answer
) -> Answer:
    answer = _checked_triage(material, composed, found)
    reply = _model_reply(material, composed, answer.reply)
    answer = replace(answer, reason=_harmless_reason(material, composed, answer.reason))
    known = fallback.suggestion.reply if fallback.suggestion else None
    suggestion: TicketSuggestion = merged(material, answer, composed.technicians, reply or known)
    return Answer(origin=Origin.BOTH, suggestion=suggestion)


def _harmless_reason(material: Material, composed: Composed, reason: str) -> str:
    """Return why a model says what it says, unless that is what some text wants people to read."""
    reason = composed.redacted.restored(reason)
    recites = composed.instructions.stand_in(reason)
    return "" if recites or _cautions(material, reason) else reason


def _model_reply(material: Material, composed: Composed, text: str) -> SuggestedReply | None:
    """Return a draft of the model; there is none for a ticket that speaks to the assistant."""
    attacked = material.suggestion is not None and material.suggestion.labels
    if not text.strip() or attacked or composed.instructions.stand_in(text):
        return None
    text = plain(composed.redacted.restored(text), _LETTERS)
    said = cited(text, passages_of(material), telling_stems)
    return SuggestedReply(
        body=without_marks(text, passages_of(material)).strip(),
        origin=Origin.MODEL,
        sentences=said,
        citations=_citations(material, said),
        cautions=_cautions(material, text),
    )


def _finished_response(
    material: Material, _composed: Composed, found: object, _fallback: Answer
) -> Answer:
    """Return the own words of the articles that the model says help.

    Nobody reads it before it is sent, and that a sentence shares its words with an article does
    not make it true: the model only chooses.
    """
    numbers = [each.number for each in material.passages]
    response = schemas.checked_first_response(found, passages=numbers)
    if not response.reply:
        return Answer(origin=Origin.MODEL, found_nothing=True)
    chosen = tuple(each for each in material.passages if each.number in response.citations)
    return _reply(material.model_copy(update={"passages": chosen}))


def _finished_filter(
    material: Material, composed: Composed, found: object, fallback: Answer
) -> Answer:
    """Return what the model understood, unless the rules understood all of it."""
    ruled = fallback.filter
    if ruled is not None and not ruled.not_understood and not ruled.query.text:
        return fallback
    proposed = checked(
        found,
        categories=[(each.id, each.name) for each in material.categories],
        people=[(each.id, each.name) for each in material.people],
        now=material.now,
        restored=composed.redacted.restored,
    )
    return Answer(origin=Origin.MODEL, filter=_filter_answer(material, proposed))


def _finished_search(
    material: Material, _composed: Composed, found: object, _fallback: Answer
) -> Answer:
    rows = {each.number: each for each in material.articles}
    order = schemas.checked_order(found, list(rows))
    chosen = [rows[number] for number in order]
    rest = [each for each in material.articles if each.number not in order]
    return Answer(origin=Origin.MODEL, articles=(*chosen, *rest))


def _filter_answer(material: Material, found: ParsedFilter) -> FilterAnswer:
    query = TicketQuery(
        text=found.words,
        statuses=found.statuses,
        priorities=found.priorities,
        category_ids=found.category_ids,
        assignee_ids=found.assignee_ids,
        requester_ids=found.requester_ids,
        unassigned=found.unassigned,
        created_after=found.created_after,
        created_before=found.created_before,
        sort=found.sort or Sort.URGENCY,
    )
    named = {*found.assignee_ids, *found.requester_ids}
    return FilterAnswer(
        query=query,
        not_understood=found.not_understood,
        people=tuple(
            PersonRef(id=each.id, full_name=each.name)
            for each in material.people
            if each.id in named
        ),
    )


def _checked_triage(material: Material, composed: Composed, found: object) -> schemas.TriageAnswer:
    return schemas.checked_triage(
        found,
        categories=[each.name for each in material.categories],
        priorities=PRIORITIES,
        technicians=list(composed.technicians),
        passages=[each.number for each in material.passages],
    )


def _is_object(_material: Material, found: object) -> list[str]:
    return [] if isinstance(found, dict) else ["the answer has to be one JSON object"]


def _response_problems(material: Material, found: object) -> list[str]:
    numbers = [each.number for each in material.passages]
    return list(schemas.checked_first_response(found, passages=numbers).problems)


_CHECKS: dict[Feature, Callable[[Material, object], list[str]]] = {
    Feature.FILTER: _is_object,
    Feature.SEARCH: _is_object,
    Feature.FIRST_RESPONSE: _response_problems,
}
_FINISHED: dict[Feature, Callable[[Material, Composed, object, Answer], Answer]] = {
    Feature.TRIAGE: _finished_triage,
    Feature.FILTER: _finished_filter,
    Feature.SEARCH: _finished_search,
    Feature.FIRST_RESPONSE: _finished_response,
}
