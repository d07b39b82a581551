"""What plugins and scripts can ask VoiceBridge for."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from voicebridge import Host
from voicebridge.errors import DownloadError, UnknownNameError, UsageError
from voicebridge.runtime import current
from voicebridge.testing.hub import StandIn, serving
from voicebridge.weights import transport


def test_a_script_loads_a_host_with_its_profile(site: Any, home: Path) -> None:
    (home / "config.toml").write_text("[profiles.meeting.stt]\nlanguage = 'de'\n", encoding="utf-8")
    site.install(
        "acme",
        """
        from voicebridge import SttSpec, hookimpl

        @hookimpl
        def voicebridge_stt_models():
            yield SttSpec(name="tiny", factory="PACKAGE.engine:Engine", description="Small.")
        """,
        engine="Engine = None\n",
    )
    host = Host.load(profile="meeting")
    assert host.profile == "meeting"
    assert [(each.name, each.spec.description) for each in host.stt_models() if each.name.startswith("acme/")] == [("acme/tiny", "Small.")]
    assert Host.current().profile == "meeting"


def test_outside_of_a_run_there_is_no_current_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current._current, "load", None)
    with pytest.raises(UsageError, match=r"In a script, use Host.load\(\)"):
        Host.current()


def test_a_plugin_has_folders_and_a_logger_of_its_own(home: Path) -> None:
    host = Host.load()
    assert host.data_folder("acme").is_dir()
    assert host.cache_folder("acme").is_relative_to(home)
    assert host.data_folder("acme") != host.cache_folder("acme")
    assert host.logger("acme").name == "voicebridge.plugins.acme"


def test_names_are_resolved_as_on_the_command_line(site: Any, home: Path) -> None:
    site.install(
        "acme",
        """
        from voicebridge import DocumentReaderSpec, FormatSpec, ServiceSpec, SttSpec, TtsSpec, Voice, hookimpl

        @hookimpl
        def voicebridge_stt_models():
            yield SttSpec(name="tiny", factory="PACKAGE.engine:Engine", aliases=["little"])

        @hookimpl
        def voicebridge_tts_models():
            yield TtsSpec(name="robot", factory="PACKAGE.engine:Engine", voices=[Voice("marvin", "en")], automatic=False)

        @hookimpl
        def voicebridge_services():
            yield ServiceSpec(kind="speaker", name="pipe", factory="PACKAGE.engine:Engine", probe="PACKAGE.engine:probe")

        @hookimpl
        def voicebridge_transcript_formats():
            yield FormatSpec(name="acm", factory="PACKAGE.engine:Engine")

        @hookimpl
        def voicebridge_document_readers():
            yield DocumentReaderSpec(name="acd", factory="PACKAGE.engine:Engine", suffixes=[".acd"])
        """,
        engine="Engine = None\ndef probe(): return 1000\n",
    )
    host = Host.load()
    assert host.find_stt("little").name == "acme/tiny"
    assert host.find_tts(voice="marvin").name == "acme/robot"
    assert ("acme/robot", "marvin") in [(model, voice.name) for model, voice in host.voices()]
    assert "srt" in host.formats()
    assert "acm" in host.formats()
    assert "acme/acd" in [each.name for each in host.readers()]
    assert host.services("speaker")[0].name == "acme/pipe"
    with pytest.raises(UnknownNameError, match="Did you mean"):
        host.find_stt("littel")


CONTENT = bytes(range(256)) * 400


@pytest.fixture
def server() -> Iterator[StandIn]:
    with serving(StandIn("acme/tiny", {"weights.bin": CONTENT}, "weights.bin")) as found:
        yield found


def test_a_file_is_downloaded_once_and_resumed_where_it_broke_off(server: StandIn, home: Path) -> None:
    host, seen = Host.load(), list[tuple[int, int | None]]()
    server.cuts = [30_000]
    url, right = f"{server.address}/storage/weights", sha256(CONTENT).hexdigest()
    path = host.fetch("acme", url, right, lambda *done: seen.append(done))
    assert path == host.cache_folder("acme") / "weights"
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=30000-"]
    assert seen[-1][0] == len(CONTENT)
    assert host.fetch("acme", url, right.upper()) == path
    assert len(server.ranges) == 2
    assert [each.name for each in path.parent.iterdir() if not each.name.endswith(".lock")] == ["weights"]


def test_a_file_with_another_hash_is_refused_and_not_kept(server: StandIn, home: Path) -> None:
    host = Host.load()
    with pytest.raises(DownloadError, match="its hash is wrong"):
        host.fetch("acme", f"{server.address}/storage/weights", sha256(b"other").hexdigest())
    assert not [each for each in host.cache_folder("acme").iterdir() if not each.name.endswith(".lock")]


def test_the_token_of_the_hub_is_sent_to_the_hub_alone(server: StandIn, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "authorization" in transport._headers(0, with_token=True)
    Host.load().fetch("acme", f"{server.address}/storage/weights", sha256(CONTENT).hexdigest())
    assert server.tokens == [None]


def test_offline_nothing_is_downloaded(server: StandIn, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_OFFLINE", "1")
    with pytest.raises(DownloadError, match="VoiceBridge is offline"):
        Host.load().fetch("acme", f"{server.address}/storage/weights", sha256(CONTENT).hexdigest())
    assert not server.asked
