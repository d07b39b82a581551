"""What every model plugin must keep, whatever its models do: loading, descriptors, options, weights."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest

from voicebridge import paths
from voicebridge.config import Config
from voicebridge.errors import VoiceBridgeError
from voicebridge.model import Model
from voicebridge.options import Layer
from voicebridge.plugins import PluginHost, PluginRecord, load_plugins
from voicebridge.registry import Registry
from voicebridge.specs import load_ref
from voicebridge.testing.faults import descriptor_faults, option_faults, place_faults, reference_faults
from voicebridge.testing.imports import foreign_imports
from voicebridge.testing.network import no_network
from voicebridge.testing.system_calls import Watch, as_a_user_has, need_system_calls
from voicebridge.testing.threads import StillRunningError, run_together

_T = TypeVar("_T")


def expect_none(faults: list[str]) -> None:
    """Fail the running test when there are faults, naming them."""
    __tracebackhide__ = True
    if faults:
        more = [f"… and {len(faults) - 10} more"] if len(faults) > 10 else []
        pytest.fail("\n".join([*faults[:10], *more]))


class ModelContract:
    """The rules for any model; derive from :class:`voicebridge.testing.SttContract` or its like, which add those of a kind."""

    model: ClassVar[str]
    """Full name of the model to test, ``plugin/model``."""
    options: ClassVar[Mapping[str, object]] = {}
    """Engine options to test with, such as ``{"device": "cpu"}``."""
    patience: ClassVar[float] = 120.0
    """Seconds after which an utterance counts as stuck."""

    @pytest.fixture(scope="class")
    @classmethod
    def record(cls) -> PluginRecord:
        """The plugin as VoiceBridge loaded it."""
        plugin = cls.model.partition("/")[0]
        return load_plugins(only=[plugin]).get(plugin)

    @pytest.fixture(scope="class")
    @classmethod
    def found(cls, record: PluginRecord) -> Model[Any]:
        """The model as VoiceBridge found it by its name."""
        # Without the user's own configuration: tests mean the same on every machine.
        return Registry(PluginHost([record]), Config(Path("config.toml"), {}, None, {})).any_model(cls.model)

    @pytest.fixture(scope="class")
    @classmethod
    def loaded(cls, found: Model[Any]) -> Iterator[Loaded]:
        """The model with its engine, which is loaded when a test first asks for it and shared by all of the class."""
        loaded = Loaded(found, cls.options, cls.patience)
        yield loaded
        loaded.close()

    def test_the_plugin_is_active(self, record: PluginRecord) -> None:
        """VoiceBridge loads the plugin, quickly and without complaint.

        Troubleshooting: the message is what ``voicebridge plugins`` says. "No plugin is named" means that it is not installed here
        (``pip install -e .``), or that its pyproject.toml lacks ``[project.entry-points.voicebridge]``.
        """
        if not record.active or record.reason:
            pytest.fail(f"{record.name} is {record.outcome}: {record.reason}")

    def test_the_descriptor_is_documented(self, found: Model[Any]) -> None:
        """The model's descriptor has a one-line description, and languages that the command line can check.

        Troubleshooting: fill in ``description=``; write languages as ISO 639-1 codes, or leave ``languages`` out when any may be tried.
        """
        expect_none(descriptor_faults(found.spec))

    def test_every_reference_can_be_imported(self, found: Model[Any]) -> None:
        """``factory``, ``options`` and ``weights`` each lead to something of the right kind.

        Troubleshooting: a reference reads ``package.module:attribute``. An ImportError inside it usually means a library that is
        missing from the plugin's ``dependencies``.
        """
        expect_none(reference_faults(found.spec))

    def test_importing_the_plugin_module_imports_no_library(self, record: PluginRecord) -> None:
        """The entry point's module imports the standard library, VoiceBridge's contract and its own package, nothing else.

        Troubleshooting: every command, even ``voicebridge --help``, imports this module. Follow the chain in the message, and move the
        import that starts it to the module that the descriptor's ``factory`` refers to. ``EngineOptions`` counts: it needs pydantic.
        """
        faults = foreign_imports(record.module.partition(":")[0])
        expect_none([f"imported with the plugin: {chain}" for chain in faults])

    def test_options_are_documented_and_have_valid_defaults(self, found: Model[Any]) -> None:
        """Every option of the engine has a description and a default that its own type accepts.

        Troubleshooting: declare each as ``name: type = Field(default, description="…")``; pydantic itself doesn't check defaults.
        """
        kind = found.options_type()
        if kind is None:
            pytest.skip(f"{found.full_name} has no options")
        expect_none(option_faults(kind))

    def test_weights_are_looked_for_without_the_network(self, found: Model[Any]) -> None:
        """``places()`` of the weights store names its places well, and opens no connection to find out.

        Troubleshooting: listing models must be quick and work offline. Tell from files alone what is found; a hub is a place with
        ``local=False`` whose ``found`` says whether it may be asked, not whether it answered.
        """
        with no_network() as attempts:
            store = found.weights()
            places = None if store is None else store.places(found.name)
        if places is None:
            pytest.skip(f"{found.full_name} doesn't say where its weights are")
        expect_none([*place_faults(places), *(f"a connection was opened: {attempt}" for attempt in attempts)])

    def test_its_libraries_open_no_connection_and_leave_no_file(self, found: Model[Any], tmp_path: Path) -> None:
        """Loading the model and doing a job opens no socket, looks up no name, and writes only below VoiceBridge's folders.

        Native code and its threads are watched too, in a process of its own, where ``strace`` is installed; skipped elsewhere.

        Troubleshooting: a library has telemetry, or looks for updates. VoiceBridge switches off what it knows
        (:data:`voicebridge.telemetry.SWITCHES`); set the variable or call the function of this library before the engine's module imports
        it. Files of the engine's own belong below :func:`voicebridge.paths.cache_dir`, temporary ones into a folder of :mod:`tempfile`.
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
        """A model that takes names nobody listed refuses a folder that isn't there with a VoiceBridgeError.

        Troubleshooting: raise ``WeightsNotFoundError`` with the places that were looked at.
        """
        if loaded.model.spec.open_names is None:
            pytest.skip("the descriptor has no open_names")
        with pytest.raises(VoiceBridgeError):
            loaded.load(str(tmp_path / "no-such-model"))

    def test_closing_the_model_twice_does_no_harm(self, loaded: Loaded) -> None:
        """``close()`` may be called again.

        Troubleshooting: forget what was freed, as in ``self._model = None``, and look before freeing.
        """
        engine = loaded.engine
        loaded.close()
        engine.close()


class Loaded:
    """A model and its engine, loaded on first use."""

    def __init__(self, model: Model[Any], options: Mapping[str, object], patience: float) -> None:
        self.model = model
        self._patience = patience
        self._options = options
        self._engine: Any = None

    @property
    def sample_rate(self) -> int:
        """Hertz: what the engine is fed, or gives."""
        return int(self.model.spec.sample_rate)

    @property
    def engine(self) -> Any:
        """The engine; loaded anew after :meth:`close`."""
        if self._engine is None:
            self._engine = self.load(self.model.name)
        return self._engine

    def load(self, name: str) -> Any:
        """A fresh engine for a name within the plugin, with the class's options."""
        options = self.model.options([Layer("the test class", self._options)])
        return load_ref(self.model.spec.factory)(name, options)  # not by Model.load, which turns the plugin's own errors into ours

    def finish(self, *functions: Callable[[], _T]) -> list[_T]:
        """Run all functions at once; when one hangs, fail the running test and let the next one have a fresh engine."""
        __tracebackhide__ = True
        try:
            return run_together(functions, self._patience)
        except StillRunningError as error:
            self._engine = None
            pytest.fail(f"the engine hangs: {error}")

    def close(self) -> None:
        """Close the engine, where there is one."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()
