# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true of every operation, so that routes and clients can be made from it."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from itertools import pairwise

import pytest

from helpdesk.client.help_desk import SERVICES, HelpDesk
from helpdesk.core.operation import Operation, Transaction, operations_of
from helpdesk.core.permissions import PERMISSIONS, Permission
from helpdesk.core.schemas.users import Role

OPERATIONS = [operation for service in SERVICES for operation in operations_of(service).values()]
PUBLIC = {
    "Desks.info", "Sessions.sign_in", "Sessions.sign_out",
    "Ratings.invitation", "Ratings.rate_by_link",
    "Sessions.forgotten", "Sessions.reset", "SecondFactors.enter", "SecondFactors.enrol",
    "Directory.begin", "Directory.finish",
}  # fmt: skip
"""The only operations for which nobody needs to be signed in."""


CREATING = {
    "Sessions.sign_in", "Tickets.open", "Tickets.comment", "Users.add", "ApiKeys.create",
    "Articles.create", "Articles.add_image", "Articles.add_category",
    "Knowledge.draft_from", "Assistant.begin", "Assistant.hand_over", "Teams.add",
    "Rules.add", "Calendars.add", "Policies.add", "Channels.add_chat", "Reports.schedule",
    "Bulk.begin", "Views.add", "SecondFactors.enter", "Directory.finish",
    "Attachments.begin", "Splitting.split", "Splitting.follow_up", "Macros.add",
    "Recurrences.add",
    "Templates.add",
    "CustomFields.add",
}  # fmt: skip
SECRET = {
    "Sessions.sign_in", "Users.add", "Users.reset_password", "Users.import_some",
    "ApiKeys.create", "SecondFactors.begin", "SecondFactors.confirm", "SecondFactors.renew_codes",
    "SecondFactors.enter", "SecondFactors.enrol", "Directory.begin", "Directory.finish",
}  # fmt: skip
"""The operations whose answer holds something that is shown once."""

READING = {
    "Figures.cards",
    "Triage.for_draft", "Assistant.preview", "Rules.dry_run", "Calendars.preview",
    "Policies.what_if", "Recurrences.preview", "Reports.make", "Reports.lines", "Audit.export",
    "TicketExports.some", "TicketLinks.open_children",
}  # fmt: skip
"""What reads and is sent, because what it asks about is a whole text."""
READING_IN_STEPS = {
    "Assistant.settings", "Channels.mail", "Channels.chats", "Security.settings",
    "SecondFactors.state", "Directory.settings", "Directory.provider",
}  # fmt: skip
"""What asks the machine's keyring, too, for which no transaction waits."""


def full_name(operation: Operation) -> str:
    return operation.full_name


every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=full_name)


class Recorder:
    """A transport that keeps what it is asked to carry."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, object]]] = []

    def call(self, operation: Operation, arguments: dict[str, object]) -> None:
        self.calls.append((full_name(operation), arguments))

    def close(self) -> None:
        self.calls.append(("close", {}))


def stub_of(desk: HelpDesk, operation: Operation):
    """Return the method of the facade: ``ApiKeys`` is ``desk.api_keys``."""
    place = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation.service.__name__).lower()
    return getattr(getattr(desk, place), operation.name)


@every_operation
def test_it_says_what_it_does_in_one_sentence(operation: Operation):
    assert operation.summary.endswith(".")
    assert len(operation.summary.split()) > 2


@every_operation
def test_it_declares_a_permission_or_is_one_of_the_public_ones(operation: Operation):
    is_public = operation.declaration.permission is None
    assert is_public == (full_name(operation) in PUBLIC)


@every_operation
def test_what_creates_and_what_holds_a_secret_is_declared(operation: Operation):
    declaration = operation.declaration
    assert declaration.creates == (full_name(operation) in CREATING)
    assert declaration.secret == (full_name(operation) in SECRET)
    assert declaration.method == "POST" or not declaration.creates


@every_operation
def test_the_path_names_only_parameters(operation: Operation):
    declaration = operation.declaration
    assert declaration.path.startswith("/")
    assert set(re.findall(r"{(\w+)}", declaration.path)) <= operation.parameters.keys()


@every_operation
def test_what_reads_is_a_get_and_what_writes_is_not(operation: Operation):
    declaration = operation.declaration
    if declaration.method == "GET":
        in_steps = full_name(operation) in READING_IN_STEPS
        wanted = Transaction.STEPWISE if in_steps else Transaction.READ
        assert declaration.transaction is wanted
    else:
        is_reading = full_name(operation) in READING
        assert (declaration.transaction is Transaction.READ) == is_reading


def test_no_two_operations_share_method_and_path():
    places = Counter((o.declaration.method, o.declaration.path) for o in OPERATIONS)
    assert [place for place, count in places.items() if count > 1] == []


def test_every_public_method_of_a_service_is_an_operation():
    for service in SERVICES:
        methods = dict(inspect.getmembers(service, inspect.isfunction))
        public = {name for name in methods if not name.startswith("_")}
        assert public == operations_of(service).keys()


def test_each_role_may_do_what_the_one_below_may_and_admins_everything():
    for lower, higher in pairwise(Role):
        assert PERMISSIONS[lower] < PERMISSIONS[higher]
    assert PERMISSIONS[Role.ADMIN] == set(Permission)


@every_operation
def test_the_facade_carries_it_under_its_own_name(operation: Operation):
    transport = Recorder()
    stub = stub_of(HelpDesk(transport), operation)
    arguments = {name: object() for name in operation.parameters}
    stub(*arguments.values())
    stub(**arguments)
    assert transport.calls == [(full_name(operation), arguments)] * 2
    assert stub.__doc__ == operation.function.__doc__


@every_operation
def test_wrong_arguments_are_a_type_error(operation: Operation):
    transport = Recorder()
    stub = stub_of(HelpDesk(transport), operation)
    values = [object() for _ in operation.parameters]
    with pytest.raises(TypeError):
        stub(*values, object())
    with pytest.raises(TypeError):
        stub(*values, unknown=1)
    if operation.parameters:
        first = next(iter(operation.parameters))
        with pytest.raises(TypeError):
            stub(*values[:-1])
        with pytest.raises(TypeError):
            stub(*values, **{first: object()})
    assert transport.calls == []


def test_closing_the_facade_closes_its_transport():
    transport = Recorder()
    HelpDesk(transport).close()
    assert transport.calls == [("close", {})]
