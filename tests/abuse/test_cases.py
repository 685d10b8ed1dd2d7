# SPDX-License-Identifier: GPL-3.0-or-later
"""Which test shows which case of abuse of sign-ins and rights; every test that is named exists.

A row is a case, what must come of it, and the tests that show it. Cases of operations run on both
transports and both databases (``tests/matrix.py``) wherever they stand below ``contract`` or
``services``, or say so themselves.

A01 A long password counts to its last byte, one of megabytes is refused at once.
A02 Guessing is slowed whatever address it claims, over a restart too; the owner gets in.
A03 A code of an app counts once, also for two who come at once.
A04 Wrong codes are counted for the account, and no new sign-in begins anew.
A05 Known, unknown and ended accounts are answered alike and cost the same.
A06 The code of a reset counts once, for a while, for one account, until the password changes.
A07 An ended account and a lower role count for the next call and for the open window.
A08 A desk has no default password, and is made once.
A09 Password, address and second factor change only with the password; the old address is told.
B01 Each role may do what the table says, by operation, by route, and by every button there is.
B02 What is somebody else's is not found, by whatever way.
B03 A word in an internal note is told to no requester, by whatever way.
B04 Nothing is set that a request has no field for.
B05 Nobody raises themselves, and one active admin stays.
B06 A batch does all or tells of each, and never touches what is foreign.
B07 Files are their owner's alone, and workstations hold no way to the database.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CASES: dict[str, dict[str, tuple[str, ...]]] = {
    "A01": {
        "unit/services/test_passwords.py": (
            "test_a_password_counts_to_its_last_character",
            "test_ten_megabytes_are_refused_fast",
        ),
        "unit/services/test_sessions.py": ("test_any_text_may_be_tried_as_a_password",),
    },
    "A02": {
        "unit/server/test_auth_abuse.py": (
            "test_a02_guessing_is_slowed_whatever_address_it_claims_and_over_a_restart",
            "test_a02_guesses_from_many_addresses_are_slowed_together",
            "test_a02_the_owner_signs_in_where_they_have_been_and_soon_elsewhere",
            "test_a02_strangers_have_a_hundred_guesses",
        ),
    },
    "A03": {
        "unit/services/test_second_factors.py": (
            "test_a03_a_code_counts_once",
            "test_a03_of_many_that_come_with_a_code_at_once_one_gets_in",
        ),
    },
    "A04": {
        "unit/services/test_second_factors.py": (
            "test_a04_wrong_codes_are_counted_for_the_account_whatever_comes_between",
        ),
    },
    "A05": {
        "unit/server/test_auth_abuse.py": (
            "test_a05_known_unknown_and_ended_accounts_are_answered_alike",
        ),
        "unit/services/test_sign_in_work.py": (
            "test_a05_known_unknown_and_ended_accounts_cost_the_same",
        ),
        "unit/services/test_passwords.py": (
            "test_an_unknown_account_takes_as_long_as_a_known_one",
        ),
        "unit/services/test_password_resets.py": (
            "test_a05_whoever_asks_is_answered_alike_and_by_the_same_statements",
        ),
    },
    "A06": {
        "unit/services/test_password_resets.py": (
            "test_a06_the_code_lies_nowhere_but_in_the_mail",
            "test_a06_a_code_is_refused_when_it_is_used_old_or_not_one",
            "test_a06_a_changed_password_and_an_ended_account_make_codes_void",
        ),
        "e2e/test_accounts.py": (
            "test_a_lost_password_is_replaced_by_a_code_of_the_mail_and_an_app_is_still_asked_for",
        ),
    },
    "A07": {
        "unit/services/test_users.py": (
            "test_a_new_role_counts_from_the_next_call",
            "test_deactivation_ends_every_session_at_once",
        ),
        "e2e/test_accounts.py": (
            "test_who_loses_a_right_loses_it_at_once_in_windows_and_scripts_and_keeps_what_was_typed",
        ),
    },
    "A08": {
        "unit/cli/test_init_db.py": (
            "test_the_admin_signs_in_once_with_what_is_printed",
            "test_two_desks_have_two_passwords",
            "test_a_desk_is_never_overwritten",
            "test_no_tickets_are_made_for_a_database_that_is_taken",
        ),
    },
    "A09": {
        "unit/services/test_second_factors.py": (
            "test_a09_nothing_of_it_is_changed_without_the_password",
            "test_a09_switching_codes_on_or_off_ends_every_other_session",
        ),
        "unit/services/test_sessions.py": (
            "test_a_new_password_ends_every_other_session",
            "test_an_unattended_window_cannot_be_used_to_guess_the_password",
        ),
        "unit/services/test_profiles.py": (
            "test_another_address_needs_the_password_and_the_old_one_is_told",
        ),
    },
    "B01": {
        "contract/test_rights.py": (
            "test_the_table_names_every_operation",
            "test_each_role_may_do_what_the_table_says",
            "test_without_a_session_only_the_public_operations_work",
        ),
        "unit/server/test_routes.py": ("test_every_operation_has_one_route",),
        "ui/test_window_rights.py": (
            "test_b01_whatever_is_pressed_the_desk_refuses_what_the_role_may_not_do",
        ),
    },
    "B02": {
        "abuse/test_hidden_words.py": (
            "test_b03_no_operation_tells_a_requester_what_is_hidden",
            "test_b02_b03_what_is_hidden_is_not_found_by_its_words",
        ),
        "contract/test_rights.py": ("test_a_missing_ticket_and_a_foreign_one_look_the_same",),
        "unit/services/test_links.py": (
            "test_b02_a_follower_may_read_find_and_answer_a_ticket_until_they_are_removed",
        ),
    },
    "B03": {
        "abuse/test_hidden_words.py": (
            "test_b03_no_operation_tells_a_requester_what_is_hidden",
            "test_b03_what_a_requester_is_told_by_the_way_holds_no_note",
            "test_b03_the_assistant_of_a_requester_is_told_no_note",
            "test_b03_nobody_else_takes_what_is_hidden_out_of_the_desk",
        ),
        "unit/services/test_notifying.py": ("test_an_internal_note_reaches_no_requester",),
        "unit/services/test_links.py": (
            "test_followers_are_told_and_of_notes_only_those_of_the_staff",
            "test_a_merged_ticket_goes_on_in_the_other_in_the_order_of_time",
        ),
    },
    "B04": {
        "abuse/test_fields.py": (
            "test_b04_whatever_is_sent_refuses_what_it_has_no_field_for",
            "test_b04_what_nobody_may_set_is_no_field_of_anything",
            "test_b04_over_http_no_operation_takes_a_field_that_it_does_not_have",
        ),
        "unit/server/test_routes.py": ("test_b04_fields_that_nobody_may_set_are_refused",),
    },
    "B05": {
        "unit/services/test_users.py": (
            "test_nobody_but_an_admin_gives_roles",
            "test_admins_change_neither_their_own_role_nor_end_their_own_account",
            "test_the_last_active_admin_stays_even_for_the_program_itself",
            "test_of_two_admins_who_demote_each_other_at_once_one_stays",
        ),
    },
    # Nothing changes several tickets at once; what changes several accounts tells of each.
    "B06": {
        "unit/services/test_user_import.py": (
            "test_whatever_stands_in_a_file_each_line_has_its_outcome",
            "test_a_key_adds_no_rights_that_it_does_not_have_and_touches_no_admin",
        ),
    },
    "B07": {
        "e2e/test_secrets.py": (
            "test_b07_nobody_else_on_the_machine_can_read_what_the_program_keeps",
            "test_u02_no_secret_lies_where_it_need_not",
        ),
    },
}


@pytest.mark.parametrize("case", CASES)
def test_every_case_has_tests_that_exist(case: str):
    for file, names in CASES[case].items():
        tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
        there = {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}
        assert set(names) <= there, file
    assert f"\n{case} " in (__doc__ or "")
    assert CASES[case]
