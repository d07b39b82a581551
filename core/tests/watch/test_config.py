"""``[[watch]]`` in the configuration: a table per folder."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from voicebridge.errors import ConfigError
from voicebridge.options import toml_text
from voicebridge.runtime.config import Config


def _config(text: str) -> Config:
    return Config(Path("c.toml"), tomllib.loads(text), None, {})


def test_each_table_is_a_folder() -> None:
    config = _config('[[watch]]\nfolder = "/x"\nformats = ["srt"]\noptions = {beam_size = 2}\n[[watch]]\nfolder = "~/y"\ntts = true')
    one, other = config.settings.watch
    assert (one.folder, one.formats, one.options, one.tts) == ("/x", ("srt",), {"beam_size": 2}, False)
    assert (other.folder, other.tts, other.command_seconds) == ("~/y", True, 60.0)
    assert toml_text(config.values["watch"].value).endswith('{"folder" = "~/y", "tts" = true}]')


def test_a_profile_may_have_folders_of_its_own() -> None:
    table = tomllib.loads('[[watch]]\nfolder = "/x"\n[[profiles.trip.watch]]\nfolder = "/y"')
    assert [each.folder for each in Config(Path("c.toml"), table, "trip", {}).settings.watch] == ["/y"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[watch]]\nfolder = "/x"\nformat = ["srt"]', "[[watch]] number 1: there is no key format. Did you mean 'formats'?"),
        ('[[watch]]\nfolder = "/x"\n[[watch]]\ntts = true', "[[watch]] number 2: folder is missing."),
        ('[[watch]]\nfolder = "x"', "x is not an absolute path. Start it with / or ~"),
        ('[[watch]]\nfolder = "/x"\ntts = "yes"', "[[watch]] number 1: tts: expected true or false, got 'yes'."),
        ('[watch]\nfolder = "/x"', "watch must be a list of tables, each as in [[watch]]."),
        ('watch = "/x"', "watch must be a list of tables, each as in [[watch]]."),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        _config(text)
    assert says in str(raised.value)
