"""What plugins and scripts can ask VoiceBridge for: models, services, and a plugin's settings, folders and logger.

In a plugin's command, filter or daemon part, :meth:`Host.current` is the run's own: its profile, its ``--offline``, its plugins. In a
script, :meth:`Host.load` makes one::

    from voicebridge import Host

    for model in Host.load().stt_models():
        print(model.name, model.spec.description)
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, runtime_checkable
from urllib.parse import unquote, urlsplit

from voicebridge import paths
from voicebridge.errors import DownloadError, UnavailableError, UsageError
from voicebridge.installing import remedy

if TYPE_CHECKING:
    from voicebridge.api.stt import SttModel
    from voicebridge.api.tts import TtsModel
    from voicebridge.extension_ports import Diarizer
    from voicebridge.extensions import DiarizerSpec, DocumentReaderSpec
    from voicebridge.ports import Progress
    from voicebridge.runtime.model import Model
    from voicebridge.runtime.registry import Registry
    from voicebridge.specs import ServiceSpec, SttSpec, TtsSpec
    from voicebridge.speech import Voice

_Spec = TypeVar("_Spec")


@dataclass(frozen=True, slots=True)
class Listed(Generic[_Spec]):
    """Something that a plugin offers."""

    name: str
    """The full name, ``plugin/name``."""
    spec: _Spec
    """Its descriptor."""


class Host:
    """VoiceBridge with one configuration; can be used from any thread."""

    def __init__(self, load_registry: Callable[[], Registry]) -> None:
        """Use :meth:`current` or :meth:`load` instead."""
        self._load_registry = load_registry

    @classmethod
    def current(cls) -> Host:
        """The host of the run that has called the plugin.

        Raises:
            UsageError: outside of a run, as in a script.
        """
        from voicebridge.runtime.current import current

        load = current()
        if load is None:
            raise UsageError("Host.current() works only in code that VoiceBridge calls. In a script, use Host.load().")
        return cls(load)

    @classmethod
    def load(cls, profile: str | None = None) -> Host:
        """A host with the user's configuration and plugins, for a script.

        Args:
            profile: a profile of the configuration; by default, the configured one.

        Raises:
            ConfigError: if the configuration is invalid.
        """
        from voicebridge.runtime.load import registry

        found = registry(profile)
        return cls(lambda: found)

    @cached_property
    def _registry(self) -> Registry:
        return self._load_registry()

    @property
    def profile(self) -> str | None:
        """The active profile of the configuration."""
        return self._registry.config.profile

    @property
    def is_offline(self) -> bool:
        """Whether the user has disabled the network; then nothing may use it."""
        return paths.is_offline()

    def stt_models(self) -> list[Listed[SttSpec]]:
        """All listed speech-to-text models."""
        return [_listed(model) for model in self._registry.stt_models()]

    def tts_models(self) -> list[Listed[TtsSpec]]:
        """All listed text-to-speech models."""
        return [_listed(model) for model in self._registry.tts_models()]

    def find_stt(self, name: str | None = None, language: str | None = None) -> Listed[SttSpec]:
        """The speech-to-text model with that name, as the command line resolves it; by default, the one for the language.

        Args:
            name: a full or short name, an alias, or a name that the plugin accepts.
            language: ISO 639-1 code.

        Raises:
            UnknownNameError: if there is none, with the closest name.
            AmbiguousNameError: if there are several.
        """
        return _listed(self._registry.stt(name, language))

    def find_tts(self, name: str | None = None, voice: str | None = None, language: str | None = None) -> Listed[TtsSpec]:
        """The text-to-speech model with that name, or with that voice; otherwise like :meth:`find_stt`."""
        return _listed(self._registry.tts(name, voice, language))

    def voices(self) -> list[tuple[str, Voice]]:
        """The included voices, each with the full name of its model."""
        return [(model.full_name, voice) for model in self._registry.tts_models() for voice in model.spec.voices]

    def formats(self) -> list[str]:
        """The names of all transcript formats, those of plugins included."""
        from voicebridge.stt.choose import formats_of

        return formats_of(lambda: self._registry).known()

    def readers(self) -> list[Listed[DocumentReaderSpec]]:
        """The document readers of plugins; the core reads other kinds itself."""
        from voicebridge.extensions import DocumentReaderSpec
        from voicebridge.runtime.extensions import extensions

        return [Listed(each.full_name, each.spec) for each in extensions(self._registry.host, DocumentReaderSpec)]

    def executors(self) -> list[str]:
        """The names of where batches can be transcribed: ``local``, and the full names of plugins' executors."""
        from voicebridge.extensions import ExecutorSpec
        from voicebridge.jobs import LOCAL
        from voicebridge.runtime.extensions import extensions

        return [LOCAL, *(each.full_name for each in extensions(self._registry.host, ExecutorSpec))]

    def diarizers(self) -> list[Listed[DiarizerSpec]]:
        """The diarizers of plugins."""
        from voicebridge.extensions import DiarizerSpec
        from voicebridge.runtime.extensions import extensions

        return [Listed(each.full_name, each.spec) for each in extensions(self._registry.host, DiarizerSpec)]

    def load_diarizer(self, name: str | None = None) -> Diarizer:
        """A diarizer, guarded like VoiceBridge's own use of it; it is loaded on first use. Close it after use.

        Args:
            name: a full name, or a name that only one has; by default, the configured diarizer or the first one.

        Raises:
            UnknownNameError: if there is none of that name, with the closest name.
            AmbiguousNameError: if there are several.
            UnavailableError: if no plugin provides one.
        """
        from voicebridge.runtime.diarizers import PluginDiarizer, chosen_diarizer

        return PluginDiarizer(chosen_diarizer(self._registry, name))

    def services(self, kind: str) -> list[Listed[ServiceSpec]]:
        """The services of a kind of :data:`voicebridge.specs.SERVICE_KINDS` that can be used here, best first."""
        usable, _ = self._registry.usable_services(kind)
        return [Listed(f"{record.name}/{spec.name}", spec) for record, spec in usable]

    def settings(self, plugin: str) -> Any:
        """A plugin's settings: an instance of the class that its :class:`voicebridge.SettingsSpec` names.

        They come from its table ``[plugins.NAME]`` of the configuration, the profile, the variables ``VOICEBRIDGE_NAME_KEY``, and
        ``-O NAME.key=value`` in this run.

        Raises:
            OptionError: if a value is unknown or has the wrong type, naming its origin.
            PluginError: if the plugin has no settings, or their class can't be imported.
            UnknownNameError: if there is no such plugin, or it is not active.
        """
        return self._registry.settings(plugin)

    def service(self, kind: str) -> Any:
        """The configured service of a kind of :data:`voicebridge.specs.SERVICE_KINDS`, or else the best usable one.

        It has the protocol in :mod:`voicebridge.ports`.

        Raises:
            UnavailableError: if there is none, with all reasons.
        """
        return self._registry.load_service(kind)

    def load_stt(self, name: str | None = None, options: Mapping[str, object] | None = None) -> SttModel:
        """Load a speech-to-text model, or use the one loaded by the daemon; close it after use.

        Args:
            name: of the model; by default, the configured or the best local model.
            options: engine options, which override the configuration.

        Raises:
            VoiceBridgeError: if a name or an option is invalid, or the model can't be loaded.
        """
        from voicebridge.api.stt import SttModel
        from voicebridge.stt.choose import SttChooser

        return SttModel(SttChooser(name, options or {}, lambda: self._registry, ask=None), daemon=True)

    def load_tts(self, voice: str | None = None, *, model: str | None = None, options: Mapping[str, object] | None = None) -> TtsModel:
        """Load a text-to-speech model with a voice, or use the one loaded by the daemon; close it after use.

        Args:
            voice: by default, the configured voice or the model's default.
            model: by default, the one with the voice, the configured or a lightweight model.
            options: engine options, which override the configuration.

        Raises:
            VoiceBridgeError: if a name or an option is invalid, or the model can't be loaded.
        """
        from voicebridge.api.tts import TtsModel
        from voicebridge.options import Layer
        from voicebridge.tts.choose import choose

        layers = [Layer("options", options)] if options else []
        return TtsModel(choose(self._registry, model=model, voice=voice, asked={}, layers=layers), daemon=True)

    def logger(self, plugin: str) -> logging.Logger:
        """A plugin's logger: its warnings are shown to the user and in the daemon's log. What was said or spoken doesn't belong there."""
        return logging.getLogger(f"voicebridge.plugins.{plugin}")

    def data_folder(self, plugin: str) -> Path:
        """Where a plugin keeps what can't be created again; it exists."""
        return _made(paths.data_dir() / "plugins" / plugin)

    def cache_folder(self, plugin: str) -> Path:
        """Where a plugin keeps what can be created or downloaded again; it exists."""
        return _made(paths.cache_dir() / "plugins" / plugin)

    def fetch(self, plugin: str, url: str, sha256: str, progress: Progress | None = None) -> Path:
        """Download a file into the plugin's cache folder, unless it is there, and return its path.

        An interrupted download is resumed, and the content is checked before the file gets its name. It needs the libraries of
        ``voicebridge-core[downloads]``, on which the plugin depends.

        Args:
            plugin: its name.
            url: of the file; the last part of its path is the file's name.
            sha256: of its content, in hexadecimal.
            progress: called with the bytes downloaded so far and, if known, the total.

        Raises:
            DownloadError: if VoiceBridge is offline, or with the reason and a remedy.
            UnavailableError: if the libraries are missing.
        """
        name = unquote(urlsplit(url).path).rpartition("/")[2]
        if not name or name.startswith("."):
            raise DownloadError(f"{url} names no file. Give the URL of a file.")
        try:
            from voicebridge.weights.fetching import fetch_file

            return fetch_file(url, self.cache_folder(plugin) / name, sha256, progress)
        except ModuleNotFoundError as error:
            raise UnavailableError(
                f"{name} can't be downloaded: {error.name} is missing. {remedy('voicebridge-core[downloads]')}"
            ) from error


@runtime_checkable
class DaemonPart(Protocol):
    """Something that runs in the daemon; called from one thread at a time, except ``status``."""

    def start(self, host: Host) -> None:
        """Start, and return soon; threads that it starts end in :meth:`stop`, which is also called if this fails."""
        ...

    def status(self) -> Mapping[str, Any]:
        """What ``voicebridge daemon status`` shows: short texts and numbers by their labels. It must return at once.

        The label ``problem`` is for a sentence that says why it doesn't work; empty or ``None`` if it does.
        """
        ...

    def reload(self, host: Host) -> None:
        """Use the configuration of ``host``, which may have changed."""
        ...

    def stop(self, seconds: float) -> None:
        """Stop within that many seconds; after that the daemon no longer waits."""
        ...


def _listed(model: Model[Any]) -> Listed[Any]:
    return Listed(model.full_name, model.spec)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
