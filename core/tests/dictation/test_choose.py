from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from voicebridge.dictation.choose import find_services
from voicebridge.dictation.services import DesktopServices
from voicebridge.errors import UnavailableError
from voicebridge.runtime.config import Config
from voicebridge.runtime.plugins import load_plugins
from voicebridge.runtime.registry import Registry

Site = Any  # the folder of planted packages in conftest.py

INSERTERS = """
    from voicebridge import ServiceSpec, hookimpl

    @hookimpl
    def voicebridge_services():
        yield ServiceSpec(kind="inserter", name="typing", factory="PACKAGE.parts:Typing", probe="PACKAGE.parts:slow")
        yield ServiceSpec(kind="inserter", name="pasting", factory="PACKAGE.parts:Pasting", probe="PACKAGE.parts:quick")
"""
PARTS = """
    from voicebridge import UnavailableError

    HERE = True
    PROBED = []

    def slow():
        return probed("slow", 1)

    def quick():
        return probed("quick", 2)

    def probed(name, priority):
        PROBED.append(name)
        if not HERE:
            raise UnavailableError("no desktop")
        return priority

    class Typing:
        pass

    class Pasting:
        def __init__(self):
            raise RuntimeError("no such thing")
"""


@pytest.fixture
def parts(home: Path, site: Site) -> Any:
    return import_module(f"{site.install('desk', INSERTERS, parts=PARTS)}.parts")


def desk() -> DesktopServices:
    return find_services(Registry(load_plugins(), Config.load(environment={})))


def test_ways_to_insert_are_looked_for_once_and_the_best_comes_first(parts: Any) -> None:
    found = desk()
    assert [way.name for way in found.ways()] == ["pasting", "typing"]
    assert [way.name for way in found.ways()] == ["pasting", "typing"]
    assert sorted(parts.PROBED) == ["quick", "slow"]


def test_ways_to_insert_are_looked_for_again_while_there_is_none(parts: Any) -> None:
    found = desk()
    parts.HERE = False
    assert found.ways() == []
    parts.HERE = True
    assert len(found.ways()) == 2


def test_a_way_that_can_not_be_made_says_whose_it_is(parts: Any) -> None:
    pasting, typing = desk().ways()
    with pytest.raises(
        UnavailableError, match="desk/pasting failed: RuntimeError: no such thing. Report it to the maintainers of desk-plugin"
    ):
        pasting.open()
    assert typing.open() is typing.open()
