# SPDX-License-Identifier: GPL-3.0-or-later
"""Admins connect a model, say which tickets are answered at once, and see what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QLabel, QLineEdit, QWidget

from helpdesk.core.errors import Busy, DeskError, Invalid, NotFound
from helpdesk.core.schemas.assistant import (
    AcceptanceFigures,
    Answer,
    AskPreview,
    AssistantChange,
    AssistantFigures,
    AssistantSettings,
    CallRow,
    CallsQuery,
    ConnectionReport,
    DialectName,
    Feature,
    FeatureFigures,
    Redaction,
    SendingPreview,
    SentMessage,
)
from helpdesk.core.schemas.triage import FieldThreshold, Origin, SuggestedField, TriageState
from helpdesk.ui.assist_preview_dialog import SendingPreviewDialog
from helpdesk.ui.settings.automatic_section import AutomaticSection
from helpdesk.ui.settings.connection_section import ConnectionSection
from helpdesk.ui.settings.figures_section import FiguresSection
from helpdesk.ui.settings_tab import SettingsTab
from helpdesk.ui.widgets.chip import Chip
from tests.ui.scripted_assistant import ScriptedSource, done, failed, text
from tests.ui.seats import Seat, click

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FRESH = AssistantSettings(
    enabled=False,
    url="",
    model="",
    has_key=False,
    key_place="",
    can_keep_key=True,
    dialect=DialectName.OTHER,
    native_system_role=False,
    context_tokens=4096,
    private_names=False,
    public_consent=False,
    redact=True,
    first_token_seconds=30,
    at_once=2,
    automatic_categories=(),
    reach="",
    fixed=(),
)
MISTRAL = FRESH.model_copy(
    update={
        "enabled": True,
        "url": "https://api.mistral.ai",
        "model": "ministral-8b-latest",
        "has_key": True,
        "key_place": "keyring",
        "dialect": DialectName.MISTRAL,
        "public_consent": True,
        "reach": "public",
    }
)
REPORT = ConnectionReport(
    ok=True,
    sentence="Ollama answers with 2 models.",
    models=("mistral", "qwen3:8b"),
    dialect=DialectName.OLLAMA,
    context_tokens=32_768,
    first_ms=350,
)
NOTHING = AssistantFigures(
    days=30,
    features=(),
    acceptance=(),
    automatic_sent=0,
    automatic_helped=0,
    automatic_handed_over=0,
    latest=(),
)
SOME = AssistantFigures(
    days=30,
    features=(
        FeatureFigures(
            feature=Feature.TRIAGE,
            calls=1_000,
            failed=3,
            cached=40,
            prompt_tokens=900_000,
            answer_tokens=100_000,
            first_p50_ms=310,
            total_p50_ms=1_900,
            total_p95_ms=6_100,
        ),
        FeatureFigures(
            feature=Feature.CHAT,
            calls=200,
            failed=1,
            cached=0,
            prompt_tokens=10,
            answer_tokens=20,
            first_p50_ms=1_100,
            total_p50_ms=None,
            total_p95_ms=None,
        ),
    ),
    acceptance=(
        AcceptanceFigures(
            field="category", origin=Origin.HISTORY, shown=120, accepted=90, changed=20
        ),
    ),
    automatic_sent=40,
    automatic_helped=20,
    automatic_handed_over=10,
    latest=(
        CallRow(
            id=1,
            at=NOW - timedelta(minutes=7),
            feature=Feature.CHAT,
            model="m",
            prompt="chat.v1",
            outcome="rate_limited",
            prompt_tokens=None,
            answer_tokens=None,
            first_ms=None,
            total_ms=120_000,
            retries=2,
        ),
    ),
)
LEARNT = TriageState(
    learnt_tickets=8_234,
    waiting_tickets=1,
    categories=8,
    technicians=14,
    thresholds=(
        FieldThreshold(field=SuggestedField.CATEGORY, percent=72),
        FieldThreshold(field=SuggestedField.ASSIGNEE, percent=64),
    ),
    fitted_at=NOW - timedelta(hours=3),
)


class TwinAssistant:
    """Keeps settings as the desk does, and tells what a test tells it to."""

    def __init__(self) -> None:
        self.kept = FRESH
        self.told = NOTHING
        self.changes: list[AssistantChange] = []
        self.asked: list[object] = []
        self.fault: DeskError | None = None
        self.sending = SendingPreview(place="", messages=(), redacted=())

    def settings(self) -> AssistantSettings:
        self._fail()
        return self.kept

    def change_settings(self, change: AssistantChange) -> AssistantSettings:
        self._fail()
        self.changes.append(change)
        values = change.model_dump(exclude_unset=True, exclude={"key"})
        if change.key is not None:
            values |= {"has_key": bool(change.key), "key_place": "keyring" if change.key else ""}
        self.kept = self.kept.model_copy(update=values)
        return self.kept

    def figures(self, query: CallsQuery) -> AssistantFigures:
        self._fail()
        self.asked.append(query)
        return self.told.model_copy(update={"days": query.days})

    def preview(self, ask: AskPreview) -> SendingPreview:
        self._fail()
        self.asked.append(ask.ask)
        return self.sending

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault


class TwinTriage:
    """Tells what was learnt."""

    def __init__(self) -> None:
        self.fault: DeskError | None = None

    def state(self) -> TriageState:
        if self.fault is not None:
            raise self.fault
        return LEARNT


@pytest.fixture
def dana(seated: Callable[[str], Seat]) -> Seat:
    return seated("dana")


@pytest.fixture
def assistant(dana, monkeypatch) -> TwinAssistant:
    twin = TwinAssistant()
    monkeypatch.setattr(dana.desktop.desk, "assistant", twin)
    return twin


@pytest.fixture
def triage(dana, monkeypatch) -> TwinTriage:
    twin = TwinTriage()
    monkeypatch.setattr(dana.desktop.desk, "triage", twin)
    return twin


@pytest.fixture
def source() -> ScriptedSource:
    return ScriptedSource()


@pytest.fixture
def desktop(dana, assistant, triage, source) -> Iterator[Any]:
    desktop = replace(dana.desktop, assistant=source.assistant())
    yield desktop
    desktop.assistant.stop()


@pytest.fixture
def tab(dana, desktop) -> SettingsTab:
    tab = SettingsTab(desktop)
    tab.open_section("connection")
    dana.show(tab)
    return tab


def connection(dana: Seat, tab: SettingsTab, settings: AssistantSettings) -> ConnectionSection:
    """Show the connection with these settings kept in the desk."""
    tab.desktop.desk.assistant.kept = settings  # type: ignore[attr-defined]
    tab.refresh()
    dana.settle()
    assert isinstance(tab.section, ConnectionSection)
    return tab.section


def errors(section: ConnectionSection) -> dict[str, str]:
    return {name: row.error for name, row in section.form.fields.rows.items() if row.error}


def save(qtbot, dana: Seat, section: ConnectionSection) -> None:
    click(qtbot, section.save_bar.save_button)
    dana.settle()


def says(widget: QWidget, words: str) -> bool:
    return any(words in x.text() and x.isVisible() for x in widget.findChildren(QLabel))


def badge(section: ConnectionSection) -> str:
    chip = section.form.fields.badge
    return chip.text if chip.isVisible() else ""


# --- on a real desk ---------------------------------------------------------------------------


def test_a_real_desk_asks_the_model_that_was_named(dana, embedded, qtbot):
    tab = SettingsTab(dana.desktop)
    tab.open_section("connection")
    dana.show(tab)
    section = tab.section
    assert isinstance(section, ConnectionSection)
    fields = section.form.fields
    assert "no keyring" in fields.key.note
    fields.enabled.setChecked(True)
    fields.url.setText("http://127.0.0.1:11434")
    fields.model.setEditText("mistral")
    save(qtbot, dana, section)
    status = embedded.as_system().assistant.status()
    assert (status.model, status.place) == ("mistral", "this machine")

    change = AssistantChange(at_once=9)
    embedded.as_system().assistant.change_settings(change)
    qtbot.waitUntil(lambda: fields.at_once.value() == 9)


def test_what_the_desk_refuses_is_said_where_it_can_be_seen(dana, embedded, qtbot):
    tab = SettingsTab(dana.desktop)
    tab.open_section("connection")
    dana.show(tab)
    section = tab.section
    assert isinstance(section, ConnectionSection)
    with dana.transport.failing(Invalid("Allow it first.", field="public_consent")):
        section.form.fields.context.setValue(8192)
        save(qtbot, dana, section)
    assert section.banner.text == "Allow it first.", "its field is hidden"


def test_a_real_desk_answers_automatically_what_was_chosen(dana, embedded, qtbot):
    tab = SettingsTab(dana.desktop)
    dana.show(tab)
    tab.open_section("automatic")
    dana.settle()
    section = tab.section
    assert isinstance(section, AutomaticSection)
    chosen = sorted(section.switches)[:2]
    for category_id in chosen:
        section.switches[category_id].click()
    tab.open_section("connection")
    dana.settle()
    settings = embedded.as_system().assistant.settings()
    assert settings.automatic_categories == tuple(chosen), "the switches act at once"


# --- connection -------------------------------------------------------------------------------


def test_a_fresh_desk_uses_no_model_and_has_nothing_to_save(tab):
    fields = tab.section.form.fields
    assert not fields.enabled.isChecked()
    assert says(tab.section, "nothing is sent anywhere")
    assert badge(tab.section) == ""
    assert tab.section.save_bar.isHidden()


@pytest.mark.parametrize(
    ("url", "said", "consent", "redact"),
    [
        ("http://127.0.0.1:11434", "This machine", False, False),
        ("http://192.168.1.20:8080/v1", "Your network", False, True),
        ("https://api.mistral.ai", "Public: tickets leave your organisation", True, False),
        ("ollama", "", False, False),
    ],
)
def test_how_far_an_address_lies_is_said_as_it_is_typed(tab, url, said, consent, redact):
    section = tab.section
    section.form.fields.url.setText(url)
    assert badge(section) == said
    assert section.form.fields.consent.isVisible() is consent
    assert section.form.fields.redact.isVisible() is redact


def test_an_endpoint_is_named_and_in_use_at_once(tab, dana, assistant, qtbot):
    section, fields = tab.section, tab.section.form.fields
    heard: list[str] = []
    tab.said.connect(heard.append)
    fields.enabled.setChecked(True)
    assert not says(section, "nothing is sent anywhere")
    assert says(section, "Switched on, the model at the address below is asked.")
    save(qtbot, dana, section)
    assert set(errors(section)) == {"url", "model"}
    assert fields.url.hasFocus()

    fields.url.setText("http://127.0.0.1:11434")
    fields.model.setEditText("mistral")
    assert errors(section) == {}
    save(qtbot, dana, section)

    [change] = assistant.changes
    assert change.model_dump(exclude_unset=True) == {
        "enabled": True,
        "url": "http://127.0.0.1:11434",
        "model": "mistral",
    }
    assert section.save_bar.isHidden()
    assert heard == ["The assistant's connection was saved and is in use now."]


def test_tickets_leave_the_organisation_only_with_consent(tab, dana, assistant, qtbot):
    section, fields = tab.section, tab.section.form.fields
    fields.enabled.setChecked(True)
    fields.url.setText("https://llm.example.org")
    fields.model.setEditText("m")
    save(qtbot, dana, section)
    assert list(errors(section)) == ["public_consent"]
    assert assistant.changes == []

    fields.consent.click()
    save(qtbot, dana, section)
    assert assistant.kept.public_consent


def test_where_consent_is_missing_is_seen_from_the_end_of_a_low_window(tab, dana, qtbot):
    tab.resize(900, 420)
    section, fields = tab.section, tab.section.form.fields
    fields.enabled.setChecked(True)
    fields.url.setText("https://llm.example.org")
    fields.model.setEditText("m")
    section.area.verticalScrollBar().setValue(0)
    assert fields.consent.visibleRegion().isEmpty()
    save(qtbot, dana, section)
    row = fields.rows["public_consent"]
    assert fields.consent.hasFocus()
    assert row.visibleRegion().boundingRect() == row.rect(), "with what is wrong below it"
    assert says(row, "Allow this first")


def test_consent_for_one_host_is_none_for_another(tab, dana, qtbot):
    section = connection(dana, tab, MISTRAL)
    fields = section.form.fields
    fields.url.setText("https://elsewhere.example.org")
    assert not fields.consent.isChecked()
    save(qtbot, dana, section)
    assert list(errors(section)) == ["public_consent"]

    fields.url.setText("https://api.mistral.ai/v1")
    assert fields.consent.isChecked()


def test_a_name_of_ones_own_has_to_be_called_so(tab, dana, qtbot):
    section, fields = tab.section, tab.section.form.fields
    fields.url.setText("http://llm.corp:8080")
    save(qtbot, dana, section)
    assert errors(section)["url"].endswith("say so under Advanced.")
    click(qtbot, section.form.advanced_button)
    fields.private_names.click()
    assert badge(section) == "Your network"
    assert errors(section) == {}
    fields.url.setText("https://api.mistral.ai")
    assert not fields.private_names.isChecked(), "it was said of another name"
    assert badge(section).startswith("Public")


def test_a_public_address_in_clear_is_refused_at_its_field(tab, dana, assistant, qtbot):
    section, fields = tab.section, tab.section.form.fields
    fields.url.setText("http://llm.example.org")
    assert errors(section) == {}, "nobody is interrupted while typing"
    fields.url.setFocus()
    fields.model.setFocus()
    assert "https://" in errors(section)["url"]
    save(qtbot, dana, section)
    assert assistant.changes == []
    fields.url.setText("https://llm.example.org")
    assert errors(section) == {}


def test_at_mistral_it_is_said_that_mistral_7b_is_gone(tab, dana):
    section = connection(dana, tab, MISTRAL)
    assert not says(section, "Mistral 7B is retired"), "it is another one that is named"
    section.form.fields.model.setEditText("open-mistral-7b")
    assert says(section, "Mistral 7B is retired")
    section.form.fields.url.setText("http://127.0.0.1:11434")
    assert not says(section, "Mistral 7B is retired")


def test_what_the_environment_sets_is_read_only(tab, dana):
    fixed = MISTRAL.model_copy(update={"fixed": ("url", "at_once")})
    fields = connection(dana, tab, fixed).form.fields
    assert not fields.url.isEnabled()
    assert not fields.at_once.isEnabled()
    assert fields.model.isEnabled()
    notes = [chip.text for chip in fields.rows["url"].findChildren(Chip) if chip.isVisible()]
    assert "set by the environment" in notes


def test_a_refused_change_keeps_what_was_typed_and_says_why(tab, dana, assistant, qtbot):
    section, fields = tab.section, tab.section.form.fields
    fields.model.setEditText("nonsense")
    assistant.fault = Invalid("There is no such model.", field="model")
    save(qtbot, dana, section)
    assert errors(section) == {"model": "There is no such model."}

    assistant.fault = Busy("Another program is writing.")
    save(qtbot, dana, section)
    assert section.banner.text == "Another program is writing."
    assert fields.model.currentText() == "nonsense"
    assert section.save_bar.save_button.isEnabled()


def test_discarding_shows_what_is_saved(tab, dana, qtbot):
    section = connection(dana, tab, MISTRAL)
    section.form.fields.url.setText("https://x.example.org")
    section.form.fields.context.setValue(2048)
    click(qtbot, section.save_bar.discard_button)
    assert section.form.fields.url.text() == MISTRAL.url
    assert section.form.fields.consent.isChecked()
    assert section.save_bar.isHidden()


def test_what_is_typed_outlives_a_change_by_somebody_else_and_the_window(
    tab, dana, desktop, folder
):
    section = connection(dana, tab, MISTRAL)
    section.form.fields.model.setEditText("half typed")
    section.form.fields.key.replace_button.click()
    section.form.fields.key.field.setText("sk-very-secret")
    connection(dana, tab, MISTRAL.model_copy(update={"at_once": 7}))
    assert section.form.fields.model.currentText() == "half typed"
    assert section.form.fields.at_once.value() == 7
    dana.drafts.flush()
    written = b"".join(file.read_bytes() for file in folder.drafts.rglob("*") if file.is_file())
    assert b"half typed" in written
    assert b"secret" not in written

    again = SettingsTab(desktop)
    again.open_section("connection")
    dana.show(again)
    assert again.section.form.fields.model.currentText() == "half typed"  # type: ignore[attr-defined]
    assert again.section.save_bar.isVisible()  # type: ignore[attr-defined]


def test_settings_that_cannot_be_read_can_be_asked_for_again(dana, desktop, assistant, qtbot):
    assistant.fault = Busy("Another program is writing.")
    tab = SettingsTab(desktop)
    tab.open_section("connection")
    dana.show(tab)
    assert tab.section.states.state == "failed"
    assistant.fault = None
    tab.refresh()
    dana.settle()
    assert tab.section.states.state == "content"


# --- the key ----------------------------------------------------------------------------------


def test_a_kept_key_is_replaced_or_removed_and_never_shown(tab, dana, assistant, qtbot):
    section = connection(dana, tab, MISTRAL)
    key = section.form.fields.key
    assert key.note == "Kept in the keyring."
    assert not key.field.isVisible()

    click(qtbot, key.replace_button)
    assert key.field.echoMode() == QLineEdit.Password
    click(qtbot, key.keep_button)
    assert key.value is None
    click(qtbot, key.replace_button)
    qtbot.keyClicks(key.field, "sk-new")
    save(qtbot, dana, section)
    assert assistant.changes[-1].model_dump(exclude_unset=True) == {"key": "sk-new"}
    assert key.field.text() == ""

    click(qtbot, key.remove_button)
    save(qtbot, dana, section)
    assert assistant.changes[-1].key == ""
    assert key.field.isVisible()


def test_a_key_is_for_one_host_alone(tab, dana):
    section = connection(dana, tab, MISTRAL)
    key = section.form.fields.key
    section.form.fields.url.setText("https://elsewhere.example.org")
    assert "belongs to api.mistral.ai" in key.note
    assert key.field.isVisible()
    section.form.fields.url.setText(MISTRAL.url)
    assert not key.field.isVisible()


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"can_keep_key": False, "has_key": False, "key_place": ""}, "MISTRAL_API_ENDPOINT"),
        ({"key_place": "environment"}, "Set by MISTRAL_API_KEY"),
    ],
)
def test_a_key_that_cannot_be_kept_here_is_explained(tab, dana, update, said):
    key = connection(dana, tab, MISTRAL.model_copy(update=update)).form.fields.key
    assert said in key.note
    assert not key.field.isVisible()
    assert not key.replace_button.isVisible()


# --- the test of the connection ---------------------------------------------------------------


def test_the_connection_is_tried_as_typed_and_its_findings_taken(tab, dana, source, qtbot):
    section, fields = tab.section, tab.section.form.fields
    source.parts["test"] = [text("word "), done(Answer(report=REPORT))]
    fields.url.setText("http://127.0.0.1:11434")
    click(qtbot, section.test.button)
    qtbot.waitUntil(lambda: bool(section.test.sentence))

    [ask] = source.asked
    assert ask.settings.model_dump(exclude_unset=True) == {"url": "http://127.0.0.1:11434"}
    assert section.test.sentence == REPORT.sentence
    assert "First word after 350 ms" in section.test.details
    assert [fields.model.itemText(i) for i in range(fields.model.count())] == list(REPORT.models)
    click(qtbot, section.test.use_button)
    assert fields.dialect.key is DialectName.OLLAMA
    assert fields.context.value() == 32_768
    assert section.save_bar.isVisible(), "nothing is saved by trying"

    fields.url.setText("http://127.0.0.1:8080")
    assert section.test.sentence == "", "the result was about another address"


@pytest.mark.parametrize("by_key", [True, False])
def test_a_try_can_be_stopped(tab, source, qtbot, by_key):
    section = tab.section
    source.parts["test"] = [text("word "), done(Answer(report=REPORT))]
    source.hold = 1
    section.form.fields.url.setText("http://127.0.0.1:11434")
    click(qtbot, section.test.button)
    qtbot.waitUntil(lambda: bool(source.asked))
    assert section.test.button.text() == "Stop"
    if by_key:
        qtbot.keyClick(section.test.button, Qt.Key_Escape)
    else:
        click(qtbot, section.test.button)
    qtbot.waitUntil(lambda: source.ended == ["test"])
    assert section.test.button.text() == "Test connection"
    assert section.test.sentence == ""


def test_a_try_that_fails_says_why(tab, source, qtbot):
    section = tab.section
    source.parts["test"] = [failed("Nothing answers at 127.0.0.1:1; start the server.")]
    section.form.fields.url.setText("http://127.0.0.1:1")
    click(qtbot, section.test.button)
    qtbot.waitUntil(lambda: bool(section.test.sentence))
    assert section.test.sentence == "Nothing answers at 127.0.0.1:1; start the server."
    assert not section.test.use_button.isVisible()


def test_of_an_endpoint_that_was_not_reached_nothing_is_taken(tab, source, qtbot):
    section = tab.section
    away = ConnectionReport(ok=False, sentence="It is away.", dialect=DialectName.VLLM)
    source.parts["test"] = [done(Answer(report=away))]
    section.form.fields.url.setText("http://127.0.0.1:1")
    click(qtbot, section.test.button)
    qtbot.waitUntil(lambda: section.test.sentence == "It is away.")
    assert section.test.details == ""
    assert not section.test.use_button.isVisible()


def test_nothing_is_tried_without_an_address(tab, source, qtbot):
    click(qtbot, tab.section.test.button)
    assert list(errors(tab.section)) == ["url"]
    assert source.asked == []


# --- what will be sent ------------------------------------------------------------------------


def test_what_will_be_sent_is_shown_word_for_word(tab, dana, assistant, qtbot):
    hostile = '<b>bold</b>\n<img src="file:///etc/hostname">  two  blanks'
    assistant.sending = SendingPreview(
        place="api.mistral.ai",
        messages=(SentMessage(role="system", text="Sort."), SentMessage(role="user", text=hostile)),
        redacted=(
            Redaction(kind="e-mail address", count=2),
            Redaction(kind="phone number", count=0),
        ),
    )
    preview = tab.section.preview
    preview.number.setText("hd-x")
    click(qtbot, preview.button)
    assert preview.error == "Type the number of a ticket, such as HD-5."

    preview.number.setText("hd-12")
    qtbot.keyClick(preview.number, Qt.Key_Return)
    dana.settle()
    assert assistant.asked[-1].ticket_id == 12
    [dialog] = tab.findChildren(SendingPreviewDialog)
    assert dialog.text.toPlainText() == f"Instructions\nSort.\n\nQuestion\n{hostile}"
    assert [chip.text for chip in dialog.findChildren(Chip)] == ["e-mail address × 2"]
    dialog.accept()

    assistant.fault = NotFound("There is no ticket HD-99.")
    preview.number.setText("99")
    click(qtbot, preview.button)
    dana.settle()
    assert preview.error == "There is no ticket HD-99."
    assert preview.button.isEnabled()


# --- automatic answers ------------------------------------------------------------------------


def test_a_switch_acts_at_once_and_goes_back_where_it_cannot(tab, dana, assistant):
    categories = {c.name: c.id for c in dana_categories(dana)}
    assistant.kept = FRESH.model_copy(update={"automatic_categories": (categories["Network"],)})
    assistant.told = SOME
    tab.open_section("automatic")
    dana.settle()
    section = tab.section
    assert {id_ for id_, s in section.switches.items() if s.isChecked()} == {categories["Network"]}
    assert section.cards["helped"].accessibleName() == "Helped: 20 50% of those sent"

    section.switches[categories["Email"]].click()
    section.switches[categories["Printing"]].click()
    tab.refresh()
    dana.settle()
    wanted = tuple(sorted(categories[name] for name in ("Network", "Email", "Printing")))
    assert assistant.kept.automatic_categories == wanted
    assert section.chosen() == set(wanted)

    assistant.fault = Busy("Another program is writing.")
    section.switches[categories["Email"]].click()
    dana.settle()
    assert section.banner.text == "Another program is writing."
    assert section.switches[categories["Email"]].isChecked(), "it is still answered"


def dana_categories(dana: Seat) -> Any:
    found: list[Any] = []
    job = dana.background.run(dana.parent, dana.desktop.desk.tickets.categories)
    job.then(found.append)
    dana.settle()
    return found[0]


# --- figures ----------------------------------------------------------------------------------


@pytest.fixture
def figures(tab, dana, assistant) -> FiguresSection:
    assistant.told = SOME
    tab.open_section("figures")
    dana.settle()
    assert isinstance(tab.section, FiguresSection)
    return tab.section


def test_figures_of_a_period_are_shown_and_can_be_copied(figures, dana, assistant, qtbot):
    said = {key: card.accessibleName() for key, card in figures.cards.items()}
    assert said == {
        "calls": "Questions: 1,200 40 answered from the cache",
        "failed": "Failed: < 1% 4 of 1,200",
        "accepted": "Suggestions accepted: 75% 90 of 120 shown",
        "first": "First word: 310 ms – 1.1 s median, by kind",
        "total": "Whole answer: 1.9 s median, by kind; 95 % within 6.1 s",
        "tokens": "Tokens: 1,000,030 900,010 in, 100,020 out",
    }
    figures.latest.setFocus()
    qtbot.keyClick(figures.latest, Qt.Key_C, Qt.ControlModifier)
    line = QApplication.clipboard().text().splitlines()[1]
    assert line == "Chat\t7 min ago\tm\tchat.v1\tRate limited, 2 retries\t–\t–\t120 s"

    click(qtbot, figures.period.button("90"))
    dana.settle()
    assert assistant.asked[-1] == CallsQuery(days=90)


def test_what_triage_has_learnt_is_shown_beside_the_figures(figures, dana, triage):
    lines = {name: line.text() for name, line in figures.history.lines.items()}
    assert lines["Learnt from"] == "8,234 solved tickets, 8 categories, 14 technicians"
    assert lines["Still to be learnt"] == "1 ticket waits"
    assert lines["Category is suggested"] == "from 72 % confidence"
    assert lines["Confidence last fitted"] == "3 h ago"

    triage.fault = Busy("Another program is writing.")
    figures.load()
    dana.settle()
    assert figures.history.sentence == "Another program is writing."
    assert figures.states.state == "content", "the figures stay"


def test_a_real_desk_tells_what_it_has_learnt(dana):
    tab = SettingsTab(dana.desktop)
    dana.show(tab)
    tab.open_section("figures")
    dana.settle()
    section = tab.section
    assert isinstance(section, FiguresSection)
    assert section.history.sentence.startswith("Nothing was learnt yet")
    assert section.history.lines["Still to be learnt"].text() == "nothing waits"


def test_no_figures_and_none_that_can_be_read_are_told_apart(figures, dana, assistant, qtbot):
    assistant.told = NOTHING
    figures.load()
    dana.settle()
    assert not figures.features.isVisible()
    assert says(figures, "The model was not asked in this time.")
    assert figures.cards["failed"].number.text() == "–"

    assistant.fault = Busy("Another program is writing.")
    figures.load()
    dana.settle()
    assert figures.states.state == "failed"


# --- finding a setting ------------------------------------------------------------------------


def shown(tab: SettingsTab) -> list[str]:
    model = tab.list.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_settings_are_found_by_name_and_by_what_is_said_of_them(tab, dana, qtbot):
    everything = shown(tab)
    tab.search.setFocus()
    qtbot.keyClicks(tab.search, "graphics CARD")
    assert shown(tab) == ["Assistant: connection", "Questions at once"]
    qtbot.keyClick(tab.search, Qt.Key_Return)
    assert tab.section.form.fields.at_once.hasFocus(), "it is unfolded for that"

    tab.search.setText("zzz")
    assert shown(tab) == []
    tab.search.setFocus()
    qtbot.keyClick(tab.search, Qt.Key_Escape)
    assert shown(tab) == everything


def test_the_arrow_keys_go_through_the_sections(tab, dana, qtbot):
    tab.search.setFocus()
    qtbot.keyClick(tab.search, Qt.Key_Down)
    qtbot.keyClick(tab.list, Qt.Key_Down)
    dana.settle()
    assert isinstance(tab.section, AutomaticSection)
    assert tab.list.hasFocus()


def test_the_section_is_remembered(tab, dana, desktop):
    tab.open_section("figures")
    tab.save_state()
    again = SettingsTab(desktop)
    dana.show(again)
    assert isinstance(again.section, FiguresSection)
