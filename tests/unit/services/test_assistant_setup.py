# SPDX-License-Identifier: GPL-3.0-or-later
"""Which settings of the assistant are in force, and that its key goes to one place alone (U02)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backends import fail

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.errors import Invalid
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.assistant import (
    AssistantChange,
    CallsQuery,
    ConnectionAsk,
    SearchAsk,
    SummaryAsk,
)
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.core.settings import Settings
from helpdesk.services.assistant_setup import Setup, kept_of, key_of, setup_of
from tests.asking import Asker, text_of, use_model
from tests.faults.model_server import DONE, delta, fails, model_server, says
from tests.keyrings import ClearKeyring, ForgetfulKeyring, LockedKeyring, MemoryKeyring
from tests.matrix import SQLITE

pytestmark = pytest.mark.timeout(60)

KEY = "canary-secret-of-the-model"
HERE = "http://127.0.0.1:9"
PUBLIC = "https://models.example.org"
YES = says(delta("Yes."), delta(None, "stop"), DONE)


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("MISTRAL_API_ENDPOINT", raising=False)
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.fixture
def memory() -> MemoryKeyring:
    made = MemoryKeyring()
    keyring.set_keyring(made)
    return made


@pytest.fixture
def dana(embedded: EmbeddedDesk) -> Asker:
    return Asker(embedded, "dana")


@pytest.fixture
def bob(embedded: EmbeddedDesk) -> Asker:
    return Asker(embedded, "bob")


def in_file(folder: DataFolder, text: str) -> Settings:
    folder.settings.write_text(f"[assistant]\n{text}\n")
    return settings_module.load(folder)


def changed(setup: Setup, **change: Any) -> str:
    """Return what a desk keeps once an admin has changed something."""
    wanted = AssistantChange.model_validate(change)
    return kept_of(setup.changed(wanted), None, wanted)


def run(work: Coroutine[Any, Any, None], *askers: Asker) -> None:
    async def whole() -> None:
        try:
            await work
        finally:
            for asker in askers:
                await asker.close()

    asyncio.run(whole())


def summary(asker: Asker) -> SummaryAsk:
    return SummaryAsk(ticket_id=asker.desk.tickets.open(NewTicket(subject="VPN drops")).id)


# --- which one is in force ----------------------------------------------------------------------


def test_the_environment_comes_before_the_desk_and_the_desk_before_the_file(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
):
    settings = in_file(folder, f'url = "{HERE}"\nmodel = "of the file"\nat_once = 5')
    setup = setup_of(settings, None)
    assert (setup.section.model, setup.section.at_once) == ("of the file", 5)
    assert not setup.asks

    kept = changed(setup, model="of the desk", enabled=True)
    setup = setup_of(settings, kept)
    assert (setup.section.model, setup.section.at_once) == ("of the desk", 5)
    assert setup.asks

    monkeypatch.setenv("HELPDESK_ASSISTANT__MODEL", "of the environment")
    setup = setup_of(settings_module.load(folder), kept)
    assert setup.section.model == "of the environment"
    assert setup.fixed == {"model"}
    with pytest.raises(Invalid, match="environment") as refused:
        setup.changed(AssistantChange(model="another"))
    assert refused.value.field == "model"
    # What says the same is no change, and what is fixed is not kept.
    same = AssistantChange(model="of the environment", at_once=3)
    assert "of the environment" not in kept_of(setup.changed(same), None, same)


def test_an_endpoint_in_the_environment_is_asked_until_an_admin_switches_it_off(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    assert not setup_of(settings, None).asks
    monkeypatch.setenv("MISTRAL_API_ENDPOINT", HERE)
    setup = setup_of(settings, None)
    assert setup.asks
    assert setup.section.url == HERE
    assert "url" in setup.fixed
    with pytest.raises(Invalid):
        setup.changed(AssistantChange(url="http://127.0.0.1:10"))
    assert not setup_of(settings, changed(setup, enabled=False)).asks


@pytest.mark.parametrize("url", ["http://models.example.org", "nonsense", "https://a@b.example"])
def test_an_endpoint_in_the_environment_that_cannot_be_used_is_never_asked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, url: str
):
    monkeypatch.setenv("MISTRAL_API_ENDPOINT", url)
    setup = setup_of(settings, None)
    assert not setup.asks
    with pytest.raises(Invalid) as refused:
        setup.changed(AssistantChange(public_consent=True))
    assert refused.value.field == "url"
    assert not setup_of(settings, changed(setup, enabled=False)).section.enabled


@pytest.mark.parametrize(
    ("url", "reach", "redacts"),
    [
        (HERE, "loopback", False),
        ("http://10.1.2.3:8080", "private", True),
        (PUBLIC, "public", True),
    ],
)
def test_how_far_it_lies_decides_what_is_taken_out(
    settings: Settings, url: str, reach: str, redacts: bool
):
    setup = setup_of(settings, None).changed(
        AssistantChange(enabled=True, url=url, redact=True, public_consent=True)
    )
    assert setup.reach is not None
    assert (setup.reach.value, setup.redacts) == (reach, redacts)
    without = setup.changed(AssistantChange(redact=False))
    assert without.redacts is (reach == "public")


def test_a_public_endpoint_needs_consent_and_tls(settings: Settings):
    setup = setup_of(settings, None)
    with pytest.raises(Invalid, match="outside of your network") as refused:
        setup.changed(AssistantChange(enabled=True, url=PUBLIC))
    assert refused.value.field == "public_consent"
    for change in ({"url": "http://models.example.org"}, {"url": "ftp://127.0.0.1"}):
        with pytest.raises(Invalid) as refused:
            setup.changed(AssistantChange(enabled=True, public_consent=True, **change))
        assert refused.value.field == "url"
    with pytest.raises(Invalid, match="Name the address"):
        setup.changed(AssistantChange(enabled=True))
    allowed = setup.changed(AssistantChange(enabled=True, url=PUBLIC, public_consent=True))
    assert allowed.asks
    assert not allowed.changed(AssistantChange(enabled=False)).asks


def test_what_was_said_of_one_host_holds_for_no_other_unless_the_environment_says_it(
    folder: DataFolder, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    allowed = AssistantChange(enabled=True, url=PUBLIC, public_consent=True)
    setup = setup_of(settings, None).changed(allowed)
    other = AssistantChange(url="https://other.example.org")
    with pytest.raises(Invalid, match="outside of your network"):
        setup.changed(other)
    assert setup.changed(AssistantChange(url=f"{PUBLIC}/v1")).asks
    monkeypatch.setenv("HELPDESK_ASSISTANT__PUBLIC_CONSENT", "true")
    fixed = setup_of(settings_module.load(folder), kept_of(setup, None, allowed))
    assert fixed.changed(other).asks


@pytest.mark.desk_kinds("local-sqlite", "http-sqlite")
def test_a_change_holds_from_the_next_question_on(bob: Asker, dana: Asker):
    ask = summary(bob)

    async def talk() -> None:
        async with model_server(YES) as first, model_server(YES) as second:
            use_model(dana.desk, first.url)
            assert text_of(await bob.parts(ask)) == "Yes."
            use_model(dana.desk, second.url)
            assert text_of(await bob.parts(ask)) == "Yes."
            assert (len(first.calls), len(second.calls)) == (1, 1)
            use_model(dana.desk, second.url, enabled=False)
            assert (await bob.failure(ask)).code == "off"
            assert len(second.calls) == 1

    run(talk(), bob, dana)


# --- the key ------------------------------------------------------------------------------------


@pytest.mark.desk_kinds("local-sqlite", "http-sqlite")
def test_a_key_goes_to_the_address_it_was_given_for_and_to_no_other(
    memory: MemoryKeyring, bob: Asker, dana: Asker
):
    ask = summary(bob)

    async def talk() -> None:
        async with model_server(YES) as own, model_server(YES) as other:
            use_model(dana.desk, own.url, key=KEY)
            assert memory.secrets == {("Help Desk assistant", own.url): KEY}
            shown = dana.desk.assistant.settings()
            assert (shown.has_key, shown.key_place) == (True, "keyring")
            await bob.parts(ask)
            assert own.calls[-1].header("Authorization") == f"Bearer {KEY}"

            # Neither what is saved nor what is only tried takes it along.
            tried = AssistantChange(url=other.url, model="tiny")
            await dana.answer(ConnectionAsk(settings=tried))
            use_model(dana.desk, other.url)
            assert not dana.desk.assistant.settings().has_key
            await bob.parts(ask)
            assert other.calls
            assert not any(call.header("Authorization") for call in other.calls)

            use_model(dana.desk, own.url)
            assert dana.desk.assistant.settings().has_key
            assert not dana.desk.assistant.change_settings(AssistantChange(key="")).has_key
            assert memory.secrets == {}
            await bob.parts(ask)
            assert own.calls[-1].header("Authorization") == ""

    run(talk(), bob, dana)


def test_a_key_in_the_environment_goes_to_the_endpoint_beside_it_or_to_mistral(
    settings: Settings, memory: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    setup = setup_of(settings, None)
    assert key_of(setup) == ("", "")
    mine = setup.changed(AssistantChange(url="http://127.0.0.1:10"))
    assert key_of(mine) == ("", "")
    for url in ("https://api.mistral.ai.example.org", "https://example.org/api.mistral.ai"):
        assert key_of(setup.changed(AssistantChange(url=url))) == ("", "")
    mistral = setup.changed(AssistantChange(url="https://api.mistral.ai"))
    assert key_of(mistral) == (KEY, "environment")
    monkeypatch.setenv("MISTRAL_API_ENDPOINT", HERE)
    assert key_of(setup_of(settings, None)) == (KEY, "environment")


@pytest.mark.parametrize(
    "made", [fail.Keyring, LockedKeyring, ForgetfulKeyring, ClearKeyring], ids=lambda m: m.__name__
)
@pytest.mark.desk_kinds("local-sqlite")
def test_without_a_safe_keyring_no_key_is_kept_and_nothing_is_changed(dana: Asker, made: Any):
    backend = made()
    keyring.set_keyring(backend)
    with pytest.raises(Invalid, match="no keyring") as refused:
        use_model(dana.desk, HERE, key=KEY)
    assert refused.value.field == "key"
    assert KEY not in str(refused.value)
    shown = dana.desk.assistant.settings()
    assert (shown.url, shown.enabled, shown.has_key, shown.key_place) == ("", False, False, "")
    assert getattr(backend, "secrets", {}) == {}
    # To take away what is not there is no error.
    use_model(dana.desk, HERE, key="")


@pytest.mark.parametrize("key", [f"two {KEY}", f"{KEY}\n{KEY}", f"{KEY}\u00e9", f"{KEY}\x00"])
@pytest.mark.desk_kinds("local-sqlite")
def test_a_key_that_is_none_is_refused_without_repeating_it(
    memory: MemoryKeyring, dana: Asker, key: str
):
    with pytest.raises(Invalid) as refused:
        use_model(dana.desk, HERE, key=key)
    assert KEY not in str(refused.value)
    assert memory.secrets == {}


@pytest.mark.desk_kinds(*SQLITE)
def test_u02_the_key_stands_in_no_table_log_error_or_answer(
    memory: MemoryKeyring,
    bob: Asker,
    dana: Asker,
    folder: DataFolder,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG)
    ask = summary(bob)
    told: list[str] = []

    async def talk() -> None:
        refuses = fails(401, {"message": f"Invalid API key {KEY}", "key": KEY})
        async with model_server(refuses) as model:
            change = AssistantChange(enabled=True, url=model.url, model="tiny", key=KEY)
            told.append(repr(change))
            told.append(dana.desk.assistant.change_settings(change).model_dump_json())
            for part in await bob.parts(ask):
                told.append(part.model_dump_json())
            report = await dana.answer(ConnectionAsk(settings=change))
            told.append(report.model_dump_json())
            await bob.parts(SearchAsk(text="vpn"))
            assert any(call.header("Authorization") for call in model.calls)

    run(talk(), bob, dana)
    told.append(dana.desk.assistant.settings().model_dump_json())
    told.append(dana.desk.assistant.figures(CallsQuery()).model_dump_json())
    assert memory.secrets
    assert [each for each in told if KEY in each] == []
    assert KEY not in caplog.text
    assert any(b"VPN drops" in name.read_bytes() for name in _files(folder.path))
    assert [name for name in _files(folder.path) if KEY.encode() in name.read_bytes()] == []


def _files(place: Path) -> list[Path]:
    return [each for each in place.rglob("*") if each.is_file()]


def test_the_key_stands_in_no_repr(settings: Settings):
    setup = setup_of(settings, None).changed(AssistantChange(url=HERE))
    assert KEY not in repr(setup.endpoint(KEY))
    assert KEY not in str(setup.endpoint(KEY))
    assert KEY not in repr(AssistantChange(key=KEY))
