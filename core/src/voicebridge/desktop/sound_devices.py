"""The audio outputs and inputs of this machine, and looking them up by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import miniaudio

from voicebridge.desktop.quiet import hush
from voicebridge.desktop.waiting import within
from voicebridge.errors import UnavailableError, nearest
from voicebridge.ports import Device

ANSWER_SECONDS = 10.0
"""Time-out in seconds for a sound server."""
_IDS_ARE_TEXT = {"PulseAudio", "ALSA", "Core Audio"}


class DeviceKind(Enum):
    """The direction of audio; the value is the remedy if there is no device."""

    OUTPUT = "Run it in a desktop session, or write a file with -o."
    INPUT = "Run it in a desktop session, or connect a microphone."


@dataclass(frozen=True)
class SoundDevice:
    """An output or input, with its miniaudio id."""

    device: Device
    handle: Any

    @property
    def is_monitor(self) -> bool:
        """Whether it is an input that records an output, instead of a microphone."""
        return self.device.id.endswith(".monitor") or self.device.name.startswith("Monitor of ")

    def answers_to(self, name: str) -> bool:
        """Whether that is its name or id."""
        return name.casefold() in (self.device.name.casefold(), self.device.id.casefold())

    def resembles(self, name: str) -> bool:
        """Whether its name or id contains that."""
        return name.casefold() in self.device.name.casefold() or name.casefold() in self.device.id.casefold()


class _Devices(miniaudio.Devices):  # type: ignore[misc]
    """Identifies the default device, which miniaudio's library knows but its Python binding doesn't provide."""

    def _get_info(self, device_type: Any, device_info: Any) -> dict[str, Any]:
        return {**super()._get_info(device_type, device_info), "default": bool(device_info.isDefault)}


def real_backends() -> list[Any]:
    """The audio backends, best first; without the null backend."""
    hush()
    idle = {miniaudio.Backend.NULL, miniaudio.Backend.CUSTOM}
    return sorted(miniaudio.get_enabled_backends() - idle, key=lambda backend: int(backend.value))


def list_devices(kind: DeviceKind) -> Sequence[SoundDevice]:
    """All outputs or inputs, with those that record an output last.

    Raises:
        UnavailableError: if there is none.
    """
    nothing = f"No sound device or sound server can be reached in this session. {kind.value}"
    try:
        devices, found = within(ANSWER_SECONDS, lambda: _ask(kind))
    except miniaudio.MiniaudioError as error:
        raise UnavailableError(nothing) from error
    except TimeoutError as error:
        remedy = "write a file with -o" if kind is DeviceKind.OUTPUT else "try again"
        raise UnavailableError(f"The sound server has not answered for {ANSWER_SECONDS:g} s. Restart it, or {remedy}.") from error
    if not found:
        raise UnavailableError(nothing)
    listed = []
    for info in found:
        text = bytes(miniaudio.ffi.buffer(info["id"])).partition(b"\0")[0].decode("utf-8", "replace")
        known_as = text if text and devices.backend in _IDS_ARE_TEXT else info["name"]
        listed.append(SoundDevice(Device(known_as, info["name"], info.get("default", False)), info["id"]))
    return sorted(listed, key=lambda each: kind is DeviceKind.INPUT and each.is_monitor)


def _ask(kind: DeviceKind) -> tuple[_Devices, list[dict[str, Any]]]:
    devices = _Devices(real_backends())
    return devices, devices.get_playbacks() if kind is DeviceKind.OUTPUT else devices.get_captures()


def find_device(kind: DeviceKind, name: str) -> SoundDevice:
    """The device with that name or id, or the only one that contains ``name``.

    Raises:
        UnavailableError: if there is none, with the closest name, or more than one.
    """
    devices = list_devices(kind)
    if exact := next((each for each in devices if each.answers_to(name)), None):
        return exact
    similar = [each for each in devices if each.resembles(name)]
    if kind is DeviceKind.INPUT:  # every output has a monitor input, which is only found by its full name
        similar = [each for each in similar if not each.is_monitor] or similar
    if len(similar) == 1:
        return similar[0]
    names = [each.device.name for each in similar or devices]
    ids = [each.device.id for each in similar or devices]
    listed = ", ".join(names if len(set(names)) == len(names) else ids)
    what = "sound devices" if kind is DeviceKind.OUTPUT else "microphones"
    if similar:
        raise UnavailableError(f"{name!r} matches several {what}: {listed}. Give the full name.")
    raise UnavailableError(f"There is no {what.removesuffix('s')} {name!r}.{nearest(name, [*names, *ids])} There are: {listed}.")


def close(device: Any) -> None:
    """Close a miniaudio device and its connection to the sound server, which would stay open: a server has a limit."""
    device.close()
    context, device._context = device._context, None
    if context is not None:
        miniaudio.lib.ma_context_uninit(context)
