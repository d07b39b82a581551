"""The conformance kit run on fake plugins."""

from __future__ import annotations

import gc
import itertools
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence

import pytest
from voicebridge.runtime import installed
from voicebridge.testing import leftovers

OF_PROCESSES = "test_its_libraries or test_it_changes_nothing or test_nothing_is_left or test_memory_does_not_grow"
"""Tests that take long, and whose rules ``test_planted_faults.py`` breaks."""


class Kit:
    """Runs the kit with plain pytest on fake plugins, each of which is installed under its own name."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester

    @staticmethod
    def changed(source: str, changes: Sequence[tuple[str, str]]) -> str:
        """Replace, in ``source``, the first text of each pair, which must occur once, by the second."""
        for old, new in changes:
            assert source.count(old) == 1, old
            source = source.replace(old, new)
        return source

    def run(
        self,
        contract: str,
        model: str,
        attributes: str,
        modules: Mapping[str, str],
        *,
        only: str = f"not ({OF_PROCESSES})",
        subject: str = "model",
    ) -> tuple[set[str], set[str], set[str]]:
        """The names of the tests that passed, were skipped, and failed.

        Args:
            contract: the class of the kit to derive from.
            model: the model's name within its plugin.
            attributes: the body of the derived class.
            modules: the plugin's modules, by name; ``fake.`` in them is replaced by its package.
            only: the tests to run, as for ``pytest -k``; by default all but :data:`OF_PROCESSES`.
            subject: the attribute of the derived class for the full name.
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
            f"from voicebridge.testing import {contract}\n\n"
            f"class TestFake({contract}):\n    {subject} = '{name}/{model}'\n    {attributes}\n"
        )
        self._pytester.syspathinsert(folder)
        result = self._pytester.inline_run("-Werror", "-pno:cacheprovider", "-k", only)
        passed, skipped, failed = ({report.nodeid.partition("::TestFake::")[2] for report in reports} for reports in result.listoutcomes())
        # The records refer to the frames of failed tests, and so to what a faulty plugin left open, until after this test. Collected
        # during another test, it would fail that one.
        result.clear()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
        return passed, skipped, failed


_NUMBERS = itertools.count()


@pytest.fixture
def kit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    import voicebridge.testing

    for name in voicebridge.__all__:  # like it, must be imported before pytester takes back what a run imported, but not the names
        getattr(voicebridge, name)

    pytester: pytest.Pytester = request.getfixturevalue("pytester")
    # The kit looks at the import of a plugin in an interpreter of its own, which has to find it as well.
    monkeypatch.setenv("PYTHONPATH", str(pytester.path / "site"))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # plain pytest, as a stranger may have it
    installed._of_packages.cache_clear()
    monkeypatch.setattr(leftovers, "SETTLING", 1.0)  # what a planted fault leaves doesn't end
    yield Kit(pytester)
    installed._of_packages.cache_clear()
