# SPDX-License-Identifier: GPL-3.0-or-later
"""Cards on the grid never overlap, none is lost, and all of them rise, whatever is done to them."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.schemas.dashboards import COLUMNS, MOST_CARD_ROWS
from helpdesk.ui.dashboard import packing
from helpdesk.ui.dashboard.packing import Area, Areas

LEAST = Area(0, 0, 2, 2)


@st.composite
def area(draw: st.DrawFn) -> Area:
    columns = draw(st.integers(1, COLUMNS))
    column = draw(st.integers(0, COLUMNS - columns))
    return Area(column, draw(st.integers(0, 30)), columns, draw(st.integers(1, MOST_CARD_ROWS)))


layouts = st.lists(area(), min_size=1, max_size=12).map(tuple)
few = settings(max_examples=60, deadline=None)


def assert_sound(areas: Areas, sizes: list[tuple[int, int]], columns: int = COLUMNS) -> None:
    """Every card is there in its size, inside the grid, over no other, and can rise no further."""
    assert [(each.columns, each.rows) for each in areas] == sizes
    assert all(each.column >= 0 and each.right <= columns and each.row >= 0 for each in areas)
    assert not [pair for pair in combinations(areas, 2) if packing.overlap(*pair)]
    for at, each in enumerate(areas):
        others = areas[:at] + areas[at + 1 :]
        higher = each.at_row(each.row - 1)
        assert each.row == 0 or any(packing.overlap(higher, other) for other in others)


def sizes_of(areas: Areas) -> list[tuple[int, int]]:
    return [(each.columns, each.rows) for each in areas]


@given(layouts)
@few
def test_settled_cards_rise_without_overlapping(areas: Areas):
    settled = packing.settle(areas)
    assert_sound(settled, sizes_of(areas))
    assert packing.settle(settled) == settled


@given(layouts, st.data())
@few
def test_a_moved_card_makes_others_give_way(areas: Areas, data: st.DataObject):
    which = data.draw(st.integers(0, len(areas) - 1))
    column, row = data.draw(st.integers(-3, 15)), data.draw(st.integers(-3, 40))
    moved = packing.move(packing.settle(areas), which, column, row)
    assert_sound(moved, sizes_of(areas))
    assert moved[which].column == max(0, min(column, COLUMNS - areas[which].columns))


@given(layouts, st.data())
@few
def test_a_resized_card_keeps_within_bounds(areas: Areas, data: st.DataObject):
    which = data.draw(st.integers(0, len(areas) - 1))
    settled = packing.settle(areas)
    columns, rows = data.draw(st.integers(-2, 20)), data.draw(st.integers(-2, 20))
    resized = packing.resize(settled, which, columns, rows, LEAST)
    sizes = sizes_of(areas)
    room = COLUMNS - settled[which].column
    size = max(2, min(columns, room)), max(2, min(rows, MOST_CARD_ROWS))
    if room >= LEAST.columns:
        sizes[which] = size
        assert_sound(resized, sizes)


@given(layouts, st.integers(1, COLUMNS), st.integers(1, MOST_CARD_ROWS))
@few
def test_an_added_card_leaves_the_others_where_they_were(areas: Areas, columns: int, rows: int):
    settled = packing.settle(areas)
    added = packing.add(settled, columns, rows)
    assert added[:-1] == settled
    assert_sound(added, [*sizes_of(areas), (columns, rows)])


@given(layouts, st.data())
@few
def test_the_rest_rises_into_the_gap_of_a_removed_card(areas: Areas, data: st.DataObject):
    which = data.draw(st.integers(0, len(areas) - 1))
    sizes = sizes_of(areas)
    del sizes[which]
    assert_sound(packing.remove(packing.settle(areas), which), sizes)


@given(layouts, st.sampled_from([1, 2, 6, 12]))
@few
def test_fewer_columns_lose_no_card(areas: Areas, columns: int):
    shown = packing.reflow(packing.settle(areas), columns)
    assert_sound(shown, sizes_of(shown), columns)
    assert [each.rows for each in shown] == [each.rows for each in areas]


@given(layouts)
@few
def test_a_kept_place_comes_back(areas: Areas):
    settled = packing.settle(areas)
    assert tuple(packing.area_of(packing.place_of(each)) for each in settled) == settled


def test_arrow_keys_lead_to_the_nearest_card():
    #  0 1
    #  2 2
    areas = (Area(0, 0, 6, 2), Area(6, 0, 6, 2), Area(0, 2, 12, 4))
    assert packing.neighbour(areas, 0, 1, 0) == 1
    assert packing.neighbour(areas, 1, -1, 0) == 0
    assert packing.neighbour(areas, 1, 0, 1) == 2
    assert packing.neighbour(areas, 2, 0, -1) == 0
    assert packing.neighbour(areas, 0, -1, 0) is None
    assert packing.height(areas) == 6


def test_others_move_up_into_the_hole_of_a_card_that_was_put_elsewhere():
    # The card that was dragged lies across below the one at the right, and bars the way up.
    areas = (Area(7, 0, 5, 6), Area(3, 6, 7, 6), Area(0, 12, 7, 6))
    assert packing.settle(areas) == areas
    assert packing.compact(areas, 1) == (Area(7, 0, 5, 6), Area(3, 6, 7, 6), Area(0, 0, 7, 6))
