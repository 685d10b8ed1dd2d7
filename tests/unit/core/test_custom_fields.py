# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the desk's own fields: what is kept is accepted again, and wrong ones are told of."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.custom_fields import Asked, canonical, write
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.text import single_line

OPTIONS = ("Rome", "Oslo", "São Paulo")
VALUES = {
    FieldKind.TEXT: st.text(max_size=200).map(single_line).filter(bool),
    FieldKind.NUMBER: st.decimals(-(10**19), 10**19, places=10),
    FieldKind.CHOICE: st.sampled_from(OPTIONS),
    FieldKind.DATE: st.dates(),
    FieldKind.USER: st.integers(1, 10**17),
}
some = st.sampled_from(FieldKind).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind]))


def asked(kind: FieldKind) -> Asked:
    return Asked("Asset tag", kind, OPTIONS if kind is FieldKind.CHOICE else ())


@given(some)
@settings(max_examples=80)
def test_what_is_kept_is_accepted_and_stays_as_it_is(
    chosen: tuple[FieldKind, str | Decimal | date | int],
):
    kind, value = chosen
    kept = write(value)
    assert canonical(asked(kind), kept) == kept
    if isinstance(value, Decimal):
        assert Decimal(kept) == value


@given(st.sampled_from(FieldKind), st.text(max_size=210))
@settings(max_examples=120)
def test_anything_else_is_refused_in_one_sentence_that_names_the_field(kind: FieldKind, text: str):
    try:
        kept = canonical(asked(kind), text)
    except Invalid as refused:
        sentence = str(refused)
        assert sentence.startswith("Asset tag ")
        assert sentence.endswith(".")
    else:
        assert canonical(asked(kind), kept) == kept


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        (FieldKind.NUMBER, "+0012.500", "12.5"),
        (FieldKind.NUMBER, "-0.0", "0"),
        (FieldKind.CHOICE, " ROME ", "Rome"),
        (FieldKind.USER, "007", "7"),
        (FieldKind.TEXT, "one\ntwo", "one two"),
        (FieldKind.DATE, "", ""),
    ],
)
def test_a_value_is_kept_in_one_way(kind: FieldKind, written: str, kept: str):
    assert canonical(asked(kind), written) == kept


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (FieldKind.NUMBER, "1e999999"),
        (FieldKind.NUMBER, "١٢"),
        (FieldKind.NUMBER, "1,5"),
        (FieldKind.CHOICE, "Bern"),
        (FieldKind.DATE, "2026-02-30"),
        (FieldKind.DATE, "24.12.2026"),
        (FieldKind.USER, "0"),
        (FieldKind.TEXT, "x" * 201),
    ],
)
def test_what_cannot_be_is_refused(kind: FieldKind, written: str):
    with pytest.raises(Invalid, match="Asset tag"):
        canonical(asked(kind), written)
