# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of an article with what is said about it, as it is compared and kept as a draft."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from helpdesk.core.schemas.articles import ArticleView, RevisionView, Visibility
from helpdesk.core.text import single_line

VISIBILITY_LABELS = {
    Visibility.EVERYONE: "Everyone",
    Visibility.TECHNICIANS: "Technicians only",
}
_SUMMARIES = ("title", "summary", "category", "tags", "language", "visibility")


@dataclass(frozen=True, slots=True)
class ArticleText:
    """What one revision says."""

    title: str = ""
    summary: str = ""
    body: str = ""
    category: str = ""
    tags: str = ""
    language: str = ""
    visibility: str = ""

    @classmethod
    def of(cls, text: ArticleView | RevisionView) -> ArticleText:
        """Return the text of an article's view, or of one of its revisions."""
        category = text.category.name if isinstance(text, ArticleView) and text.category else ""
        if isinstance(text, RevisionView):
            category = text.category or ""
        return cls(
            title=text.title,
            summary=text.summary,
            body=text.body,
            category=category,
            tags=", ".join(text.tags),
            language=text.language,
            visibility=VISIBILITY_LABELS[text.visibility],
        )


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field beside the body that is otherwise in another text."""

    name: str
    before: str
    after: str


def field_changes(before: ArticleText, after: ArticleText) -> tuple[FieldChange, ...]:
    """Return the fields, without the body, that two texts have otherwise."""
    return tuple(
        FieldChange(name.title(), getattr(before, name), getattr(after, name))
        for name in _SUMMARIES
        if getattr(before, name) != getattr(after, name)
    )


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the fields of the editor."""

    title: str = ""
    summary: str = ""
    body: str = ""
    category_id: int | None = None
    tags: tuple[str, ...] = ()
    language: str = "en"
    visibility: Visibility = Visibility.EVERYONE
    reviewer_id: int | None = None
    review_on: date | None = None

    @classmethod
    def of(cls, view: ArticleView) -> Form:
        """Return what the fields show of an article."""
        return cls(
            title=view.title,
            summary=view.summary,
            body=view.body,
            category_id=view.category.id if view.category else None,
            tags=view.tags,
            language=view.language,
            visibility=view.visibility,
            reviewer_id=view.reviewer.id if view.reviewer else None,
            review_on=view.review_due.astimezone().date() if view.review_due else None,
        )

    @property
    def has_words(self) -> bool:
        """Whether anything was typed."""
        return any(text.strip() for text in (self.title, self.summary, self.body, *self.tags))

    def trimmed(self) -> Form:
        """Return it as the desk keeps it, for comparing."""
        return replace(self, title=single_line(self.title), summary=single_line(self.summary))

    def kept(self, revision: int) -> dict[str, str]:
        """Return what a draft on disk holds of it, begun on a revision of the article."""
        return {
            "title": self.title,
            "summary": self.summary,
            "body": self.body,
            "category": str(self.category_id or ""),
            "tags": ", ".join(self.tags),
            "language": self.language,
            "visibility": self.visibility.value,
            "reviewer": str(self.reviewer_id or ""),
            "review_on": self.review_on.isoformat() if self.review_on else "",
            "revision": str(revision),
        }

    @classmethod
    def from_kept(cls, kept: dict[str, str]) -> Form:
        """Return what a draft on disk holds; what is no longer understood is left out."""
        return cls(
            title=kept.get("title", ""),
            summary=kept.get("summary", ""),
            body=kept.get("body", ""),
            category_id=_number(kept.get("category", "")),
            tags=tags_in(kept.get("tags", "")),
            language=kept.get("language", "") or "en",
            visibility=_visibility(kept.get("visibility", "")),
            reviewer_id=_number(kept.get("reviewer", "")),
            review_on=_date(kept.get("review_on", "")),
        )


def tags_in(text: str) -> tuple[str, ...]:
    """Return the tags of a field, which are separated by commas."""
    tags = (" ".join(tag.casefold().split()) for tag in text.split(","))
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _visibility(text: str) -> Visibility:
    known = {each.value: each for each in Visibility}
    # A draft that cannot be read is not for everyone.
    return known.get(text, Visibility.TECHNICIANS)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
