# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes one article as a file: front matter in YAML, then the text in Markdown.

Front matter is data from anywhere. It may hold texts and lists of texts, no anchors, no tags of
types, nothing deep; every value is read as text, so that ``language: no`` is Norwegian.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple, TypeVar

from pydantic import TypeAdapter, ValidationError

from helpdesk.core.schemas.articles import (
    CATEGORY_LEVELS,
    ArticleState,
    CategoryName,
    Language,
    Summary,
    Tags,
    Title,
    Visibility,
)
from helpdesk.core.schemas.base import Labelled
from helpdesk.core.text import single_line, storable
from helpdesk.core.validation import sentence
from helpdesk.services.import_values import BadValue, moment_of, shown

FILE_LIMIT = 2 * 1024 * 1024
FRONT_MATTER_LIMIT = 64 * 1024
KEYS = (
    "title", "summary", "category", "tags", "language", "visibility", "state", "author",
    "reviewer", "review_due", "created", "updated", "published", "draft_of",
)  # fmt: skip
ALIASES = {
    "description": "summary",
    "categories": "category",
    "lang": "language",
    "date": "created",
    "lastmod": "updated",
    "last_modified_at": "updated",
}
"""What other programs call the same."""

_OF_DRAFTS = frozenset(KEYS) - {"reviewer", "review_due", "created", "published"}
_FENCE = "---"
_LAST_YEAR = 8999
"""Of a review date; the years that are left are room to count on from it, and for zones."""
_LATEST = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
"""What no date is later than, even by as much as clocks may differ."""
_YES, _NO = ("true", "yes", "on"), ("false", "no", "off")

_PLAIN = re.compile(r"[^\W\d_](?:[\w ()/.+'-]*[\w).])?")
_NOT_PLAIN = {"null", "y", "n", *_YES, *_NO}
_UNSEEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]"
)
"""What YAML does not take, or nobody would see: written as its number."""

_title: TypeAdapter[str] = TypeAdapter(Title)
_summary: TypeAdapter[str] = TypeAdapter(Summary)
_category: TypeAdapter[str] = TypeAdapter(CategoryName)
_tags: TypeAdapter[tuple[str, ...]] = TypeAdapter(Tags)
_language: TypeAdapter[str] = TypeAdapter(Language)


_Choice = TypeVar("_Choice", bound=Labelled)


class BadFile(ValueError):
    """A file is no article; the text says where in it and why."""


class ArticleFile(NamedTuple):
    """An article as a file holds it."""

    title: str
    body: str
    summary: str = ""
    category: tuple[str, ...] | None = None
    """The names from the top; ``None`` where the file leaves it to the folder it lies in."""
    tags: tuple[str, ...] = ()
    language: str = "en"
    visibility: Visibility = Visibility.EVERYONE
    state: ArticleState = ArticleState.PUBLISHED
    author: str | None = None
    reviewer: str | None = None
    review_due: datetime | None = None
    created: datetime | None = None
    updated: datetime | None = None
    published: datetime | None = None
    draft_of: str | None = None
    """The file with the published text, of which this is a newer one."""
    body_line: int = 1
    """The line of the file that the text begins in."""
    unused: tuple[str, ...] = ()
    """What the front matter says that is not used, a sentence each."""


class _Field(NamedTuple):
    """A value of the front matter, and the line it stands in."""

    value: str | tuple[str, ...] | None
    line: int


def parsed(data: bytes, now: datetime) -> ArticleFile:
    """Understand a file. Raises ``BadFile``."""
    text = _text(data)
    front, body, body_line = _parts(text)
    fields = _fields(front)
    unused = [
        f"line {field.line}: '{single_line(key)[:60]}' is not used"
        for key, field in fields.items()
        if key not in KEYS
    ]
    known = {key: field for key, field in fields.items() if key in KEYS}
    if "draft_of" in known:
        unused += [
            f"line {field.line}: '{key}' is not used in a draft of an article"
            for key, field in known.items()
            if key not in _OF_DRAFTS
        ]
        known = {key: field for key, field in known.items() if key in _OF_DRAFTS}
    article = _Reader(known, now).article(body)
    return article._replace(body_line=body_line, unused=tuple(unused))


def written(article: ArticleFile) -> bytes:
    """Return the file that holds an article, which ``parsed`` understands as the same."""
    lines = [f"{key}: {value}" for key, value in _told(article)]
    return "\n".join([_FENCE, *lines, _FENCE, article.body]).encode()


# --- reading ----------------------------------------------------------------------------------


class _Reader:
    """Turns the values of a front matter into what they mean."""

    def __init__(self, fields: Mapping[str, _Field], now: datetime) -> None:
        self._fields = fields
        self._now = now

    def article(self, body: str) -> ArticleFile:
        draft_of = self._word("draft_of")
        return ArticleFile(
            title=self._checked("title", _title, self._word("title") or ""),
            body=body,
            summary=self._checked("summary", _summary, self._word("summary") or ""),
            category=self._names(),
            tags=self._checked("tags", _tags, self._list("tags") or ()),
            language=self._checked("language", _language, self._word("language") or "en"),
            visibility=self._choice("visibility", Visibility, Visibility.EVERYONE),
            state=self._state(draft_of),
            author=self._word("author"),
            reviewer=self._word("reviewer"),
            review_due=self._review_due(),
            created=self._moment("created", self._now),
            updated=self._moment("updated", self._now),
            published=self._moment("published", self._now),
            draft_of=draft_of,
        )

    def _state(self, draft_of: str | None) -> ArticleState:
        usual = ArticleState.PUBLISHED if draft_of is None else ArticleState.DRAFT
        state = self._choice("state", ArticleState, usual)
        if draft_of is not None and state not in (ArticleState.DRAFT, ArticleState.REVIEW):
            raise self._bad("state", "a draft of an article is 'draft' or 'review'")
        return state

    def _names(self) -> tuple[str, ...] | None:
        names = self._list("category")
        if names is None:
            return None
        return tuple(self._checked("category", _category, name) for name in _not_deep(names))

    def _moment(self, key: str, latest: datetime) -> datetime | None:
        try:
            return moment_of(self._word(key) or "", latest)
        except BadValue as error:
            raise self._bad(key, str(error)) from error

    def _review_due(self) -> datetime | None:
        """Return when the article is to be reviewed, which may lie in the future."""
        moment = self._moment("review_due", _LATEST)
        if moment is not None and moment.year > _LAST_YEAR:
            said = shown(self._word("review_due") or "")
            reason = f"{said} is too far ahead; the year must be from 1970 to {_LAST_YEAR}"
            raise self._bad("review_due", reason)
        return moment

    def _choice(self, key: str, kind: type[_Choice], usual: _Choice) -> _Choice:
        word = self._word(key)
        if word is None:
            return usual
        try:
            return kind(word.casefold())
        except ValueError as error:
            names = ", ".join(f"'{each.value}'" for each in kind)
            raise self._bad(key, f"{shown(word)} is none of {names}") from error

    def _checked(self, key: str, rule: TypeAdapter[Any], value: object) -> Any:
        try:
            return rule.validate_python(value)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            if first["type"] == "string_pattern_mismatch":
                raise self._bad(key, "a language is written as 'en' or 'de-CH'") from error
            raise self._bad(key, sentence(first, key, key).rstrip(".")) from error

    def _word(self, key: str) -> str | None:
        field = self._fields.get(key)
        if field is None or not field.value:
            return None
        if not isinstance(field.value, str):
            raise self._bad(key, f"'{key}' must be one text, not a list")
        return single_line(field.value) or None

    def _list(self, key: str) -> tuple[str, ...] | None:
        field = self._fields.get(key)
        if field is None or field.value is None:
            return None
        if isinstance(field.value, str):
            return tuple(filter(None, (part.strip() for part in field.value.split(","))))
        return field.value

    def _bad(self, key: str, reason: str) -> BadFile:
        field = self._fields.get(key)
        return BadFile(f"line {field.line}, {key}: {reason}" if field else f"{key}: {reason}")


def _not_deep(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) > CATEGORY_LEVELS:
        raise BadFile(f"category: categories may lie {CATEGORY_LEVELS} deep")
    return names


def category_of(folders: tuple[str, ...]) -> tuple[str, ...]:
    """Return the category that the folders of a file stand for. Raises ``BadFile``."""
    try:
        return tuple(_category.validate_python(name) for name in _not_deep(folders))
    except ValidationError as error:
        reason = "the name of the folder is too long for a category; add 'category'"
        raise BadFile(reason) from error


def _text(data: bytes) -> str:
    if len(data) > FILE_LIMIT:
        raise BadFile(f"the file has more than {FILE_LIMIT // 1024 // 1024} MB")
    try:
        return storable(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile(f"line {line}: not UTF-8 text (byte 0x{data[error.start]:02x})") from error


def _parts(text: str) -> tuple[str, str, int]:
    """Return front matter, body, and the line that the body begins in."""
    first, _, rest = text.partition("\n")
    if first.rstrip() != _FENCE:
        raise BadFile("line 1: there is no front matter; a file begins with a line '---'")
    end = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE).search(rest)
    if end is None:
        raise BadFile("line 1: the front matter does not end with a line '---'")
    front = rest[: end.start()]
    if len(front.encode()) > FRONT_MATTER_LIMIT:
        raise BadFile(f"the front matter has more than {FRONT_MATTER_LIMIT // 1024} KB")
    return front, rest[end.end() :], front.count("\n") + 3


def _fields(front: str) -> dict[str, _Field]:
    """Return the values of a front matter under the names that they have here."""
    from yaml import YAMLError

    try:
        return _FrontMatter(front).fields()
    except YAMLError as error:
        raise BadFile(_problem(error)) from error


class _FrontMatter:
    """Walks through the pieces of a YAML text; nothing is built of them but texts and lists."""

    def __init__(self, front: str) -> None:
        from yaml import SafeLoader, parse

        self._events: Iterator[Any] = parse(front, Loader=SafeLoader)
        self._line = 1

    def fields(self) -> dict[str, _Field]:
        """Return the fields of the only mapping there is, each key once."""
        fields: dict[str, _Field] = {}
        written: dict[str, str] = {}
        for key, line in self._keys():
            name, field = _named(key, _Field(self._value(), line))
            if name in fields:
                twice = f"'{key}'" if written[name] == key else f"'{written[name]}' and '{key}'"
                raise BadFile(f"line {line}: {twice} is given twice")
            fields[name], written[name] = field, key
        return fields

    def _keys(self) -> Iterator[tuple[str, int]]:
        """Yield each key with its line; the caller takes the value that follows."""
        from yaml import (
            DocumentEndEvent,
            MappingEndEvent,
            MappingStartEvent,
            ScalarEvent,
            StreamEndEvent,
        )

        next(self._events)  # the stream begins
        if isinstance(self._next(), StreamEndEvent):
            return
        first = self._next()
        if isinstance(first, MappingStartEvent):
            while not isinstance(key := self._next(), MappingEndEvent):
                if not isinstance(key, ScalarEvent):
                    raise self._bad("a key must be a word")
                yield str(key.value), self._line
        elif not _is_null(first):
            raise self._bad("the front matter must be lines like 'title: A title'")
        if not isinstance(self._next(), DocumentEndEvent) or not isinstance(
            self._next(), StreamEndEvent
        ):
            raise self._bad("the front matter must be one YAML document")

    def _value(self) -> str | tuple[str, ...] | None:
        from yaml import ScalarEvent, SequenceEndEvent, SequenceStartEvent

        event, texts = self._next(), []
        if isinstance(event, ScalarEvent):
            return None if _is_null(event) else str(event.value)
        if isinstance(event, SequenceStartEvent):
            while isinstance(item := self._next(), ScalarEvent):
                texts.append(str(item.value))
            if isinstance(item, SequenceEndEvent):
                return tuple(texts)
        raise self._bad("a value must be a text or a list of texts")

    def _next(self) -> Any:
        from yaml import AliasEvent

        event = next(self._events)
        self._line = event.start_mark.line + 2
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self._bad("anchors and aliases are not taken")
        if getattr(event, "tag", None) is not None:
            raise self._bad("tags such as '!!str' are not taken")
        return event

    def _bad(self, reason: str) -> BadFile:
        return BadFile(f"line {self._line}: {reason}")


def _is_null(event: Any) -> bool:
    """Return whether nothing is written, or YAML's word for it."""
    value = getattr(event, "value", None)
    return value is not None and event.style is None and value.casefold() in ("", "~", "null")


def _named(key: str, field: _Field) -> tuple[str, _Field]:
    """Understand what other programs write for the same."""
    word = field.value.casefold() if isinstance(field.value, str) else None
    if key == "draft" or (key == "published" and word in (*_YES, *_NO)):
        if word not in (*_YES, *_NO):
            raise BadFile(f"line {field.line}, draft: must be 'true' or 'false'")
        is_draft = word in (_YES if key == "draft" else _NO)
        state = ArticleState.DRAFT if is_draft else ArticleState.PUBLISHED
        return "state", field._replace(value=state.value)
    return ALIASES.get(key, key), field


def _problem(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or "it holds characters that YAML does not know"
    where = f"line {mark.line + 2}" if mark else "the front matter"
    return f"{where}: cannot be read as YAML: {reason}"


# --- writing ----------------------------------------------------------------------------------


def _told(article: ArticleFile) -> Iterator[tuple[str, str]]:
    """Yield the lines of the front matter; what is empty is left out, the category never."""
    for key in KEYS:
        value = getattr(article, key)
        if value or (key == "category" and value is not None):
            yield key, _yaml(value)


def _yaml(value: object) -> str:
    if isinstance(value, datetime):
        return _moment_text(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_scalar, value))}]"
    return _scalar(str(value))


def _moment_text(moment: datetime) -> str:
    if moment.timetz() == time(tzinfo=UTC):
        return date.isoformat(moment.date())
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _scalar(text: str) -> str:
    """Return a text as YAML reads it: bare where no program could take it for something else."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _NOT_PLAIN:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
