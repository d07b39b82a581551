"""Conformance tests for all model plugins: loading, descriptors, options, weights."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest

from voicebridge import paths
from voicebridge.errors import VoiceBridgeError
from voicebridge.options import Layer
from voicebridge.runtime.config import Config
from voicebridge.runtime.model import Model
from voicebridge.runtime.plugins import PluginHost, PluginRecord, load_plugins
from voicebridge.runtime.registry import Registry
from voicebridge.spec_fields import load_ref
from voicebridge.testing.faults import descriptor_faults, option_faults, place_faults, reference_faults
from voicebridge.testing.imports import import_faults
from voicebridge.testing.network import no_network
from voicebridge.testing.output import TestedEngine, blamed
from voicebridge.testing.surroundings import watched
from voicebridge.testing.system_calls import Watch, as_a_user_has, need_system_calls
from voicebridge.testing.threads import StillRunningError, run_together

_T = TypeVar("_T")


def expect_none(faults: list[str]) -> None:
    """Fail the running test with a list of faults, if there are any."""
    __tracebackhide__ = True
    if faults:
        more = [f"… and {len(faults) - 10} more"] if len(faults) > 10 else []
        pytest.fail("\n".join([*faults[:10], *more]))


class ModelContract:
    """The rules for any model; derive from :class:`voicebridge.testing.SttContract` or :class:`~voicebridge.testing.TtsContract`."""

    model: ClassVar[str]
    """Full name of the model to test, ``plugin/model``."""
    options: ClassVar[Mapping[str, object]] = {}
    """Engine options to test with, such as ``{"device": "cpu"}``."""
    patience: ClassVar[float] = 120.0
    """Time-out in seconds for an utterance."""

    @pytest.fixture(scope="class")
    @classmethod
    def record(cls) -> PluginRecord:
        """The plugin as loaded by VoiceBridge."""
        plugin = cls.model.partition("/")[0]
        return load_plugins(only=[plugin]).get(plugin)

    @pytest.fixture(scope="class")
    @classmethod
    def found(cls, record: PluginRecord) -> Model[Any]:
        """The model as found by its name."""
        # Without the user's configuration, so that tests give the same result on every machine.
        return Registry(PluginHost([record]), Config(Path("config.toml"), {}, None, {})).any_model(cls.model)

    @pytest.fixture(scope="class")
    @classmethod
    def loaded(cls, found: Model[Any]) -> Iterator[Loaded]:
        """The model with its engine, which is loaded on first use and shared by all tests of the class."""
        loaded = Loaded(found, cls.options, cls.patience)
        yield loaded
        loaded.close()

    def test_the_plugin_is_active(self, record: PluginRecord) -> None:
        """VoiceBridge loads the plugin, quickly and without errors.

        Troubleshooting: the message is the remark in ``voicebridge plugins``. "No plugin is named" means that it is not installed here
        (``pip install -e .``), or that its pyproject.toml lacks ``[project.entry-points.voicebridge]``.
        """
        if not record.active or record.reason:
            pytest.fail(f"{record.name} is {record.outcome}: {record.reason}")

    def test_the_descriptor_is_documented(self, found: Model[Any]) -> None:
        """The model's descriptor has a one-line description, and languages that the command line can check.

        Troubleshooting: fill in ``description=``; write languages as ISO 639-1 codes, or omit ``languages`` if any language is accepted.
        """
        expect_none(descriptor_faults(found.spec))

    def test_every_reference_can_be_imported(self, found: Model[Any]) -> None:
        """``factory``, ``options`` and ``weights`` refer to objects of the right kind.

        Troubleshooting: a reference has the form ``package.module:attribute``. An ImportError usually means that a library is missing in
        the plugin's ``dependencies``.
        """
        with no_network() as attempts:
            faults = reference_faults(found.spec)
        expect_none([*faults, *(f"importing a reference opened a connection to {each}: work offline." for each in attempts)])

    def test_importing_the_plugin_module_imports_no_library(self, record: PluginRecord) -> None:
        """The entry point's module imports only the standard library, VoiceBridge's plugin API and its own package.

        It opens no connection, and prints nothing.

        Troubleshooting: every command, even ``voicebridge --help``, imports this module. Follow the chain in the message, and move the
        first import to the module that the descriptor's ``factory`` refers to. ``EngineOptions`` counts too: it needs pydantic.
        """
        expect_none(import_faults(record.module.partition(":")[0]))

    def test_options_are_documented_and_have_valid_defaults(self, found: Model[Any]) -> None:
        """Every option of the engine has a description and a default that is valid for its type.

        Troubleshooting: declare each as ``name: type = Field(default, description="…")``; pydantic itself doesn't validate defaults.
        """
        kind = found.options_type()
        if kind is None:
            pytest.skip(f"{found.full_name} has no options")
        expect_none(option_faults(kind))

    def test_weights_are_looked_for_without_the_network(self, found: Model[Any]) -> None:
        """``places()`` of the weights store returns well-formed places, without opening a connection.

        Troubleshooting: listing models must be fast and work offline. Determine what is found from files only; a hub is a place with
        ``local=False`` whose ``found`` means that it may be used, not that it answered.
        """
        with no_network() as attempts:
            store = found.weights()
            places = None if store is None else store.places(found.name)
        if places is None:
            pytest.skip(f"{found.full_name} doesn't say where its weights are")
        expect_none([*place_faults(places), *(f"a connection was opened: {attempt}" for attempt in attempts)])

    def test_its_libraries_open_no_connection_and_leave_no_file(self, found: Model[Any], tmp_path: Path) -> None:
        """Loading the model and running a job opens no socket, looks up no name, and writes only in VoiceBridge's folders.

        Native code and its threads are traced too, in a separate process, if ``strace`` is installed; skipped otherwise.

        Troubleshooting: a library has telemetry, or checks for updates. VoiceBridge turns off those that it knows
        (:data:`voicebridge.telemetry.SWITCHES`); set the library's variable or call its function before the engine's module imports it. The
        engine's own files belong in :func:`voicebridge.paths.cache_dir`, temporary ones in a folder created with :mod:`tempfile`.
        """
        need_system_calls()
        ours, temporary = (tmp_path / name for name in ("home", "temporary"))
        for folder in (ours, temporary, record := tmp_path / "record"):
            folder.mkdir()
        places = [paths.config_file().parent, paths.cache_dir(), paths.data_dir()]
        watch = Watch(record, [ours, temporary, *places])
        job = [sys.executable, "-m", "voicebridge.testing.one_job", found.full_name, json.dumps(dict(self.options))]
        variables = {**as_a_user_has(), "TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        watch.run(job, {**variables, "OMP_NUM_THREADS": "1"}, 3 * self.patience)
        expect_none(watch.faults())

    def test_a_name_that_leads_nowhere_is_a_voicebridge_error(self, loaded: Loaded, tmp_path: Path) -> None:
        """A model that accepts names that are not listed rejects a missing folder with a VoiceBridgeError.

        Troubleshooting: raise ``WeightsNotFoundError`` with the places that were checked.
        """
        if loaded.model.spec.open_names is None:
            pytest.skip("the descriptor has no open_names")
        with pytest.raises(VoiceBridgeError):
            loaded.load(str(tmp_path / "no-such-model"))

    def test_closing_the_model_twice_does_no_harm(self, loaded: Loaded) -> None:
        """``close()`` can be called twice.

        Troubleshooting: drop the reference to what was freed, as in ``self._model = None``, and check it before freeing.
        """
        engine = loaded.engine
        loaded.close()
        loaded.finish(engine.close)


class Loaded:
    """A model and its engine, loaded on first use."""

    def __init__(self, model: Model[Any], options: Mapping[str, object], patience: float) -> None:
        self.model = model
        self._patience = patience
        self._options = options
        self._engine: TestedEngine | None = None
        self.faults: list[str] = []
        """What loading has changed in the process."""

    @property
    def sample_rate(self) -> int:
        """Hertz: the sample rate of the engine's input or output."""
        return int(self.model.spec.sample_rate)

    @property
    def engine(self) -> TestedEngine:
        """The engine; loaded again after :meth:`close`."""
        if self._engine is None:
            self._engine = self.load(self.model.name)
        return self._engine

    def load(self, name: str) -> TestedEngine:
        """A new engine for a name within the plugin, with the class's options."""
        options = self.model.options([Layer("the test class", self._options)])
        factory = load_ref(self.model.spec.factory)  # not with Model.load, which converts the plugin's own errors

        def load() -> TestedEngine:
            with blamed(f"loading {name}"):
                return TestedEngine(factory(name, options), self.model.spec)

        with watched(self.faults, "while loading"):
            [engine] = self.finish(load)
        return engine

    def finish(self, *functions: Callable[[], _T]) -> list[_T]:
        """Run all functions concurrently; if one hangs, fail the running test and let the next one use a new engine."""
        __tracebackhide__ = True
        try:
            return run_together(functions, self._patience)
        except StillRunningError as error:
            self._engine = None
            pytest.fail(f"the engine hangs: {error}. Give every call of a library a time-out, and hold no lock across a yield.")

    def close(self) -> None:
        """Close the engine, if there is one."""
        engine, self._engine = self._engine, None
        if engine is not None:
            self.finish(engine.close)
