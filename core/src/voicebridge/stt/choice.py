"""A resolved transcription, in this process or as a daemon's answer to ``engine.choose``.

A daemon has already loaded the plugins and the configuration, so a command that uses it need not load them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from voicebridge import control, paths
from voicebridge.engines import messages
from voicebridge.engines.daemon_client import Chosen
from voicebridge.errors import UnavailableError, VoiceBridgeError
from voicebridge.languages import of_locale
from voicebridge.speech import SttRequest

_PATIENCE = 2.0
"""Time-out in seconds for the daemon's answer."""


@dataclass(frozen=True, kw_only=True)
class SttChoice:
    """A model that supports the request, with its options."""

    full_name: str
    """``plugin/model``."""
    model: Chosen
    """The request for a daemon."""
    request: SttRequest
    """Without the word timestamps that a format needs."""
    sample_rate: int
    """The model's sample rate, in Hz."""
    has_words: bool
    """Whether the model supports word timestamps."""
    parallel: int
    """How many recordings it processes at once."""
    partials: bool
    """Whether the model yields drafts."""
    labels: bool
    """Whether the model labels speakers itself."""
    diarize: bool
    """Whether the configuration says that speakers are labelled."""
    is_local: bool
    """Whether its weights are on this machine; the daemon downloads none."""
    listens: bool
    """Whether a plugin listens to events, so that this process needs the plugins."""
    filters: Sequence[str]
    """The names of the filters of transcripts, see :class:`TextFilters`."""
    executor: str
    """The configured executor of batches, as the user wrote it."""


Options = Sequence[str] | Mapping[str, object]
"""Engine options as given: ``KEY=VALUE`` on a command line, or values by name in Python."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Everything besides the arguments that affects the result; the daemon answers only if its own values are the same."""

    file: str
    """The configuration file."""
    stamp: Sequence[int] | None
    """Its version; see :func:`voicebridge.paths.config_stamp`."""
    profile: str | None
    """The active profile, if the user named one."""
    variables: Mapping[str, str]
    """The environment variables that configure VoiceBridge."""


def surroundings(profile: str | None, variables: Mapping[str, str]) -> Surroundings:
    """The values of this process."""
    return Surroundings(file=str(paths.config_file()), stamp=paths.config_stamp(), profile=profile, variables=dict(variables))


def choose_by_daemon(name: str | None, asked: Mapping[str, Any], options: Options, here: Surroundings) -> SttChoice | None:
    """Let the daemon resolve the model; ``None`` if none runs, or it can't: then resolving here gives the result, or the error.

    Args:
        name: of the model; ``None`` is the configured one.
        asked: the given fields of :class:`SttRequest`.
        options: engine options.
        here: everything else that affects the result.
    """
    if paths.allowed_plugins() is not None or not control.is_listening():
        return None  # the daemon may have other plugins
    said = dict(options) if isinstance(options, Mapping) else list(options)
    try:
        return from_json(
            control.ask(
                "engine.choose", _PATIENCE, model=name, asked=dict(asked), options=said, surroundings=asdict(here), locale=of_locale()
            )
        )
    except (VoiceBridgeError, TypeError, ValueError):  # options in Python may have types that JSON lacks
        return None


def to_json(choice: SttChoice) -> dict[str, Any]:
    """A choice as the daemon's answer."""
    return {
        "full_name": choice.full_name,
        "model": asdict(choice.model),
        "request": messages.stt_request_to(choice.request),
        "sample_rate": choice.sample_rate,
        "has_words": choice.has_words,
        "parallel": choice.parallel,
        "partials": choice.partials,
        "labels": choice.labels,
        "diarize": choice.diarize,
        "is_local": choice.is_local,
        "listens": choice.listens,
        "filters": list(choice.filters),
        "executor": choice.executor,
    }


def from_json(said: Mapping[str, Any]) -> SttChoice:
    """The choice in a daemon's answer.

    Raises:
        UnavailableError: if the daemon has another version.
    """
    try:
        return SttChoice(
            full_name=said["full_name"],
            model=Chosen(**said["model"]),
            request=messages.stt_request_from(said["request"]),
            sample_rate=said["sample_rate"],
            has_words=said["has_words"],
            parallel=said["parallel"],
            partials=said["partials"],
            labels=said["labels"],
            diarize=said["diarize"],
            is_local=said["is_local"],
            listens=said["listens"],
            filters=said["filters"],
            executor=said["executor"],
        )
    except (LookupError, TypeError) as error:
        raise UnavailableError("The daemon has another version.") from error
