from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest
import voicebridge
from voicebridge import hookspecs
from voicebridge.errors import PluginError
from voicebridge.runtime.settings import known_keys
from voicebridge.spec_fields import load_ref
from voicebridge.specs import CommandSpec, ServiceSpec, SttSpec, TtsSpec
from voicebridge.speech import Voice

EXPORTED = [
    "API_VERSION",
    "AmbiguousNameError",
    "AudioChunk",
    "Block",
    "CheckSpec",
    "CommandSpec",
    "ConfigError",
    "DaemonPartSpec",
    "Device",
    "DiarizerSpec",
    "Document",
    "DocumentReaderSpec",
    "DocumentSource",
    "DownloadError",
    "EngineOptions",
    "Event",
    "ExecutorSpec",
    "Finding",
    "FormatSpec",
    "Host",
    "InputError",
    "Line",
    "ListenerSpec",
    "ModelError",
    "NotSupportedError",
    "OptionError",
    "OutputError",
    "PartlyInsertedError",
    "PluginError",
    "Receipt",
    "Segment",
    "ServiceSpec",
    "SettingsSpec",
    "SpeechToText",
    "SttJob",
    "SttModel",
    "SttRequest",
    "SttSpec",
    "SttWorker",
    "TextContext",
    "TextFilterSpec",
    "TextToSpeech",
    "Transcript",
    "TranscriptInfo",
    "TtsModel",
    "TtsRequest",
    "TtsSpec",
    "Turn",
    "UnavailableError",
    "UnknownNameError",
    "UsageError",
    "Voice",
    "VoiceBridgeError",
    "WeightsNotFoundError",
    "WeightsPlace",
    "WeightsStore",
    "Window",
    "Word",
    "hookimpl",
    "load_model",
    "load_voice",
    "save_speech",
    "speak",
    "stream",
    "transcribe",
]


def test_exporting_a_name_is_a_decision() -> None:
    assert sorted(voicebridge.__all__) == sorted(EXPORTED)


@pytest.mark.parametrize("name", EXPORTED)
def test_an_exported_name_can_be_imported_and_is_what_its_home_calls_so(name: str) -> None:
    value = getattr(voicebridge, name)
    home = importlib.import_module(f"voicebridge.{voicebridge._HOME_OF[name]}")
    assert value is getattr(home, name)
    assert name in dir(voicebridge)


def test_a_name_that_is_not_exported_is_missing_in_the_usual_way() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = voicebridge.nothing  # type: ignore[attr-defined]


def test_the_hooks_are_those_that_the_module_marks() -> None:
    marked = {name for name, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.PROJECT}_spec")}
    assert marked == set(hookspecs.HOOKS)
    assert all(name.startswith("voicebridge_") for name in marked)


@pytest.mark.parametrize("hook", hookspecs.HOOKS)
def test_every_hook_is_documented_with_an_example_that_runs(hook: str) -> None:
    text = inspect.getdoc(getattr(hookspecs, hook)) or ""
    said, _, example = text.partition("Example::\n")
    assert said.strip().endswith(".")
    assert f"def {hook}():" in example
    names = {"hookimpl": hookspecs.hookimpl, "Voice": voicebridge.Voice}
    names |= {kind.__name__: kind for kind in hookspecs.HOOKS.values()}
    exec(inspect.cleandoc(example), names)
    assert all(isinstance(spec, hookspecs.HOOKS[hook]) for spec in names[hook]())  # type: ignore[operator]


@pytest.mark.parametrize(("key", "field"), known_keys().items())
def test_every_key_has_a_description(key: str, field: object) -> None:
    description = getattr(field, "description", None)
    assert description, key
    assert description.endswith("."), key


@pytest.mark.parametrize("name", ["Base", "whisper/base", "", ".base", "two words", "ä"])
def test_a_name_that_could_not_be_typed_is_refused(name: str) -> None:
    with pytest.raises(PluginError, match="is not a name"):
        SttSpec(name=name, factory="a.b:c")


@pytest.mark.parametrize("ref", ["acme", "acme:", ":Engine", "acme.engine.Engine", "acme:Engine()", "a b:c", 3])
def test_a_reference_that_names_no_attribute_is_refused(ref: str) -> None:
    with pytest.raises(PluginError, match=r"package\.module:attribute"):
        SttSpec(name="tiny", factory=ref)


def test_one_word_where_several_belong_is_refused_rather_than_spelled_out() -> None:
    with pytest.raises(PluginError, match=r"languages=\['en'\]"):
        SttSpec(name="tiny", factory="a:b", languages="en")
    with pytest.raises(PluginError, match=r"aliases=\['t'\]"):
        SttSpec(name="tiny", factory="a:b", aliases="t")
    with pytest.raises(PluginError, match=r"features=\['release'\]"):
        ServiceSpec(kind="hotkeys", name="x11", factory="a:b", probe="a:c", features="release")


def test_a_service_of_an_unknown_kind_is_refused_with_the_kinds() -> None:
    with pytest.raises(PluginError, match="microphone, speaker"):
        ServiceSpec(kind="toaster", name="x", factory="a:b", probe="a:c")


def test_a_descriptor_can_be_put_into_a_set_and_never_changes() -> None:
    spec = TtsSpec(name="clara", factory="a:b", voices=[voicebridge.Voice("clara")], aliases=["c"], languages=["en"])
    assert {spec, spec} == {spec}
    with pytest.raises(AttributeError):
        spec.name = "other"  # type: ignore[misc]


def test_a_command_needs_a_reference_too() -> None:
    with pytest.raises(PluginError, match="command="):
        CommandSpec(name="minutes", command="acme", help="Write the minutes.")


def test_a_reference_leads_to_nested_attributes() -> None:
    assert load_ref("voicebridge.specs:SttSpec.__init__") is SttSpec.__init__


@pytest.mark.parametrize("ref", ["voicebridge_nowhere:x", "voicebridge.specs:Nothing"])
def test_a_reference_to_nothing_is_one_line_with_a_remedy(ref: str) -> None:
    with pytest.raises(PluginError, match=f"{ref} can't be imported: .*Reinstall"):
        load_ref(ref)


VOICE = Voice("clara", "en")


@pytest.mark.parametrize(
    ("kind", "fields", "mistake"),
    [
        (SttSpec, {"frame": -1}, "tiny: frame=-1 is not a whole number from 0."),
        (SttSpec, {"frame": 1.5}, "tiny: frame=1.5 is not a whole number from 0."),
        (SttSpec, {"frame": True}, "tiny: frame=True is not a whole number from 0."),
        (SttSpec, {"sample_type": "float64"}, "tiny: sample_type='float64' is not known. Use one of float32, int16."),
        (TtsSpec, {"longest_text": "many"}, "tiny: longest_text='many' is not a whole number from 0."),
        (TtsSpec, {"longest_text": 100, "passage": 200}, "tiny: passage=200 is above longest_text=100. Lower it."),
        (TtsSpec, {"speed_range": (0.5, 2)}, "tiny: speed_range needs speed=True."),
        *(
            (
                TtsSpec,
                {"speed": True, "speed_range": wrong},
                f"tiny: speed_range={wrong!r} is not a lowest speed up to 1 and a highest from 1.",
            )
            for wrong in ((2, 0.5), (1.5, 2), (0.5, 0.9), (0, 2), (1,))
        ),
        (TtsSpec, {"default_voice": "clara"}, "tiny: default_voice='clara' is not one of its voices (none)."),
        (TtsSpec, {"default_voice": "clra", "voices": [VOICE]}, "tiny: default_voice='clra' is not one of its voices (clara)."),
    ],
)
def test_a_descriptor_rejects_what_its_engine_cannot_mean(kind: Any, fields: dict[str, Any], mistake: str) -> None:
    with pytest.raises(PluginError) as caught:
        kind(name="tiny", factory="a:b", **fields)
    assert str(caught.value) == mistake


def test_only_a_repeatable_model_is_resumed_and_only_a_streaming_one_with_drafts_is_live() -> None:
    def spec(**fields: Any) -> SttSpec:
        return SttSpec(name="tiny", factory="a:b", **fields)

    assert [spec(resume=resume, repeatable=again).is_resumable for resume in (True, False) for again in (True, False)] == [
        True, False, False, False,
    ]  # fmt: skip
    assert [spec(streaming=streaming, partials=drafts).is_live for streaming in (True, False) for drafts in (True, False)] == [
        True, False, False, False,
    ]  # fmt: skip
