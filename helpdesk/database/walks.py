# SPDX-License-Identifier: GPL-3.0-or-later
"""How each database is brought to walk an index and stop early, instead of sorting what it finds.

A list is walked in cells: each holds the rows with one set of values in the leading columns of
the order, and an index yields the rows of a cell in the order of the remaining columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Subquery,
    UnaryExpression,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import custom_op

Cell = tuple[int, ...]
Ids = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]

_SQLITE = "sqlite"
_BEFORE_ALL = 1 - 2**63


@dataclass(frozen=True)
class Walk:
    """Rows in the order of ``leading`` and then of ``following``, as many as ``limit`` says.

    With ``after`` the first cell begins behind the row that has these values in ``following``.
    """

    rows: Select[*tuple[Any, ...]]
    leading: tuple[ColumnElement[Any], ...]
    following: tuple[ColumnElement[Any], ...]
    cells: tuple[Cell, ...]
    after: tuple[ColumnElement[Any], ...] | None


def passed_over(dialect: str, here: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column whose own index is no way to the rows: others hold it in passing.

    With ``+`` before it SQLite uses no index for a column. PostgreSQL knows what a sort costs,
    and such an expression would keep it from looking into the index that is walked.
    """
    if dialect != _SQLITE:
        return here
    return UnaryExpression(here, operator=custom_op("+"), type_=here.type)


class few_fulfil(FunctionElement[Any]):  # noqa: N801 - a function of statements
    """A condition that few rows fulfil now and then, though many of its kind do on average.

    SQLite knows only the average, and would rather look through a table than into the index of
    the condition. PostgreSQL knows the values.
    """

    inherit_cache = True
    type = Integer()
    name = "few_fulfil"


@compiles(few_fulfil)
def _as_it_is(element: few_fulfil, compiler: SQLCompiler, **options: Any) -> str:
    # It may be one thing or the other, and stands beside conditions that all have to hold.
    return f"({compiler.process(element.clauses, **options)})"


@compiles(few_fulfil, _SQLITE)
def _unlikely(element: few_fulfil, compiler: SQLCompiler, **options: Any) -> str:
    return f"unlikely({compiler.process(element.clauses, **options)})"


class among_few(FunctionElement[Any]):  # noqa: N801 - a function of statements
    """That a column has one of the values of a subquery, which are few and are looked up first.

    PostgreSQL takes an average for their number and would rather walk the other rows; of an array
    it knows that it is short.
    """

    inherit_cache = True
    type = Integer()
    name = "among_few"


@compiles(among_few)
def _in_rows(element: among_few, compiler: SQLCompiler, **options: Any) -> str:
    here, rows = (compiler.process(each, **options) for each in element.clauses)
    return f"{here} IN {rows}"


@compiles(among_few, "postgresql")
def _in_array(element: among_few, compiler: SQLCompiler, **options: Any) -> str:
    here, rows = (compiler.process(each, **options) for each in element.clauses)
    return f"{here} = ANY (ARRAY{rows})"


class has_row(FunctionElement[Any]):  # noqa: N801 - a function of statements
    """That a subquery, which looks at the row of the statement around it, yields a row.

    PostgreSQL would rather join both tables, by an average of how many rows have one, and sort what
    it finds; what has an offset of its own is asked row by row, in the order of the walk.
    """

    inherit_cache = True
    type = Boolean()
    name = "has_row"


@compiles(has_row)
def _exists(element: has_row, compiler: SQLCompiler, **options: Any) -> str:
    return f"(EXISTS {compiler.process(element.clauses, **options)})"


@compiles(has_row, "postgresql")
def _exists_by_itself(element: has_row, compiler: SQLCompiler, **options: Any) -> str:
    rows = compiler.process(element.clauses, **options)
    return f"(EXISTS {rows.removesuffix(')')} OFFSET 0))"


def ids_along(dialect: str, walk: Walk) -> Ids:
    """Return the ids of a walk in a statement that ends with the cell that fills the page."""
    return _one_by_one(walk) if dialect == _SQLITE else _lateral(walk)


def _one_by_one(walk: Walk) -> Ids:
    """SQLite runs the arms of a UNION ALL in their order and stops at the limit."""
    arms = [
        select(_arm(walk, cell, after=None if place else walk.after))
        for place, cell in enumerate(walk.cells)
    ]
    return union_all(*arms).limit(bindparam("limit")) if len(arms) > 1 else arms[0]


def _arm(walk: Walk, cell: Cell, *, after: tuple[ColumnElement[Any], ...] | None) -> Subquery:
    arm = walk.rows.where(
        *(here == there for here, there in zip(walk.leading, map(_literal, cell), strict=True))
    )
    if after:
        arm = arm.where(tuple_(*walk.following) > tuple_(*after))
    return arm.order_by(*walk.following).limit(bindparam("limit")).subquery()


def _lateral(walk: Walk) -> Ids:
    """PostgreSQL promises an order only where it is asked for.

    The cells come sorted, each joined with its rows in their order: what is left to sort is one
    cell at a time, and that stops at the limit as well.
    """
    cells = _cells(walk)
    here = [cells.c[f"value_{place}"] for place in range(len(walk.leading))]
    rows = walk.rows.where(
        *(mine == there for mine, there in zip(walk.leading, here, strict=True))
    ).add_columns(*(part.label(f"order_{place}") for place, part in enumerate(walk.following)))
    if walk.after:
        begin = (cells.c[f"start_{place}"] for place in range(len(walk.following)))
        rows = rows.where(tuple_(*walk.following) > tuple_(*begin))
    found = rows.order_by(*walk.following).limit(bindparam("limit")).lateral("found")
    order = [found.c[f"order_{place}"] for place in range(len(walk.following))]
    return (
        select(found.c.id)
        .select_from(cells.join(found, true()))
        .order_by(*here, *order)
        .limit(bindparam("limit"))
    )


def _cells(walk: Walk) -> Subquery:
    """Return a row for each cell: its values, and behind what its rows begin."""
    names = [f"value_{place}" for place in range(len(walk.leading))]
    parts = [array(map(_literal, column)) for column in zip(*walk.cells, strict=True)]
    if walk.after:
        names += [f"start_{place}" for place in range(len(walk.after))]
        anywhere = [_literal(_BEFORE_ALL)] * (len(walk.cells) - 1)
        parts += [array([cast(first, BigInteger), *anywhere]) for first in walk.after]
    each = func.unnest(*parts).table_valued(*names, name="each").render_derived()
    # A function promises no order, so that the planner would walk every cell to sort them all.
    leading = [each.c[name] for name in names[: len(walk.leading)]]
    return select(each).order_by(*leading).subquery("cells")


def _literal(number: int) -> ColumnElement[Any]:
    return literal_column(str(number))
