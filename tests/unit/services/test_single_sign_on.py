# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in in the browser: by a real provider, and what is not believed of one that lies."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import keyring
import pytest
from sqlalchemy import update

from helpdesk.channels import openid
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.loopback import Loopback
from helpdesk.core.errors import DirectoryAway, Forbidden, Invalid, TooManyAttempts
from helpdesk.core.schemas.directory import (
    GroupRole,
    SingleSignOnAnswer,
    SingleSignOnBegin,
    SingleSignOnChange,
    SingleSignOnWay,
)
from helpdesk.core.schemas.security import SecurityChange
from helpdesk.core.schemas.users import AccountOrigin, Role, SignInView, UserView
from helpdesk.models import SingleSignOnRequest
from helpdesk.services import single_sign_on
from tests.conftest import SettableClock
from tests.contract.desks import dump, id_of
from tests.keyrings import MemoryKeyring
from tests.matrix import HTTP_POSTGRESQL, LOCAL_SQLITE
from tests.openid_provider import (
    CLIENT,
    SECRET,
    Misbehaving,
    RealProvider,
    misbehaving,
    real_provider,
    signed_by_another,
    signed_by_public_key,
    signed_by_secret,
    unsigned,
)

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE)
HERE = "http://127.0.0.1:51234/"


@pytest.fixture(scope="module")
def provider() -> Iterator[RealProvider]:
    with real_provider() as made:
        yield made


@pytest.fixture
def liar(clock: SettableClock) -> Iterator[Misbehaving]:
    with misbehaving() as made:
        made.now = clock().timestamp()
        yield made


@pytest.fixture(autouse=True)
def memory() -> Iterator[MemoryKeyring]:
    before, made = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def dana(sign_in) -> HelpDesk:
    desk: HelpDesk = sign_in("dana")
    return desk


def settings_of(issuer: str, **more: object) -> SingleSignOnChange:
    told = {"enabled": True, "issuer": issuer, "client_id": CLIENT, "secret": SECRET, **more}
    return SingleSignOnChange.model_validate(told)


def begin(
    embedded: EmbeddedDesk, uri: str = HERE, *, anew: bool = False
) -> tuple[HelpDesk, SingleSignOnWay]:
    desk = embedded.facade()
    asked = SingleSignOnBegin(redirect_uri=uri, device="laptop", anew=anew)
    return desk, desk.directory.begin(asked)


def entered(desk: HelpDesk, way: SingleSignOnWay, code: str) -> UserView:
    answer = SingleSignOnAnswer(state=way.state, code=code)
    return desk.directory.finish(answer).session.user


@pytest.fixture
def enter(embedded: EmbeddedDesk, liar: Misbehaving) -> Callable[[], UserView]:
    def signed_in() -> UserView:
        desk, way = begin(embedded)
        return entered(desk, way, liar.sign_in(way.url))

    return signed_in


# --- a real provider -----------------------------------------------------------------------------


@pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)
def test_a_sign_in_in_the_browser_from_the_button_to_the_desk(
    embedded: EmbeddedDesk, sign_in, provider: RealProvider, clock: SettableClock, memory
):
    clock.now = datetime.fromtimestamp(time.time(), UTC)
    dana = sign_in("dana")
    with pytest.raises(Forbidden, match="not set up"):
        begin(embedded)
    tried = dana.directory.test_provider(settings_of(provider.issuer))
    assert (tried.works, len(tried.steps)) == (True, 2)
    assert memory.secrets == {}
    settings = dana.directory.change_provider(
        settings_of(
            provider.issuer, label="Sign in with Corp",
            group_roles=[{"group": "Helpdesk", "role": "technician"}],
        )
    )  # fmt: skip
    assert (settings.has_secret, settings.secret_place) == (True, "keyring")
    person = {"preferred_username": "otto@corp.example", "name": "Otto Ost"}
    provider.set_person("o-1", **person, email="otto@corp.example", groups=["helpdesk"])

    # The workstation waits for its browser on a port of its own.
    loopback = Loopback()
    desk, way = begin(embedded, loopback.redirect_uri)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(way.url).query).items()}
    assert (asked["state"], asked["redirect_uri"]) == (way.state, loopback.redirect_uri)
    assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
    back = provider.sign_in(way.url, "o-1")
    assert back.startswith(loopback.redirect_uri)
    with ThreadPoolExecutor(1) as browser:
        page = browser.submit(httpx.get, back)
        code = loopback.wait(way.state, 30)
    assert page.result().status_code == httpx.codes.OK
    user = entered(desk, way, code)
    assert (user.username, user.full_name) == ("otto@corp.example", "Otto Ost")
    assert (user.role, user.origin) == (Role.TECHNICIAN, AccountOrigin.OIDC)
    assert id_of(desk) == user.id
    with pytest.raises(Invalid, match="is over"):
        entered(embedded.facade(), way, code)

    provider.set_person("o-1", **{**person, "name": "Otto West"}, groups=[])
    again, way = begin(embedded)
    code = parse_qs(urlsplit(provider.sign_in(way.url, "o-1")).query)["code"][0]
    renamed = entered(again, way, code)
    assert (renamed.id, renamed.full_name, renamed.role) == (user.id, "Otto West", Role.USER)
    kept = repr(dump(embedded.database))
    assert not any(secret in kept for secret in (SECRET, code, way.state, asked["nonce"]))


# --- what is not believed ------------------------------------------------------------------------


@pytest.fixture
def on(dana: HelpDesk, liar: Misbehaving) -> Misbehaving:
    """A provider that lies when it is told to, by which people sign in."""
    dana.directory.change_provider(settings_of(liar.issuer))
    return liar


def test_an_honest_answer_is_believed_and_proves_who_asked(on, enter):
    assert enter().username == "olga"
    (form,) = on.forms
    assert (form["grant_type"], "code_verifier" in form) == ("authorization_code", True)
    basic = [each["Authorization"] for each in on.headers if "Authorization" in each]
    assert basic[0].startswith("Basic ")
    assert "client_secret" not in form


def test_after_a_lock_being_signed_in_at_the_provider_is_not_enough(embedded, on, clock):
    now = int(clock().timestamp())
    asked = parse_qs(urlsplit(begin(embedded)[1].url).query)
    assert asked.keys().isdisjoint({"prompt", "max_age"})

    def anew(auth_time: object) -> UserView:
        desk, way = begin(embedded, anew=True)
        asked = parse_qs(urlsplit(way.url).query)
        assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
        on.claims = {"auth_time": auth_time}
        return entered(desk, way, on.sign_in(way.url))

    for early in (now - openid.LEEWAY_SECONDS - 1, 0):
        with pytest.raises(DirectoryAway, match="could not be proved"):
            anew(early)
    for told in (now, None):
        assert anew(told).username == "olga"
    on.claims = {"auth_time": now - 3600}
    desk, way = begin(embedded)
    assert entered(desk, way, on.sign_in(way.url)).username == "olga"


LIES: dict[str, dict[str, object]] = {
    "nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "audience": {"aud": "another"},
    "no audience": {"aud": None},
    "audience among others": {"aud": ["helpdesk", "another"], "azp": "another"},
    "issuer": {"iss": "https://login.example.org"},
    "no subject": {"sub": None},
    "empty subject": {"sub": ""},
    "no expiry": {"exp": None},
    "odd expiry": {"exp": "tomorrow"},
}


def test_an_id_token_for_somebody_or_something_else_is_not_believed(embedded, on, enter):
    for name, claims in LIES.items():
        on.claims = claims
        with pytest.raises(DirectoryAway, match="could not be proved"):
            enter()
        assert embedded.as_system().users.named, name
    on.claims = {}
    enter()


def test_an_id_token_counts_at_its_time_alone(on, enter, clock):
    on.now = clock().timestamp() - 500
    with pytest.raises(DirectoryAway, match="could not be proved"):
        enter()
    on.now = clock().timestamp() + 500
    with pytest.raises(DirectoryAway, match="could not be proved"):
        enter()
    on.now = clock().timestamp()
    enter()


def test_only_a_key_of_the_provider_signs_and_never_none_or_a_shared_one(on, enter):
    wrong = (
        unsigned, signed_by_another, signed_by_secret, signed_by_public_key(on),
        lambda _claims: "", lambda _claims: "a.b.c", lambda claims: on.signed(claims)[:-3],
    )  # fmt: skip
    for token in wrong:
        on.token = token
        with pytest.raises(DirectoryAway, match="could not be proved"):
            enter()
    on.token = on.signed
    on.shown = [{"kty": "oct", "k": "c2VjcmV0", "kid": "one"}]
    with pytest.raises(DirectoryAway, match="shows no keys"):
        enter()


def test_a_sign_in_counts_once_for_ten_minutes_and_for_who_has_begun_it(
    embedded: EmbeddedDesk, on, clock: SettableClock
):
    desk, way = begin(embedded)
    code = on.sign_in(way.url)
    for state in ("", "x" * 43, way.state.upper(), f"{way.state} "):
        with pytest.raises(Invalid, match="is over"):
            desk.directory.finish(SingleSignOnAnswer(state=state, code=code))
    assert on.forms == []
    clock.forward(minutes=11)
    on.now = clock().timestamp()
    with pytest.raises(Invalid, match="is over"):
        entered(desk, way, code)
    # A code of another sign-in, such as one that was put into somebody's browser.
    desk, way = begin(embedded)
    with pytest.raises(DirectoryAway, match="invalid_grant"):
        entered(desk, way, "another")
    with pytest.raises(Invalid, match="is over"):
        entered(desk, way, on.sign_in(way.url))
    (desk, way), (_, other) = begin(embedded), begin(embedded)
    # PKCE ties a code to who has begun: that of one sign-in is of no use to another.
    with pytest.raises(DirectoryAway, match="invalid_grant"):
        entered(desk, way, on.sign_in(other.url))


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/", "http://evil.example:80/", "http://localhost:51234/",
        "http://127.0.0.1/", "http://127.0.0.1:0/", "http://127.0.0.1:99999/",
        "http://127.0.0.1:51234@evil.example/", "http://127.0.0.1.evil.example:51234/",
        "https://127.0.0.1:51234/", "http://127.0.0.1:51234/?next=x", "http://[::2]:51234/",
        "http://0x7f000001:51234/", "helpdesk://127.0.0.1:51234/", "",
        "http://127.0.0.1:51234/\n",
    ],
)  # fmt: skip
def test_the_browser_comes_back_to_this_workstation_alone(uri):
    with pytest.raises(Invalid, match="this workstation alone"):
        openid.require_redirect(uri)


def test_addresses_of_this_workstation_are_taken():
    for uri in ("http://127.0.0.1:51234", HERE, "http://[::1]:1/back", "http://127.0.0.1:65535/"):
        openid.require_redirect(uri)


def test_a_foreign_redirect_is_refused_before_anything_is_kept(embedded: EmbeddedDesk, on):
    with pytest.raises(Invalid, match="this workstation alone"):
        begin(embedded, "https://evil.example/")
    with embedded.database.reading() as session:
        assert session.query(SingleSignOnRequest).count() == 0


def test_redirects_of_the_provider_are_not_followed_nor_endpoints_led_inside(
    embedded: EmbeddedDesk, on, enter, dana
):
    on.redirects["/token"] = f"{on.issuer}/userinfo"
    with pytest.raises(DirectoryAway, match="sends elsewhere"):
        enter()
    on.redirects.clear()
    for name, url in (
        ("token_endpoint", "http://10.0.0.1/token"),
        ("token_endpoint", "http://login.example.org/token"),
        ("authorization_endpoint", "file:///etc/passwd"),
        ("jwks_uri", "https://user:pass@login.example.org/keys"),
        ("authorization_endpoint", None),
        ("issuer", "https://login.example.org"),
        ("response_types_supported", ["token"]),
        ("code_challenge_methods_supported", ["plain"]),
    ):
        on.description = {name: url}
        tried = dana.directory.test_provider(settings_of(on.issuer))
        assert not tried.works, name
    # Inside is where the admin has named it, not where the provider leads.
    on.description = {"jwks_uri": "https://127.0.0.1:9/keys"}
    tried = dana.directory.test_provider(settings_of(on.issuer))
    assert (tried.works, "allowed_hosts" in tried.sentence) == (False, True)


def test_what_the_token_leaves_out_is_asked_for_of_the_same_person(on, enter, dana):
    groups = (GroupRole(group="chiefs", role=Role.MANAGER),)
    dana.directory.change_provider(SingleSignOnChange(group_roles=groups))
    on.claims = {"preferred_username": None}
    on.userinfo = {"sub": "s-2", "preferred_username": "somebody.else", "groups": ["chiefs"]}
    with pytest.raises(DirectoryAway, match="user name"):
        enter()
    on.userinfo = {"sub": "s-1", "preferred_username": "olga", "groups": ["Chiefs"]}
    assert (enter().username, enter().role) == ("olga", Role.MANAGER)
    on.claims = {"email_verified": False}
    assert enter().email is None


def test_an_address_counts_where_the_provider_has_verified_it(on, enter):
    assert enter().email is None
    for said, email in ((True, "olga@corp.example"), ("true", None), (None, None)):
        on.claims = {"email_verified": said}
        assert enter().email == email


def test_a_role_that_needs_a_factor_needs_it_after_a_provider_too(embedded, on, dana, monkeypatch):
    monkeypatch.setattr("helpdesk.services.security.can_keep", lambda _: True)
    dana.security.change(SecurityChange(second_factor_roles=tuple(Role)))

    def finished() -> SignInView:
        desk, way = begin(embedded)
        answer = SingleSignOnAnswer(state=way.state, code=on.sign_in(way.url))
        return desk.directory.finish(answer)

    on.claims = {"amr": ["pwd", "mfa"]}
    # Nobody has said what 'mfa' means here.
    assert (finished().token, finished().enrols) == (None, True)
    named = SingleSignOnChange(factor_claims=("mfa", "urn:two"))
    assert dana.directory.change_provider(named).factor_claims == ("mfa", "urn:two")
    for claims, is_in in (
        ({"amr": ["pwd", "mfa"]}, True), ({"acr": "urn:two"}, True), ({"amr": ["pwd"]}, False),
        ({"amr": [["mfa"]]}, False), ({"acr": ["mfa"]}, False), ({}, False),
    ):  # fmt: skip
        on.claims = claims
        assert bool(finished().token) is is_in, claims
    # What is not signed proves nothing: it is asked for because another claim is missing.
    on.claims = {"preferred_username": None}
    on.userinfo = {"sub": "s-1", "preferred_username": "olga", "amr": ["mfa"]}
    assert finished().token is None


def test_no_account_is_taken_over(on, enter, dana):
    on.claims = {"preferred_username": "dana"}
    with pytest.raises(Forbidden, match="another account called dana"):
        enter()
    on.claims = {}
    first = enter()
    # The same subject of another provider is somebody else.
    with misbehaving() as other:
        other.now = on.now
        dana.directory.change_provider(settings_of(other.issuer))
    assert first.origin is AccountOrigin.OIDC
    dana.directory.change_provider(settings_of(on.issuer, default_role=None))
    with pytest.raises(Forbidden, match="none of the groups"):
        enter()


def test_strangers_cannot_fill_the_desk_with_sign_ins(embedded, on, monkeypatch, clock):
    monkeypatch.setattr(single_sign_on, "MOST_UNDER_WAY", 3)
    for _ in range(3):
        begin(embedded)
    asked = len(on.headers)
    with pytest.raises(TooManyAttempts):
        begin(embedded)
    # The provider has been asked what its pages are once.
    assert asked == len(on.headers)
    clock.forward(minutes=11)
    begin(embedded)


def test_who_begins_many_does_not_keep_out_who_comes_from_elsewhere(embedded, on, monkeypatch):
    monkeypatch.setattr(single_sign_on, "MOST_BY_SOURCE", 3)
    for _ in range(3):
        begin(embedded)
    with pytest.raises(TooManyAttempts):
        begin(embedded)
    with embedded.database.writing() as session:
        session.execute(update(SingleSignOnRequest).values(source="192.0.2.7"))
    begin(embedded)


REFUSED = (
    ({"issuer": "http://login.example.org"}, "issuer"),
    ({"issuer": "https://login.example.org/?x=1"}, "issuer"),
    ({"issuer": "https://user:pass@login.example.org"}, "issuer"),
    ({"issuer": "login.example.org"}, "issuer"),
    ({"enabled": True}, "issuer"),
    ({"enabled": True, "issuer": "https://login.example.org"}, "client_id"),
    ({"scopes": ["profile"]}, "scopes"),
    ({"scopes": ["openid", "a b"]}, "scopes"),
    ({"label": ""}, "label"),
    ({"username_claim": ""}, "username_claim"),
    ({"secret": "x"}, "issuer"),
)


def test_what_cannot_be_is_refused_at_its_field(dana):
    before = dana.directory.provider()
    for change, field in REFUSED:
        with pytest.raises(Invalid) as refused:
            dana.directory.change_provider(SingleSignOnChange.model_validate(change))
        assert refused.value.field == field, change
    assert dana.directory.provider() == before


def test_a_provider_that_is_away_is_told_of_in_a_sentence(dana):
    with socket.create_server(("127.0.0.1", 0)) as free:
        issuer = f"http://127.0.0.1:{free.getsockname()[1]}"
    tried = dana.directory.test_provider(settings_of(issuer))
    assert (tried.works, tried.steps) == (False, ())
    assert "cannot be reached" in tried.sentence
