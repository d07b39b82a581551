"""The required parts of Wayland's protocols as tables: interfaces, their requests and events, and the arguments of each.

Requests and events are numbered by position, so none may be left out before one that is used. Argument types are single letters: ``u`` and
``i`` are 32-bit numbers, ``s`` a string, ``o`` an object, ``n`` a new one, ``a`` an array of bytes, ``h`` a file descriptor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Interface:
    """The requests and events of an object."""

    name: str
    requests: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    makes: Interface | None = None
    """The interface of the objects that its events create."""
    destructors: tuple[str, ...] = ("destroy",)


DISPLAY = Interface("wl_display", {"sync": "n", "get_registry": "n"}, {"error": "ous", "delete_id": "u"})
REGISTRY = Interface("wl_registry", {"bind": "usun"}, {"global": "usu", "global_remove": "u"})
CALLBACK = Interface("wl_callback", {}, {"done": "u"})
SEAT = Interface("wl_seat", {"get_pointer": "n", "get_keyboard": "n"}, {"capabilities": "u", "name": "s"})

KEYBOARD = Interface("zwp_virtual_keyboard_v1", {"keymap": "uhu", "key": "uuu", "modifiers": "uuuu", "destroy": ""})
KEYBOARDS = Interface("zwp_virtual_keyboard_manager_v1", {"create_virtual_keyboard": "on"})

# The same protocol under two names: the older one of wlroots, and its standardised successor.
OFFER = Interface("data_control_offer", {"receive": "sh", "destroy": ""}, {"offer": "s"})
SOURCE = Interface("data_control_source", {"offer": "s", "destroy": ""}, {"send": "sh", "cancelled": ""})
DEVICE = Interface(
    "data_control_device",
    {"set_selection": "o", "destroy": "", "set_primary_selection": "o"},
    {"data_offer": "n", "selection": "o", "finished": "", "primary_selection": "o"},
    makes=OFFER,
)
_DATA = {"create_data_source": "n", "get_data_device": "no", "destroy": ""}
DATA = (Interface("ext_data_control_manager_v1", _DATA), Interface("zwlr_data_control_manager_v1", _DATA))

WINDOW = Interface(
    "zwlr_foreign_toplevel_handle_v1",
    {
        "set_maximized": "", "unset_maximized": "", "set_minimized": "", "unset_minimized": "", "activate": "o", "close": "",
        "set_rectangle": "oiiii", "destroy": "",
    },
    {"title": "s", "app_id": "s", "output_enter": "o", "output_leave": "o", "state": "a", "done": "", "closed": "", "parent": "o"},
)  # fmt: skip
WINDOWS = Interface("zwlr_foreign_toplevel_manager_v1", {"stop": ""}, {"toplevel": "n", "finished": ""}, makes=WINDOW, destructors=())
