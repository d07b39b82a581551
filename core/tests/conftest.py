"""Real media, made on the spot with the codecs that PyAV carries; and the conformance kit run on made-up plugins."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from voicebridge import plugins
from voicebridge.testing.desktops import microphone as microphone
from voicebridge.testing.desktops import no_sound_server as no_sound_server
from voicebridge.testing.desktops import sound_server as sound_server
from voicebridge.testing.desktops import x_display as x_display
from voicebridge.testing.wayland import sway_desktop as sway_desktop
from voicebridge.testing.x11 import x_desktop as x_desktop

Samples = npt.NDArray[np.float32]
Record = Callable[..., Path]


def tone(seconds: float = 1.0, hertz: float = 440.0, rate: int = 48_000) -> Samples:
    """A sine at half of full scale, ``float32[n]``."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """Write sound, 48 kHz mono ``float32[n]``, into a file of any container and codec, with or without pictures."""

    def write(
        name: str, codec: str = "pcm_s16le", rate: int = 16_000, layout: str = "mono", sound: Samples | None = None, *, video: bool = False,
        options: dict[str, str] | None = None,
    ) -> Path:  # fmt: skip
        path = tmp_path / name
        with av.open(str(path), "w", options=options or {}) as container:
            pictures = container.add_stream("mpeg4", rate=10, width=64, height=64, pix_fmt="yuv420p") if video else None
            track = container.add_stream(codec, rate=rate, layout=layout) if codec else None
            if pictures is not None:
                _write_pictures(container, pictures)
            if track is not None:
                _write_sound(container, track, tone() if sound is None else sound, rate, layout)
        return path

    return write


def _write_pictures(container: Any, stream: Any) -> None:
    for index in range(20):
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        frame.pts = index
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _write_sound(container: Any, stream: Any, sound: Samples, rate: int, layout: str) -> None:
    size = stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate, frame_size=size)
    for at in range(0, len(sound), 4800):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[np.newaxis, at : at + 4800]), format="flt", layout="mono")
        frame.sample_rate, frame.pts = 48_000, at
        for resampled in resampler.resample(frame):
            container.mux(stream.encode(resampled))
    for resampled in resampler.resample(None):
        container.mux(stream.encode(resampled))
    container.mux(stream.encode(None))


class Kit:
    """Runs the kit with plain pytest on fake plugins, each of which is installed under a name of its own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester

    @staticmethod
    def changed(source: str, changes: Sequence[tuple[str, str]]) -> str:
        """``source`` with each first text, which must be there once, replaced by the second."""
        for old, new in changes:
            assert source.count(old) == 1, old
            source = source.replace(old, new)
        return source

    def run(
        self, contract: str, model: str, attributes: str, modules: Mapping[str, str], *, only: str = "not test_its_libraries"
    ) -> tuple[set[str], set[str], set[str]]:
        """The names of the tests that passed, were skipped, and failed.

        Args:
            contract: the class of the kit to derive from.
            model: the model's name within its plugin.
            attributes: what is set in the body of the derived class.
            modules: the plugin's modules, by name; ``fake.`` in them stands for its package.
            only: the tests to run, as ``pytest -k`` has it; by default all but the one that starts a process for each plugin.
        """
        name = f"fake{os.getpid()}_{next(_NUMBERS)}"
        folder = self._pytester.mkdir("site")
        for file, source in {
            f"{name}/__init__.py": "",
            **{f"{name}/{module}.py": source.replace("fake.", f"{name}.") for module, source in modules.items()},
            f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{name}-1.0.dist-info/entry_points.txt": f"[voicebridge]\n{name} = {name}.plugin\n",
        }.items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(source)
        self._pytester.makepyfile(
            f"from voicebridge.testing import {contract}\n\nclass TestFake({contract}):\n    model = '{name}/{model}'\n    {attributes}\n"
        )
        self._pytester.syspathinsert(folder)
        result = self._pytester.inline_run("-Werror", "-pno:cacheprovider", "-k", only)
        passed, skipped, failed = ({report.nodeid.partition("::TestFake::")[2] for report in reports} for reports in result.listoutcomes())
        return passed, skipped, failed


_NUMBERS = itertools.count()


@pytest.fixture
def kit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    import voicebridge.testing  # noqa: F401 - must be here before pytester, which takes back what a run imported

    pytester: pytest.Pytester = request.getfixturevalue("pytester")
    # The kit looks at the import of a plugin in an interpreter of its own, which has to find it as well.
    monkeypatch.setenv("PYTHONPATH", str(pytester.path / "site"))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # plain pytest, as a stranger may have it
    plugins._discover.cache_clear()
    yield Kit(pytester)
    plugins._discover.cache_clear()
