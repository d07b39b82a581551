from __future__ import annotations

import os
import sys
from typing import Any

import pytest
from voicebridge import hookspecs
from voicebridge.errors import UnknownNameError
from voicebridge.installing import remedy, removal
from voicebridge.runtime import installed, plugins
from voicebridge.runtime.plugins import Outcome, PluginHost, PluginRecord, load_plugins
from voicebridge.specs import CommandSpec, ServiceSpec, SttSpec

Site = Any  # the folder of planted packages in conftest.py

GOOD = """
    from voicebridge import SttSpec, hookimpl

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="tiny", factory="PACKAGE.engine:Engine")
"""


def load_with_a_good_one(site: Site, source: str, *, name: str = "bad") -> PluginRecord:
    """Load a plugin together with a working one, which must continue to work whatever happens."""
    site.install("good", GOOD)
    site.install(name, source)
    host = load_plugins()
    assert host.get("good").active
    assert [spec.name for spec in host.get("good").of(SttSpec)] == ["tiny"]
    return host.get(name)


def test_a_good_plugin_is_active_and_its_descriptors_are_there(site: Site) -> None:
    site.install("acme", GOOD, dist="acme-asr", version="2.3")
    (record,) = load_plugins().records
    assert (record.name, record.distribution, record.version, record.outcome) == ("acme", "acme-asr", "2.3", Outcome.ACTIVE)
    assert record.reason == ""
    assert record.module == "planted_acme_asr.plugin"


def test_importing_a_plugin_does_not_import_its_engine(site: Site) -> None:
    package = site.install("acme", GOOD, engine="raise AssertionError('imported too early')")
    assert load_plugins().get("acme").active
    assert f"{package}.engine" not in sys.modules


def test_a_missing_dependency_is_named_with_the_command_that_brings_it(site: Site) -> None:
    record = load_with_a_good_one(site, "import acme_is_not_here")
    assert record.outcome is Outcome.FAILED
    assert "acme_is_not_here" in record.reason
    assert f"Install what it needs: {remedy('bad-plugin')}" in record.reason


def test_an_error_while_importing_is_kept_in_one_line(site: Site) -> None:
    record = load_with_a_good_one(site, "raise ValueError('first\\nsecond')")
    assert record.outcome is Outcome.FAILED
    assert record.reason.startswith("ValueError: first. Report it to the maintainers of bad-plugin")
    assert "\n" not in record.reason


def test_a_syntax_error_is_a_failure_like_any_other(site: Site) -> None:
    assert load_with_a_good_one(site, "def (").reason.startswith("SyntaxError")


def test_a_plugin_that_exits_takes_only_itself_along(site: Site) -> None:
    record = load_with_a_good_one(site, "import sys\nsys.exit(3)")
    assert record.outcome is Outcome.FAILED
    assert record.reason.startswith("SystemExit: 3")


def test_ctrl_c_while_a_plugin_loads_still_stops_the_program(site: Site) -> None:
    site.install("bad", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_plugins()


@pytest.mark.parametrize(
    ("wanted", "remedy"),
    [
        (hookspecs.API_VERSION + 1, "core"),
        (hookspecs.API_VERSION - 1, "bad-plugin"),
        ("'1'", "bad-plugin"),
    ],
)
def test_another_version_of_the_contract_says_which_side_to_upgrade(site: Site, wanted: object, remedy: str) -> None:
    record = load_with_a_good_one(site, f"VOICEBRIDGE_API = {wanted}")
    assert record.outcome is Outcome.INCOMPATIBLE
    assert remedy in record.reason
    assert f"this VoiceBridge has version {hookspecs.API_VERSION}" in record.reason


def test_a_hook_that_breaks_halfway_leaves_nothing_of_what_it_had_yielded(site: Site) -> None:
    record = load_with_a_good_one(site, GOOD + "        raise RuntimeError('halfway')\n")
    assert record.outcome is Outcome.FAILED
    assert "RuntimeError: halfway" in record.reason
    assert record.specs == []


def test_an_unknown_hook_is_named_with_the_one_that_was_meant(site: Site) -> None:
    record = load_with_a_good_one(site, GOOD.replace("voicebridge_stt_models", "voicebridge_stt_model"))
    assert record.outcome is Outcome.FAILED
    assert "no hook 'voicebridge_stt_model'. Did you mean 'voicebridge_stt_models'?" in record.reason


NEWER = (
    GOOD.replace('Engine")', 'Engine", murmurs=True, guesses=2)')
    + """
    @hookimpl
    def voicebridge_translators():
        yield 3
"""
)


def test_what_only_a_newer_version_knows_is_left_out_with_a_remark(site: Site) -> None:
    record = load_with_a_good_one(site, NEWER)
    assert record.active
    assert [spec.name for spec in record.of(SttSpec)] == ["tiny"]
    assert record.reason == (
        "works without the hook voicebridge_translators and the field murmurs of SttSpec and the field guesses of SttSpec, "
        f"which this version doesn't have. Try: {remedy('voicebridge-core', upgrade=True)}"
    )


def test_a_plugin_whose_files_have_changed_since_it_was_imported_says_so(site: Site) -> None:
    package = site.install("acme", GOOD)
    assert not load_plugins().get("acme").changed
    assert not load_plugins().get("acme").changed
    file = site.path / package / "plugin.py"
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))
    assert load_plugins().get("acme").changed


def test_a_misspelled_field_is_named_with_the_one_that_was_meant(site: Site) -> None:
    record = load_with_a_good_one(site, GOOD.replace('Engine")', 'Engine", langauges={"en"})'))
    assert record.outcome is Outcome.FAILED
    assert record.reason == "SttSpec has no field 'langauges'. Did you mean 'languages'?"


def test_a_missing_field_is_named(site: Site) -> None:
    record = load_with_a_good_one(site, GOOD.replace('name="tiny", ', ""))
    assert record.outcome is Outcome.FAILED
    assert "missing 1 required keyword-only argument: 'name'" in record.reason


def test_a_forgotten_mark_is_found(site: Site) -> None:
    record = load_with_a_good_one(site, GOOD.replace("@hookimpl", ""))
    assert "Put @hookimpl above it" in record.reason


def test_a_hook_that_wants_arguments_is_told_that_nobody_passes_them(site: Site) -> None:
    record = load_with_a_good_one(site, GOOD.replace("models()", "models(config)"))
    assert record.outcome is Outcome.FAILED
    assert "config" in record.reason
    assert "\n" not in record.reason


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("yield 'tiny'", "yielded a str; it must yield SttSpec"),
        ("return SttSpec(name='tiny', factory='a:b')", "returned a SttSpec; it must yield SttSpec"),
        ("yield SttSpec(name='Tiny!', factory='a:b')", "'Tiny!' is not a name"),
        ("yield SttSpec(name='tiny', factory='engine')", "write it as 'package.module:attribute'"),
        ("yield SttSpec(name='tiny')", "TypeError"),
    ],
)
def test_what_is_no_descriptor_is_refused(site: Site, body: str, complaint: str) -> None:
    record = load_with_a_good_one(site, GOOD.split("yield")[0] + body)
    assert record.outcome is Outcome.FAILED
    assert complaint in record.reason


@pytest.mark.parametrize("second", ["name='tiny', factory='a:b'", "name='other', aliases=['tiny'], factory='a:b'"])
def test_a_name_that_a_plugin_gives_twice_is_refused(site: Site, second: str) -> None:
    record = load_with_a_good_one(site, GOOD + f"        yield SttSpec({second})\n")
    assert "it provides the model 'tiny' twice" in record.reason


def test_a_model_that_hears_and_one_that_speaks_need_different_names(site: Site) -> None:
    speaking = """
    from voicebridge import TtsSpec

    @hookimpl
    def voicebridge_tts_models():
        yield TtsSpec(name="tiny", factory="a:b")
"""
    assert "it provides the model 'tiny' twice" in load_with_a_good_one(site, GOOD + speaking).reason


def test_services_of_different_kinds_may_share_a_name(site: Site) -> None:
    site.install(
        "desk",
        """
        from voicebridge import CommandSpec, ServiceSpec, hookimpl

        @hookimpl
        def voicebridge_services():
            yield ServiceSpec(kind="clipboard", name="x11", factory="a:b", probe="a:c")
            yield ServiceSpec(kind="hotkeys", name="x11", factory="a:b", probe="a:c")

        @hookimpl
        def voicebridge_commands():
            yield CommandSpec(name="x11", command="a:b", help="About X11.")
        """,
    )
    record = load_plugins().get("desk")
    assert record.active
    assert len(record.of(ServiceSpec)) == 2
    assert len(record.of(CommandSpec)) == 1


def test_a_plugin_that_offers_nothing_says_so(site: Site) -> None:
    record = load_with_a_good_one(site, "VOICEBRIDGE_API = 1")
    assert record.active
    assert "provides nothing" in record.reason


def test_of_two_that_claim_a_name_the_package_of_that_name_gets_it(site: Site) -> None:
    site.install("os_linux", GOOD, dist="voicebridge-os-linux")
    site.install("os_linux", "raise AssertionError('imported')", dist="stranger")
    host = load_plugins()
    assert host.get("os_linux").distribution == "voicebridge-os-linux"
    assert host.get("os_linux").active
    (refused,) = [record for record in host.records if not record.active]
    assert refused.outcome is Outcome.FAILED
    assert refused.reason == (
        "the name 'os_linux' belongs to voicebridge-os-linux, which is installed too. Remove one: " + removal("stranger")
    )


def test_of_two_strangers_that_claim_a_name_neither_gets_it_and_each_names_the_other(site: Site) -> None:
    site.install("acme", GOOD, dist="first")
    site.install("acme", GOOD, dist="second")
    first, second = load_plugins().records
    assert (first.outcome, second.outcome) == (Outcome.FAILED, Outcome.FAILED)
    assert "also claimed by second" in first.reason
    assert removal("first") in first.reason
    assert "also claimed by first" in second.reason


def test_a_name_that_could_not_be_typed_fails(site: Site) -> None:
    record = load_with_a_good_one(site, GOOD, name="Acme/Pro")
    assert "'Acme/Pro' is not a name" in record.reason


def test_a_slow_plugin_works_and_is_named_with_the_remedy(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "SLOW_SECONDS", 0.0)
    site.install("acme", GOOD)
    record = load_plugins().get("acme")
    assert record.active
    assert record.slow
    assert "slows every command" in record.reason
    assert "voicebridge plugins disable acme" in record.reason


def test_a_quick_plugin_is_not_called_slow(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "SLOW_SECONDS", 60.0)
    site.install("acme", GOOD)
    assert not load_plugins().get("acme").slow


def test_what_a_plugin_prints_as_it_loads_stays_out_of_stdout(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("acme", "\n    print('from the module')" + GOOD.replace("yield", "print('from the hook')\n        yield"), dist="acme")
    assert load_plugins().get("acme").active
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["from the module", "from the hook"]


def test_a_disabled_plugin_is_not_imported(site: Site) -> None:
    package = site.install("acme", "raise AssertionError('imported')")
    record = load_plugins(is_enabled=lambda name, _: name != "acme").get("acme")
    assert record.outcome is Outcome.DISABLED
    assert "voicebridge plugins enable acme" in record.reason
    assert f"{package}.plugin" not in sys.modules


def test_only_those_that_are_named_load_where_some_are(site: Site) -> None:
    site.install("one", GOOD)
    site.install("two", GOOD)
    host = load_plugins(only=["two"])
    assert [record.name for record in host.active] == ["two"]
    assert "VOICEBRIDGE_PLUGINS" in host.get("one").reason
    assert load_plugins(only=[]).active == []


def test_naming_a_plugin_that_is_not_installed_is_an_error_with_the_nearest(site: Site) -> None:
    site.install("whisper", GOOD)
    with pytest.raises(UnknownNameError, match=r"VOICEBRIDGE_PLUGINS: no plugin is named 'whispr'. Did you mean 'whisper'\?"):
        load_plugins(only=["whispr"])


def test_the_names_of_the_installed_are_known_without_importing_any(site: Site) -> None:
    site.install("one", "raise AssertionError('imported')")
    assert installed.names() == {"one"}


def test_asking_for_a_plugin_that_is_not_there_names_those_that_are() -> None:
    host = PluginHost([PluginRecord("whisper", "voicebridge-whisper", "1", "a")])
    with pytest.raises(UnknownNameError, match=r"Did you mean 'whisper'\? Installed: whisper."):
        host.get("wisper")
    with pytest.raises(UnknownNameError, match=r"None is installed."):
        PluginHost([]).get("wisper")


def test_a_package_with_broken_metadata_is_a_plugin_without_a_version(site: Site) -> None:
    site.install("acme", GOOD)
    for path in site.path.glob("*.dist-info/METADATA"):
        path.write_text("", encoding="utf-8")
    (record,) = load_plugins().records
    assert record.active


def test_the_version_of_a_package_is_that_of_its_metadata_and_not_of_its_description(site: Site) -> None:
    site.install("acme", GOOD, version="1.2")
    for path in site.path.glob("*.dist-info/METADATA"):
        path.write_text(f"{path.read_text(encoding='utf-8')}\nName: readme\nVersion: 9\n", encoding="utf-8")
    (record,) = load_plugins().records
    assert (record.distribution, record.version) == ("acme-plugin", "1.2")
