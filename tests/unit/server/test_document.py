# SPDX-License-Identifier: GPL-3.0-or-later
"""The description of the API: complete, the same each time, and true."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok

from helpdesk.core.paths import DataFolder
from helpdesk.core.settings import load
from helpdesk.server.app import make_app
from helpdesk.server.document import document_of, document_text
from helpdesk.server.routes import all_operations, operation_id, takes_key
from tests.unit.server.conftest import Client

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def app(template: Path) -> Any:
    """Return an application without a desk."""
    return make_app(None, load(DataFolder(template.parent)))


def test_the_committed_description_is_that_of_the_code(app):
    # To mend: helpdesk openapi --output docs/openapi.json
    assert document_text(app) == COMMITTED.read_text(encoding="utf-8")


def test_it_is_the_same_each_time(app):
    assert document_text(app) == document_text(app)


_STREAMS = {"events.stream", "assistant.answers"}
_FILES = {"attachments.upload", "attachments.file"}
"""What is sent and given as it is, by operations that are described themselves."""


def described(app) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in document_of(app)["paths"].values():
        for each in path.values():
            yield each["operationId"], each


def test_every_operation_is_described(app):
    found = dict(described(app))
    assert set(found) == {operation_id(each) for each in all_operations()} | _STREAMS | _FILES
    for name, each in found.items():
        assert each["summary"], name
        assert each["description"].startswith(each["summary"]) or name in _STREAMS | _FILES
        assert each["tags"] == [name.partition(".")[0]]
        assert "HTTPValidationError" not in str(each)


def test_every_writing_operation_takes_a_key(app):
    found = dict(described(app))
    for operation in all_operations():
        names = {each["name"] for each in found[operation_id(operation)].get("parameters", ())}
        assert ("Idempotency-Key" in names) == takes_key(operation)
    assert any(takes_key(each) for each in all_operations())


def test_every_problem_has_one_shape(app):
    document = document_of(app)
    for name, each in described(app):
        problems = {status for status in each["responses"] if int(status) >= 400}
        assert {"400", "422", "426", "500", "503"} <= problems, name
        for status in problems:
            assert each["responses"][status]["$ref"].startswith("#/components/responses/")
    for answer in document["components"]["responses"].values():
        assert answer["content"] == {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }


def test_who_must_be_signed_in_is_said(app):
    document, found = document_of(app), dict(described(app))
    assert document["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer"}
    }
    for operation in all_operations():
        needed = {} not in found[operation_id(operation)]["security"]
        assert needed == (operation.declaration.permission is not None)


def test_a_text_is_searched_as_q(app):
    names = {each["name"] for each in dict(described(app))["tickets.search"]["parameters"]}
    assert "q" in names
    assert "text" not in names


# One ends the session that the calls are made with; the others answer with a stream, whose events
# the document cannot describe. They have tests of their own.
_LEFT_OUT = {"sessions.sign_out", *_STREAMS}
# The rules of the desk go further than its types: what is right by type may still be refused.
_OF_RIGHT_TYPE = ["2xx", "401", "403", "404", "409", "413", "422", "429"]
_OF_WRONG_TYPE = ["400", "401", "403", "404", "405", "409", "413", "422", "429"]


# There are too many operations to try all of them within the time of one test.
_PARTS = 3


@pytest.mark.parametrize("part", range(_PARTS))
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("username", ["dana", "alice"])
def test_whatever_is_sent_is_answered_as_described(
    app, client: Client, url: str, username: str, mode: GenerationMode, part: int
):
    signed_in = client(username)
    for number in range(3):
        signed_in.post("/tickets", json={"subject": f"Ticket {number}"})
    headers = {"Authorization": signed_in.headers["Authorization"]}
    load_all_checks()
    checks = CHECKS.get_all()
    schema = schemathesis.openapi.from_dict(document_of(app))
    schema.config.checks.positive_data_acceptance.expected_statuses = _OF_RIGHT_TYPE
    schema.config.checks.negative_data_rejection.expected_statuses = _OF_WRONG_TYPE
    tried = 0
    for number, found in enumerate(schema.get_all_operations()):
        assert isinstance(found, Ok)
        operation = found.ok()
        if number % _PARTS == part and operation.definition.raw["operationId"] not in _LEFT_OUT:
            tried += _try(operation, mode, url, headers, checks)
    assert tried > 200 // _PARTS


def _try(
    operation: Any, mode: GenerationMode, url: str, headers: dict[str, str], checks: list[Any]
) -> int:
    """Send what hypothesis thinks of, and return how many calls that were."""
    calls = 0

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=10,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    def call(case: Any) -> None:
        nonlocal calls
        calls += 1
        try:
            case.call_and_validate(base_url=url, headers=headers, checks=checks, timeout=20)
        except FailureGroup as group:
            raise AssertionError("\n".join(map(str, group.exceptions))) from None

    try:
        call()
    except Unsatisfiable:
        # Where nothing is asked for, nothing can be wrong with it.
        assert mode is GenerationMode.NEGATIVE
    return calls
