# SPDX-License-Identifier: GPL-3.0-or-later
"""The description of the API (OpenAPI), the same for every run of the same version."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from helpdesk import __version__
from helpdesk.core.api import (
    ANSWERS_PATH,
    API_PREFIX,
    FILES_PATH,
    LEVEL_HEADER,
    PROBLEM_TYPE,
    STREAM_PATH,
)
from helpdesk.core.operation import Operation, Transaction
from helpdesk.core.schemas.assistant import ASK, AnswerPart
from helpdesk.core.wire import parts_of
from helpdesk.server.answers import Problem
from helpdesk.services.attachments import Attachments
from helpdesk.services.ratings import Ratings

_ABOUT = f"""\
The operations of an IT help desk, the same that its own windows use.

Sign in with `POST {API_PREFIX}/session` and send the token of the answer as
`Authorization: Bearer`, or send an API key in its place. Lists come in pages: send the
`next_cursor` of one as the `cursor` of the next. What somebody else has changed in the meantime
is answered with 409 and its present state; every error has one shape, with a `code` for programs
and a sentence for people. A program may send the level of the API that it was written for as
`{LEVEL_HEADER}` and is told when it is too old for this server.
"""
_STREAM_ABOUT = """\
Server-sent events. `changes` carries what has changed since the event named, as in
`GET /api/v1/events`, and its cursor as the id; the first comes at once. A comment comes every 15
seconds when there is nothing to tell. `signed_out` carries a problem and is the last one.
"""
_ANSWERS_ABOUT = """\
Server-sent events, each called `part` with one AnswerPart as its data: `sources` first, then `text`
piece by piece, and at the end `done` with the whole answer or `failed` with a sentence; what came
before stays. A comment comes every 10 seconds when there is nothing to tell. Closing the connection
gives the question up. Which right a question takes depends on its `kind`.
"""
_UPLOAD_ABOUT = """\
The body is the file as it is, sent with or without `Content-Length`; its media type is kept. Name
the `key` of the answer in `attachment_keys` of a new ticket or comment within 24 hours, else the
file is forgotten. 413 tells what a file may have at most.
"""
_FILE_ABOUT = """\
The bytes of a file on a ticket that may be seen, to be saved and never shown. Each download is
entered in the audit log.
"""
_SCHEME = "bearer"
_BYTES = {"type": "string", "format": "binary"}
_PROBLEM = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_REASONS = {
    400: "The request cannot be read.",
    401: "Nobody is signed in, or the name or the password is wrong.",
    403: "The role does not allow it, or a one-time password must be replaced first.",
    404: "It does not exist, or may not be seen.",
    408: "The request did not arrive in time.",
    409: "Somebody else changed it in the meantime, or the same call was done before.",
    413: "The request is too large.",
    422: "The input breaks a rule.",
    426: "The program is too old for this server.",
    429: "Too many wrong passwords, or too much asked at once; wait.",
    500: "A bug in the server, known by its id, or a database that cannot be used.",
    503: "The server is busy; try again.",
}
_ALWAYS = (400, 408, 413, 422, 426, 500, 503)
_WITH_SESSION = (401, 403, 404)


def problems_of(operation: Operation) -> dict[int | str, dict[str, Any]]:
    """Return every problem that an operation can answer with."""
    statuses = set(_ALWAYS)
    if operation.declaration.permission is not None:
        statuses |= set(_WITH_SESSION) | ({409} if operation.writes else set())
    if operation.declaration.transaction is Transaction.STEPWISE:
        # A password may be asked for, and the account that it is of may have to wait.
        statuses |= {401, 403, 409, 429}
    if operation.service in (Ratings, Attachments):
        # A link may lead nowhere, and neither strangers nor minds may change without end; nor may
        # files be sent without end that are put nowhere.
        statuses |= {404, 429}
    if parts_of(operation).path:
        statuses.add(404)
    return {status: {"model": Problem} for status in sorted(statuses)}


def security_of(operation: Operation) -> dict[str, Any]:
    """Return how a caller proves who they are; whoever need not, still may."""
    if operation.declaration.permission is not None:
        return {"security": [{_SCHEME: []}]}
    return {"security": [{}, {_SCHEME: []}]}


def document_of(app: FastAPI) -> dict[str, Any]:
    """Return the description of the API."""
    found: dict[str, Any] = get_openapi(
        title="Help Desk API",
        version=__version__,
        summary="An IT help desk",
        description=_ABOUT,
        routes=app.routes,
        license_info={"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
    )
    found["components"]["securitySchemes"] = {_SCHEME: {"type": "http", "scheme": "bearer"}}
    found["components"]["responses"] = {
        _name_of(status): {"description": reason, "content": _PROBLEM}
        for status, reason in _REASONS.items()
    }
    for path in found["paths"].values():
        for described in path.values():
            _mend(described)
    found["paths"][API_PREFIX + STREAM_PATH] = {"get": _stream()}
    found["paths"][API_PREFIX + ANSWERS_PATH] = {"post": _answers(found["components"]["schemas"])}
    found["paths"][API_PREFIX + FILES_PATH] = {"post": _upload()}
    found["paths"][API_PREFIX + FILES_PATH + "/{key}/file"] = {"get": _file()}
    return found


def document_text(app: FastAPI) -> str:
    """Return the description of the API as the text of its file."""
    return json.dumps(document_of(app), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _mend(described: dict[str, Any]) -> None:
    """Say of problems and parameters what the framework has no words for."""
    for status in described["responses"]:
        if int(status) in _REASONS:
            described["responses"][status] = _problem_reference(int(status))
    for parameter in described.get("parameters", ()):
        parameter["schema"] = _without_null(parameter["schema"])


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a parameter is when it is there: an address cannot carry null."""
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) != 1:
        return schema
    only: dict[str, Any] = choices[0]
    return {name: value for name, value in schema.items() if name != "anyOf"} | only


def _name_of(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "")


def _problem_reference(status: int) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{_name_of(status)}"}


def _stream() -> dict[str, Any]:
    cursor = {"schema": {"type": "string"}, "required": False}
    problems = {
        str(status): _problem_reference(status) for status in sorted({*_ALWAYS, 401, 403, 429})
    }
    events = {"text/event-stream": {"schema": {"type": "string"}}}
    return {
        "operationId": "events.stream",
        "tags": ["events"],
        "summary": "Tell of changes as they happen.",
        "description": _STREAM_ABOUT,
        "security": [{_SCHEME: []}],
        "parameters": [
            {"name": "after", "in": "query", **cursor},
            {"name": "Last-Event-ID", "in": "header", **cursor},
        ],
        "responses": {"200": {"description": "Events.", "content": events}, **problems},
    }


def _answers(schemas: dict[str, Any]) -> dict[str, Any]:
    """Return what the API says of asking the assistant; what it names joins the schemas."""
    asked = ASK.json_schema(ref_template="#/components/schemas/{model}")
    part = AnswerPart.model_json_schema(ref_template="#/components/schemas/{model}")
    for schema in (asked, part):
        schemas |= {name: each for name, each in schema.pop("$defs").items() if name not in schemas}
    schemas["AnswerPart"] = part
    problems = {
        str(status): _problem_reference(status)
        for status in sorted({*_ALWAYS, *_WITH_SESSION, 429})
    }
    events = {"text/event-stream": {"schema": {"type": "string"}}}
    return {
        "operationId": "assistant.answers",
        "tags": ["assistant"],
        "summary": "Ask the assistant, and read its answer as it comes in.",
        "description": _ANSWERS_ABOUT,
        "security": [{_SCHEME: []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": asked}}},
        "responses": {"200": {"description": "Parts.", "content": events}, **problems},
    }


def _problems(*more: int) -> dict[str, dict[str, str]]:
    statuses = sorted({*_ALWAYS, *_WITH_SESSION, *more})
    return {str(status): _problem_reference(status) for status in statuses}


def _upload() -> dict[str, Any]:
    view = {"schema": {"$ref": "#/components/schemas/AttachmentView"}}
    name = {"schema": {"type": "string"}, "required": True}
    return {
        "operationId": "attachments.upload",
        "tags": ["attachments"],
        "summary": "Send a file that is to be put on a ticket or a comment.",
        "description": _UPLOAD_ABOUT,
        "security": [{_SCHEME: []}],
        "parameters": [{"name": "name", "in": "query", **name}],
        "requestBody": {"required": True, "content": {"*/*": {"schema": _BYTES}}},
        "responses": {
            "201": {"description": "Done.", "content": {"application/json": view}},
            **_problems(409, 429),
        },
    }


def _file() -> dict[str, Any]:
    key = {"schema": {"type": "string", "maxLength": 200}, "required": True}
    content = {"application/octet-stream": {"schema": _BYTES}}
    return {
        "operationId": "attachments.file",
        "tags": ["attachments"],
        "summary": "Read a file on a ticket.",
        "description": _FILE_ABOUT,
        "security": [{_SCHEME: []}],
        "parameters": [{"name": "key", "in": "path", **key}],
        "responses": {"200": {"description": "The file.", "content": content}, **_problems()},
    }
