"""The descriptors of what plugins add besides models, services and commands."""

from __future__ import annotations

import pytest
from voicebridge.errors import PluginError
from voicebridge.extensions import (
    CheckSpec,
    DaemonPartSpec,
    DiarizerSpec,
    DocumentReaderSpec,
    ExtensionSpec,
    FormatSpec,
    ListenerSpec,
    SettingsSpec,
    TextFilterSpec,
)

PLAIN = [CheckSpec, DaemonPartSpec, DiarizerSpec, FormatSpec, ListenerSpec]


@pytest.mark.parametrize("kind", PLAIN)
def test_a_name_and_a_factory_are_enough(kind: type[ExtensionSpec]) -> None:
    spec = kind(name="one", factory="acme.things:One")
    assert (spec.name, spec.factory, spec.description) == ("one", "acme.things:One", "")


@pytest.mark.parametrize("kind", PLAIN)
def test_a_name_or_reference_of_the_wrong_form_is_refused(kind: type[ExtensionSpec]) -> None:
    with pytest.raises(PluginError, match="'One' is not a name"):
        kind(name="One", factory="acme.things:One")
    with pytest.raises(PluginError, match="factory='acme.things' is not a reference"):
        kind(name="one", factory="acme.things")


def test_settings_refer_to_a_class() -> None:
    assert SettingsSpec(settings="acme.settings:Settings").settings == "acme.settings:Settings"
    with pytest.raises(PluginError, match="settings='acme' is not a reference"):
        SettingsSpec(settings="acme")


def test_a_text_filter_runs_in_known_stages() -> None:
    spec = TextFilterSpec(name="names", factory="acme.names:Names", stages=["dictation", "speech"])
    assert spec.stages == {"dictation", "speech"}
    with pytest.raises(PluginError, match="'dictate' is not a stage. Use one of dictation, transcript, speech"):
        TextFilterSpec(name="names", factory="acme.names:Names", stages=["dictate"])
    with pytest.raises(PluginError, match="stages='dictation' is one word"):
        TextFilterSpec(name="names", factory="acme.names:Names", stages="dictation")
    with pytest.raises(PluginError, match="stages is empty"):
        TextFilterSpec(name="names", factory="acme.names:Names", stages=[])
    with pytest.raises(PluginError, match="seconds=0 is not above 0"):
        TextFilterSpec(name="names", factory="acme.names:Names", stages=["speech"], seconds=0)


@pytest.mark.parametrize("suffix", ["odt", ".ODT"])
def test_suffixes_of_documents_are_in_lower_case_with_the_dot(suffix: str) -> None:
    with pytest.raises(PluginError, match="is not a suffix"):
        DocumentReaderSpec(name="odt", factory="acme.odt:Reader", suffixes=[suffix])
    assert DocumentReaderSpec(name="odt", factory="acme.odt:Reader", suffixes=[".odt"]).suffixes == {".odt"}


@pytest.mark.parametrize("field", ["sample_rate", "max_speakers", "seconds"])
def test_the_numbers_of_a_diarizer_are_above_0(field: str) -> None:
    with pytest.raises(PluginError, match=f"turns: {field}=0 is not above 0"):
        DiarizerSpec(name="turns", factory="acme.turns:Turns", **{field: 0})  # type: ignore[arg-type]
