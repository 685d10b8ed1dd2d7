# SPDX-License-Identifier: GPL-3.0-or-later
"""The page behind the links of a mail, by which people say how they found a solution.

It is one piece of HTML without script or anything to fetch: it works in any browser, on a phone,
and lets nothing that people wrote be more than text.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from helpdesk.core.schemas.ratings import (
    COMMENT_LIMIT,
    LOW,
    SCORE_LABELS,
    LowReason,
    RatingInvitation,
)
from helpdesk.core.tokens import DARK, LIGHT, Tokens

_COLOURS = (
    "background", "surface", "line", "text", "muted", "accent", "accent_soft", "on_accent",
    "success", "urgent",
)  # fmt: skip


def _colours(tokens: Tokens) -> str:
    return ";".join(f"--{name}:{getattr(tokens, name)}" for name in _COLOURS)


_STYLE = (
    f"""
:root{{color-scheme:light dark;{_colours(LIGHT)}}}
@media (prefers-color-scheme:dark){{:root{{{_colours(DARK)}}}}}
"""
    + """\
*{box-sizing:border-box}
body{margin:0;padding:24px 16px;background:var(--background);color:var(--text);
font:16px/1.5 Inter,"Segoe UI",Helvetica,Arial,sans-serif}
main{max-width:560px;margin:0 auto;padding:24px;background:var(--surface);
border:1px solid var(--line);border-radius:8px}
h1{margin:0 0 16px;font-size:22px;line-height:1.3}
p{margin:0 0 16px;overflow-wrap:anywhere}
.muted{color:var(--muted);font-size:14px}
.good{color:var(--success);font-weight:600}
.bad{color:var(--urgent);font-weight:600}
fieldset{margin:0 0 20px;padding:0;border:0;min-width:0}
legend,.label{display:block;margin:0 0 8px;padding:0;font-weight:600}
.scores div{display:grid;grid-template-columns:repeat(5,1fr);gap:8px}
.scores span{display:flex}
.scores label{flex:1;display:flex;flex-direction:column;align-items:center;min-height:72px;
padding:8px 2px;border:1px solid var(--line);border-radius:6px;cursor:pointer;text-align:center;
font-size:13px;line-height:1.2}
.scores b{font-size:22px;line-height:1.5}
.scores input{position:absolute;opacity:0;width:1px;height:1px}
.scores label:hover{border-color:var(--accent)}
.scores input:checked+label{background:var(--accent_soft);border-color:var(--accent);
box-shadow:inset 0 0 0 1px var(--accent);color:var(--accent)}
.scores input:focus-visible+label{outline:3px solid var(--accent);outline-offset:2px}
.why label{display:block;padding:8px 0;cursor:pointer}
.why input{width:18px;height:18px;margin:0 8px 0 0;vertical-align:-3px;accent-color:var(--accent)}
@supports selector(form:has(a)){.why{display:none}
form:has(.low:checked) .why{display:block}}
textarea{display:block;width:100%;min-height:96px;padding:8px 10px;background:var(--surface);
color:inherit;border:1px solid var(--muted);border-radius:6px;font:inherit;resize:vertical}
textarea:focus-visible,button:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
button{width:100%;min-height:48px;margin:20px 0 16px;padding:8px 16px;background:var(--accent);
color:var(--on_accent);border:0;border-radius:6px;font:inherit;font-weight:600;cursor:pointer}
main>:last-child,form>:last-child{margin-bottom:0}
"""
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
"""What a browser may do with the page: show its one style, and send the form back."""
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{content}
</main>
</body>
</html>
"""
_WHO_READS = "The people of the help desk read this; other people who use it do not."
_KEPT = "What was written before is not shown here; it stays unless you write something else."
_TITLE = "How did we do?"


@dataclass(frozen=True)
class Filled:
    """What stands in the form: what somebody chose and wrote, or nothing yet."""

    score: int | None = None
    reason: LowReason | None = None
    comment: str = ""
    is_whole: bool = False
    """Whether the comment is all there is, as it was sent from this page."""


def asking_page(
    invitation: RatingInvitation, filled: Filled, *, thanks: bool = False, problem: str = ""
) -> bytes:
    """Return the form, with thanks above it where a rating has just been taken."""
    score = invitation.score
    parts = [f"<h1>{escape('Thank you' if thanks else _TITLE)}</h1>"]
    parts.append(
        f'<p class="muted">{escape(invitation.number)}'
        f' <bdi dir="auto">{escape(invitation.subject)}</bdi></p>'
    )
    if problem:
        parts.append(f'<p class="bad" role="alert">{escape(problem)}</p>')
    if score is not None:
        told = f"You gave {score} of 5: {SCORE_LABELS[score].lower()}."
        more = " You can still change it." if thanks else ""
        parts.append(f'<p class="good" role="status">{escape(told + more)}</p>')
    parts.append(_form(filled, is_change=score is not None))
    return _page(f"{_TITLE} · {invitation.number}", "\n".join(parts))


def sentence_page(sentence: str) -> bytes:
    """Return a page that says one thing, such as why a link does not work."""
    return _page(_TITLE, f"<h1>{escape(_TITLE)}</h1>\n<p>{escape(sentence)}</p>")


def _page(title: str, content: str) -> bytes:
    whole = _PAGE.format(title=escape(title), style=_STYLE, content=content)
    return whole.encode("utf-8", "replace")


def _form(filled: Filled, *, is_change: bool) -> str:
    button = "Change rating" if is_change else "Send rating"
    keeps = is_change and not filled.is_whole
    return "\n".join(
        (
            '<form method="post" accept-charset="utf-8">',
            '<fieldset class="scores"><legend>Your rating</legend><div>',
            *_scores(filled.score),
            "</div></fieldset>",
            '<fieldset class="why"><legend>If it did not go well: what went wrong?</legend>',
            *_reasons(filled.reason),
            "</fieldset>",
            '<label class="label" for="comment">Anything you want to add? (optional)</label>',
            # Browsers leave out a line break that comes first.
            f'<textarea id="comment" name="comment" maxlength="{COMMENT_LIMIT}" dir="auto">\n'
            f"{escape(filled.comment)}</textarea>",
            '<input type="hidden" name="whole" value="1">' if filled.is_whole else "",
            f'<p class="muted">{escape(_KEPT)}</p>' if keeps else "",
            f'<button type="submit">{button}</button>',
            f'<p class="muted">{escape(_WHO_READS)}</p>',
            "</form>",
        )
    )


def _scores(chosen: int | None) -> Iterator[str]:
    for score, label in SCORE_LABELS.items():
        mark = " checked" if score == chosen else ""
        low = ' class="low"' if score <= LOW else ""
        yield (
            f'<span><input type="radio" name="score" id="score{score}" value="{score}"'
            f' required{low}{mark}><label for="score{score}"><b>{score}</b>{label}</label></span>'
        )


def _reasons(chosen: LowReason | None) -> Iterator[str]:
    for reason in LowReason:
        mark = " checked" if reason is chosen else ""
        yield (
            f'<label><input type="radio" name="reason" value="{reason.value}"{mark}>'
            f"{escape(reason.label)}</label>"
        )
