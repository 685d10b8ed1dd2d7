# SPDX-License-Identifier: GPL-3.0-or-later
"""Says in one plain sentence what is wrong with an input, instead of pydantic's report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpdesk.core.errors import Invalid

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_NAMES = {
    "body": "comment",
    "category_ids": "categories",
    "created_after": "start of the period",
    "created_before": "end of the period",
    "email": "e-mail address",
    "full_name": "name",
    "limit": "page size",
    "review_due": "review date",
    "sort": "order",
    "text": "search text",
    "username": "user name",
}
_LONG_TEXTS = ("description", "body", "reason")
_TOO_LONG = {"too_long", "string_too_long"}
_OF_ARTICLES = {"body": "article", "data": "picture", "parent_id": "category above"}
"""What fields are called where they are about articles."""
_ARTICLE_TOO_LONG = "The article may have at most {most:,} characters; make two of it."

_NUMBER = "The {name} must be a number."
_SECTION = "The {name} must be a section with settings of its own."
_RULES: dict[str, str] = {
    "missing": "The {name} is missing; fill it in.",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "dict_type": _SECTION,
    "model_type": _SECTION,
    "literal_error": "The {name} must be one of {expected}.",
    "int_type": "The {name} must be a whole number.",
    "int_parsing": "The {name} must be a whole number.",
    "int_from_float": "The {name} must be a whole number.",
    "string_type": "The {name} must be text.",
    "string_unicode": "The {name} holds characters that cannot be stored; type it again.",
    "timezone_aware": "The {name} needs a time zone.",
    "greater_than_equal": "The {name} must be at least {ge}.",
    "greater_than": "The {name} must be more than {gt}.",
    "less_than_equal": "The {name} may be at most {le}.",
    "less_than": "The {name} must be less than {lt}.",
    "enum": "The {name} must be one of {expected}.",
    "extra_forbidden": "The {name} cannot be set here.",
}
_PATTERNS = {
    "username": "A user name has up to 64 letters, digits and . _ @ + -, and no blanks.",
    "language": "A language is written as en, de or pt-BR.",
    "email": "That is not an e-mail address; it looks like name@example.org.",
}


def invalid(error: ValidationError) -> Invalid:
    """Return the first thing wrong with a DTO as one sentence with the remedy.

    ``field`` names the DTO's field, and is ``None`` where the rule is about several. What was
    typed is not repeated: it may be long, or a password.
    """
    first = error.errors(include_url=False, include_input=False)[0]
    field = str(first["loc"][0]) if first["loc"] else None
    if field in _OF_ARTICLES and ("Article" in error.title or error.title == "NewImage"):
        return Invalid(_about_article(first, field), field=field)
    return Invalid(sentence(first, field, _name(field)), field=field)


def unknown(field: str) -> Invalid:
    """Return that nothing of this name can be set; as a DTO says it of a field it does not have."""
    return Invalid(_RULES["extra_forbidden"].format(name=_name(field)), field=field)


def _about_article(found: ErrorDetails, field: str) -> str:
    if found["type"] in _TOO_LONG:
        return _ARTICLE_TOO_LONG.format(most=found["ctx"]["max_length"])
    return sentence(found, None, _OF_ARTICLES[field])


def sentence(found: ErrorDetails, field: str | None, name: str) -> str:
    """Return what is wrong with the thing that people know by ``name``, with the remedy."""
    kind, context = found["type"], dict(found.get("ctx", {}))
    if kind == "value_error":
        own = str(context["error"])
        return own if own[:1].isupper() else f"The {name} {own}."
    if kind in _TOO_LONG and len(found["loc"]) > 1 and field:
        return f"A {field.removesuffix('s')} may have at most {context['max_length']:,} characters."
    if kind in _TOO_LONG:
        return _too_long(field, name, context["max_length"])
    if kind == "string_pattern_mismatch" and field in _PATTERNS:
        return _PATTERNS[field]
    rule = _RULES.get(kind, "The {name} cannot be understood; check the input.")
    return rule.format(name=name, **context)


def _too_long(field: str | None, name: str, most: int) -> str:
    if field in _LONG_TEXTS:
        remedy = "shorten it or send the rest in comments"
        return f"The {name} may have at most {most:,} characters; {remedy}."
    if field and field.endswith("s"):
        return f"At most {most:,} {name} can be chosen at once."
    return f"The {name} may have at most {most:,} characters; shorten it."


def _name(field: str | None) -> str:
    if field is None:
        return "input"
    shortened = field.removesuffix("_id")
    if field.endswith("_ids"):
        shortened = field.removesuffix("_ids") + "s"
    return _NAMES.get(field, shortened.replace("_", " "))
