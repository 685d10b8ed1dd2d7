# SPDX-License-Identifier: GPL-3.0-or-later
"""The names that a program and a server must agree on before they understand each other."""

from __future__ import annotations

API_PREFIX = "/api/v1"
API_LEVEL = 1
"""Grows with each change of the API that an older program would not understand."""
OLDEST_LEVEL = 1
"""The oldest level, of a program or of a server, that this version still understands."""
STREAM_PATH = "/events/stream"
"""The one way that carries news without being asked, as server-sent events."""

ANSWERS_PATH = "/assistant/answers"
"""Where the assistant is asked; its answer comes in parts, as server-sent events."""

FILES_PATH = "/attachments"
"""Where other systems send a file as it is; each one on a ticket is read at ``/{key}/file``."""

IDEMPOTENCY_HEADER = "Idempotency-Key"
IDEMPOTENCY_DAYS = 14
"""For at least so long a server remembers the keys of calls, and a program may send one again."""
LEVEL_HEADER = "Help-Desk-Level"
"""Carried by each request and each answer."""
PROBLEM_TYPE = "application/problem+json"
API_KEY_PREFIX = "hdk_"
"""How the key of another system begins, so that it is told from a person's session."""
