# SPDX-License-Identifier: GPL-3.0-or-later
"""``openapi``: the description of the API, for those who write programs against it."""

from __future__ import annotations

import argparse

from helpdesk.commands.place import Place
from helpdesk.commands.serve import require_server
from helpdesk.commands.terminal import complain, say

_DIFFERS = (
    "{file} is not what this version describes; write it anew with:"
    " helpdesk openapi --output {file}"
)


def run(place: Place, options: argparse.Namespace) -> int:
    """Print the description, write it to a file, or compare a file with it."""
    require_server()
    from helpdesk.server.app import make_app
    from helpdesk.server.document import document_text

    text = document_text(make_app(None, place.settings))
    if options.check is not None:
        if options.check.read_text(encoding="utf-8") != text:
            complain(_DIFFERS.format(file=options.check))
            return 1
        return 0
    if options.output is None:
        say(text.rstrip("\n"))
    else:
        options.output.write_text(text, encoding="utf-8")
    return 0
