# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets do not show where an object does, as it is printed into a log or a traceback."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Iterator

from pydantic import BaseModel

SECRET_NAMES = {"password", "code", "token", "secret", "key", "codes"}
PACKAGES = ("assistant", "channels", "client", "core", "repositories", "server", "services")
NOT_SECRET = {
    # Names of fields, of ways, of countries, of faults and of points in a figure.
    "Habits.seed_key", "AnswerPart.code", "HolidayCountry.code", "Problem.code", "Point.key",
    "Asked.keep_key", "CompletionQuery.key", "FieldSetUp.key", "FieldView.key", "NewField.key",
    "Part.key", "TicketFieldView.key",
    # Where a secret is kept, or a file that holds one.
    "AssistantSettings.key_place", "DirectorySettings.password_place",
    "SingleSignOnSettings.secret_place", "MailSettings.password_place", "ServerSettings.tls_key",
    # By which a file or a field of the desk's own is asked for; who may not see the ticket may not.
    "AttachmentView.key", "FieldValue.key", "Upload.key",
    # What tells a call, or a mail, from the same that comes twice.
    "Envelope.key", "Entry.key", "_Call.key",
}  # fmt: skip
"""What is called like a secret and is none."""


def classes() -> Iterator[type]:
    """Yield every DTO and every dataclass of the program."""
    for package in PACKAGES:
        root = importlib.import_module(f"helpdesk.{package}")
        for info in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            module = importlib.import_module(info.name)
            for _, kind in inspect.getmembers(module, inspect.isclass):
                if kind.__module__ == info.name:
                    yield kind


def shown_fields(kind: type) -> Iterator[tuple[str, object]]:
    """Yield what the text of an object tells: names of fields, and their types."""
    if issubclass(kind, BaseModel):
        yield from ((n, each.annotation) for n, each in kind.model_fields.items() if each.repr)
    elif dataclasses.is_dataclass(kind):
        # Types that are imported for the checker alone are names here.
        yield from ((each.name, each.type) for each in dataclasses.fields(kind) if each.repr)


def holds_text(annotation: object) -> bool:
    if isinstance(annotation, str):
        return bool(re.search(r"\b(str|bytes|Secret)\b", annotation))
    return annotation in {str, bytes} or any(map(holds_text, typing.get_args(annotation)))


def test_no_secret_stands_in_the_text_of_an_object():
    shown = {
        f"{kind.__name__}.{name}"
        for kind in classes()
        for name, annotation in shown_fields(kind)
        if SECRET_NAMES & set(name.split("_")) and holds_text(annotation)
    }
    assert shown == NOT_SECRET
