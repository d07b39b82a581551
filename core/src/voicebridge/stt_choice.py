"""What the user asked of a transcription, resolved: the model, its options and the request, here or by a daemon.

A daemon has the plugins and the configuration loaded already, so a command that asks it need not load them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voicebridge import control, paths
from voicebridge.engines import wire
from voicebridge.engines.through import Chosen, chosen
from voicebridge.errors import Unavailable, UsageError, VoiceBridgeError
from voicebridge.speech import SttRequest

if TYPE_CHECKING:  # a command that asks a daemon needs none of these
    from voicebridge.model import Model
    from voicebridge.options import EngineOptions
    from voicebridge.registry import Registry
    from voicebridge.specs import SttSpec

_PATIENCE = 2.0
"""Seconds after which a daemon that has not answered is not waited for."""


@dataclass(frozen=True, kw_only=True)
class SttChoice:
    """A model that can do what was asked, and how it is asked."""

    full_name: str
    """``plugin/model``."""
    model: Chosen
    """As a daemon is asked for it."""
    request: SttRequest
    """Without the words that a format wants."""
    sample_rate: int
    """What the model takes, in Hz."""
    has_words: bool
    """Whether the model can time words."""
    parallel: int
    """How many recordings it takes at once."""


def choose(
    registry: Registry, name: str | None, asked: Mapping[str, Any], options: Sequence[str]
) -> tuple[Model[SttSpec], EngineOptions | None, SttChoice]:
    """Find a model by what the user typed.

    Args:
        registry: the models, under the configuration.
        name: of the model; ``None`` takes the configured one.
        asked: fields of :class:`SttRequest` that were given; the rest is configured.
        options: of the engine, each ``KEY=VALUE``.

    Raises:
        VoiceBridgeError: when a name or an option is wrong, or the model can't do it.
    """
    from voicebridge.capabilities import require
    from voicebridge.options import parse_assignments

    model = registry.stt(name)
    checked = registry.options(model, [parse_assignments(options)])
    request = registry.config.settings.stt.request(asked)
    require(model, request.capabilities, request.language, registry.stt_models())
    spec = model.spec
    return (
        model,
        checked,
        SttChoice(
            full_name=model.full_name,
            model=chosen(model, checked),
            request=request,
            sample_rate=spec.sample_rate,
            has_words=spec.words,
            parallel=spec.parallel,
        ),
    )


def choose_by_daemon(
    name: str | None, asked: Mapping[str, Any], options: Sequence[str], *, profile: str | None, variables: Mapping[str, str]
) -> SttChoice | None:
    """Have the daemon choose; ``None`` where none runs, or it can't tell: then choosing here gives the answer, or the error.

    Args:
        name: as for :func:`choose`.
        asked: likewise.
        options: likewise.
        profile: of the configuration, where the user named one.
        variables: of the environment that configure VoiceBridge.
    """
    if (name is not None and ("/" in name or "\\" in name or name.startswith("."))) or not control.is_listening():
        return None  # a folder's name means another one in the daemon's folder
    try:
        answer = control.ask(
            "engine.choose",
            _PATIENCE,
            model=name,
            asked=dict(asked),
            options=list(options),
            surroundings=_surroundings(profile, variables, paths.config_stamp()),
        )
        return _from_json(answer)
    except VoiceBridgeError:
        return None


def handler(registry_of: Callable[[], Registry]) -> control.Handler:
    """Answers ``engine.choose`` over the control socket, with the models as they are configured now."""

    def answer(asked: dict[str, Any], peer: control.Peer) -> Mapping[str, Any]:
        del peer
        registry = registry_of()
        config = registry.config
        if config.stamp is None or asked.get("surroundings") != _surroundings(config.asked_profile, config.environment, config.stamp):
            raise Unavailable("The configuration is not the one that the daemon has read.")
        try:
            _, _, choice = choose(registry, asked["model"], _given(asked["asked"]), asked["options"])
        except (LookupError, TypeError, ValueError) as error:
            raise UsageError(f"A choice names model, asked and options: {error}") from error
        return _to_json(choice)

    return answer


def _surroundings(profile: str | None, variables: Mapping[str, str], stamp: Sequence[int]) -> dict[str, Any]:
    """All that decides over a choice beside what was typed."""
    return {
        "file": str(paths.config_file()),
        "stamp": list(stamp),
        "profile": profile,
        "variables": dict(variables),
    }


def _given(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {**asked, **({"hotwords": tuple(asked["hotwords"])} if "hotwords" in asked else {})}


def _to_json(choice: SttChoice) -> dict[str, Any]:
    return {
        "full_name": choice.full_name,
        "model": {"name": choice.model.name, "options": choice.model.options, "resumes": choice.model.resumes},
        "request": wire.stt_request_to(choice.request),
        "sample_rate": choice.sample_rate,
        "has_words": choice.has_words,
        "parallel": choice.parallel,
    }


def _from_json(said: Mapping[str, Any]) -> SttChoice:
    try:
        return SttChoice(
            full_name=said["full_name"],
            model=Chosen(**said["model"]),
            request=wire.stt_request_from(said["request"]),
            sample_rate=said["sample_rate"],
            has_words=said["has_words"],
            parallel=said["parallel"],
        )
    except (LookupError, TypeError) as error:
        raise Unavailable("The daemon has another version.") from error
