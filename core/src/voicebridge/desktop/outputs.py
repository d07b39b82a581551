"""The outputs of this machine, and the one that a name means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import miniaudio

from voicebridge.desktop.quiet import hush
from voicebridge.desktop.waiting import within
from voicebridge.errors import Unavailable, nearest
from voicebridge.ports import Device

_NO_SOUND = "No sound device or sound server can be reached in this session. Run it in a desktop session, or write a file with -o."
ANSWER_SECONDS = 10.0
"""How long a sound server may take to answer."""
_IDS_ARE_TEXT = {"PulseAudio", "ALSA", "Core Audio"}


@dataclass(frozen=True)
class Output:
    """An output, and what miniaudio calls it."""

    device: Device
    handle: Any


class _Devices(miniaudio.Devices):  # type: ignore[misc]
    """Tells the default apart, which miniaudio's library knows and its Python part leaves out."""

    def _get_info(self, device_type: Any, device_info: Any) -> dict[str, Any]:
        return {**super()._get_info(device_type, device_info), "default": bool(device_info.isDefault)}


def real_backends() -> list[Any]:
    """The ways to the sound of this machine, the best first; without the one that throws all sound away."""
    hush()
    idle = {miniaudio.Backend.NULL, miniaudio.Backend.CUSTOM}
    return sorted(miniaudio.get_enabled_backends() - idle, key=lambda backend: int(backend.value))


def list_outputs() -> Sequence[Output]:
    """Every output that can be played on.

    Raises:
        Unavailable: when there is none.
    """
    try:
        devices, found = within(ANSWER_SECONDS, _ask)
    except miniaudio.MiniaudioError as error:
        raise Unavailable(_NO_SOUND) from error
    except TimeoutError as error:
        raise Unavailable(f"The sound server has not answered for {ANSWER_SECONDS:g} s. Restart it, or write a file with -o.") from error
    if not found:
        raise Unavailable(_NO_SOUND)
    outputs = []
    for info in found:
        text = bytes(miniaudio.ffi.buffer(info["id"])).partition(b"\0")[0].decode("utf-8", "replace")
        known_as = text if text and devices.backend in _IDS_ARE_TEXT else info["name"]
        outputs.append(Output(Device(known_as, info["name"], info.get("default", False)), info["id"]))
    return outputs


def _ask() -> tuple[_Devices, list[dict[str, Any]]]:
    devices = _Devices(real_backends())
    return devices, devices.get_playbacks()


def find_output(name: str) -> Output:
    """The output of that name or id, or the only one that has ``name`` in it.

    Raises:
        Unavailable: when there is none, with the nearest, or more than one.
    """
    outputs = list_outputs()
    wanted = name.casefold()
    for output in outputs:
        if wanted in (output.device.name.casefold(), output.device.id.casefold()):
            return output
    similar = [output for output in outputs if wanted in output.device.name.casefold() or wanted in output.device.id.casefold()]
    if len(similar) == 1:
        return similar[0]
    names = [output.device.name for output in similar or outputs]
    ids = [output.device.id for output in similar or outputs]
    listed = ", ".join(names if len(set(names)) == len(names) else ids)
    if similar:
        raise Unavailable(f"{name!r} could be any of these sound devices: {listed}. Write one of them in full.")
    raise Unavailable(f"There is no sound device {name!r}.{nearest(name, [*names, *ids])} There are: {listed}.")
