"""The outputs and inputs of this machine, and the one that a name means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import miniaudio

from voicebridge.desktop.quiet import hush
from voicebridge.desktop.waiting import within
from voicebridge.errors import Unavailable, nearest
from voicebridge.ports import Device

ANSWER_SECONDS = 10.0
"""How long a sound server may take to answer."""
_IDS_ARE_TEXT = {"PulseAudio", "ALSA", "Core Audio"}


class Kind(Enum):
    """Which way the sound goes; the value is what to do where there is none."""

    OUTPUT = "Run it in a desktop session, or write a file with -o."
    INPUT = "Run it in a desktop session, or connect a microphone."


@dataclass(frozen=True)
class SoundDevice:
    """An output or input, and what miniaudio calls it."""

    device: Device
    handle: Any

    @property
    def is_monitor(self) -> bool:
        """Whether it is an input that hears what is played on an output, and no microphone."""
        return self.device.id.endswith(".monitor") or self.device.name.startswith("Monitor of ")

    def answers_to(self, name: str) -> bool:
        """Whether that is its name or id."""
        return name.casefold() in (self.device.name.casefold(), self.device.id.casefold())

    def resembles(self, name: str) -> bool:
        """Whether its name or id has that in it."""
        return name.casefold() in self.device.name.casefold() or name.casefold() in self.device.id.casefold()


class _Devices(miniaudio.Devices):  # type: ignore[misc]
    """Tells the default apart, which miniaudio's library knows and its Python part leaves out."""

    def _get_info(self, device_type: Any, device_info: Any) -> dict[str, Any]:
        return {**super()._get_info(device_type, device_info), "default": bool(device_info.isDefault)}


def real_backends() -> list[Any]:
    """The ways to the sound of this machine, the best first; without the one that throws all sound away."""
    hush()
    idle = {miniaudio.Backend.NULL, miniaudio.Backend.CUSTOM}
    return sorted(miniaudio.get_enabled_backends() - idle, key=lambda backend: int(backend.value))


def list_devices(kind: Kind) -> Sequence[SoundDevice]:
    """Every output that can be played on, or every input that can be recorded from, those that hear an output last.

    Raises:
        Unavailable: when there is none.
    """
    nothing = f"No sound device or sound server can be reached in this session. {kind.value}"
    try:
        devices, found = within(ANSWER_SECONDS, lambda: _ask(kind))
    except miniaudio.MiniaudioError as error:
        raise Unavailable(nothing) from error
    except TimeoutError as error:
        remedy = "write a file with -o" if kind is Kind.OUTPUT else "try again"
        raise Unavailable(f"The sound server has not answered for {ANSWER_SECONDS:g} s. Restart it, or {remedy}.") from error
    if not found:
        raise Unavailable(nothing)
    listed = []
    for info in found:
        text = bytes(miniaudio.ffi.buffer(info["id"])).partition(b"\0")[0].decode("utf-8", "replace")
        known_as = text if text and devices.backend in _IDS_ARE_TEXT else info["name"]
        listed.append(SoundDevice(Device(known_as, info["name"], info.get("default", False)), info["id"]))
    return sorted(listed, key=lambda each: kind is Kind.INPUT and each.is_monitor)


def _ask(kind: Kind) -> tuple[_Devices, list[dict[str, Any]]]:
    devices = _Devices(real_backends())
    return devices, devices.get_playbacks() if kind is Kind.OUTPUT else devices.get_captures()


def find_device(kind: Kind, name: str) -> SoundDevice:
    """The device of that name or id, or the only one that has ``name`` in it.

    Raises:
        Unavailable: when there is none, with the nearest, or more than one.
    """
    devices = list_devices(kind)
    if exact := next((each for each in devices if each.answers_to(name)), None):
        return exact
    similar = [each for each in devices if each.resembles(name)]
    if kind is Kind.INPUT:  # every output has a namesake there, which is meant by its full name alone
        similar = [each for each in similar if not each.is_monitor] or similar
    if len(similar) == 1:
        return similar[0]
    names = [each.device.name for each in similar or devices]
    ids = [each.device.id for each in similar or devices]
    listed = ", ".join(names if len(set(names)) == len(names) else ids)
    what = "sound devices" if kind is Kind.OUTPUT else "microphones"
    if similar:
        raise Unavailable(f"{name!r} could be any of these {what}: {listed}. Write one of them in full.")
    raise Unavailable(f"There is no {what.removesuffix('s')} {name!r}.{nearest(name, [*names, *ids])} There are: {listed}.")


def close(device: Any) -> None:
    """Close a device of miniaudio's, and its connection to the sound server, which it would leave open: a server grants so many."""
    device.close()
    context, device._context = device._context, None
    if context is not None:
        miniaudio.lib.ma_context_uninit(context)
