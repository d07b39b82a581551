"""Conformance tests for all desktop services: the descriptor, the probe, the factory."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

import pytest

from voicebridge import ports
from voicebridge.errors import UnavailableError, VoiceBridgeError
from voicebridge.options import Layer
from voicebridge.runtime.plugins import PluginRecord
from voicebridge.runtime.services import Services
from voicebridge.spec_fields import load_ref
from voicebridge.specs import SERVICE_KINDS, ServiceSpec
from voicebridge.testing.extension import within
from voicebridge.testing.extensions import registry_of
from voicebridge.testing.imports import import_faults
from voicebridge.testing.leftovers import Leftovers
from voicebridge.testing.network import no_network

_T = TypeVar("_T")
PATIENCE = 10.0
"""Time-out in seconds for a call that should return soon, on a busy machine."""
_PROBE = 2.0
PORTS: Mapping[str, type] = {
    "microphone": ports.Microphone, "speaker": ports.Speaker, "clipboard": ports.Clipboard, "focus": ports.Focus, "cursor": ports.Cursor,
    "presses": ports.Presses, "inserter": ports.TextInserter, "hotkeys": ports.Hotkeys, "notifier": ports.Notifier,
    "autostart": ports.Autostart,
}  # fmt: skip
"""The protocol of each kind."""


class ServiceContract:
    """The rules for a service of any kind; those for its kind are in the class derived for it.

    The tests are run in the session in which the tests run. They are skipped if the service's probe says that it can't be used there.
    """

    kind: ClassVar[str]
    """One of :data:`voicebridge.specs.SERVICE_KINDS`."""
    service: ClassVar[str]
    """Full name, ``plugin/name``."""
    options: ClassVar[Mapping[str, object]] = {}
    """The service's options to test with."""

    def create(self) -> Any:
        """Create the service as VoiceBridge does; override it for a service that isn't installed."""
        registry, record, spec = self._found()
        try:
            _probed(spec)
        except UnavailableError as error:
            pytest.skip(f"{self.service} can't be used here: {error}")
        given = {record.name: Layer("the test class", self.options)} if self.options else {}
        try:
            return Services(registry.host, registry.config, given).make_service(record, spec)
        except VoiceBridgeError as error:
            pytest.fail(f"{self.service} can't be created: {error}")

    def test_the_descriptor_is_documented(self) -> None:
        """It has a description of one line, and the plugin's module imports no library.

        Troubleshooting: fill in ``description=``. "No … is named" means that the plugin is not installed here, or that the kind differs.
        """
        _, record, spec = self._found()
        if not spec.description.strip() or len(spec.description.splitlines()) > 1:
            pytest.fail(f"the description of {self.service} is {spec.description!r}: say in one line what it does.")
        if faults := import_faults(record.module.partition(":")[0]):
            pytest.fail("\n".join(faults))

    def test_its_probe_only_looks(self) -> None:
        """It returns a whole number or raises UnavailableError with a remedy, within 2 s, and leaves nothing behind.

        Troubleshooting: ``voicebridge doctor`` and every recording call it. Look at the session's variables and for
        installed programs; start and open nothing that stays.
        """
        spec = self._found()[2]
        left = Leftovers("the probe", "probe()")
        began = time.perf_counter()
        with no_network() as attempts:
            try:
                priority = within(PATIENCE, "probe()", lambda: _said(lambda: _probed(spec)))
            finally:
                took = time.perf_counter() - began
        if isinstance(priority, UnavailableError):
            expect_line(priority, "probe()")
        elif type(priority) is not int:
            pytest.fail(f"probe() returned {priority!r}: return a priority, which is a whole number, or raise an UnavailableError.")
        if attempts:
            pytest.fail(f"probe() opened a connection to {attempts[0]}: look only on this machine.")
        if took > _PROBE:
            pytest.fail(f"probe() took {took:.1f} s: give every query a time-out, {_PROBE:g} s in all.")
        expect_nothing(left)

    def test_it_has_the_methods_of_its_port(self) -> None:
        """The factory returns an object with the methods of the protocol for its kind.

        Troubleshooting: see :mod:`voicebridge.ports`.
        """
        if self.kind not in SERVICE_KINDS:
            pytest.fail(f"kind = {self.kind!r} is not a kind of service: use one of {', '.join(SERVICE_KINDS)}.")
        expect_port(self.create(), PORTS[self.kind])

    @classmethod
    def _found(cls) -> tuple[Services, PluginRecord, ServiceSpec]:
        if not hasattr(cls, "service"):
            pytest.skip("the test class doesn't name an installed service")
        registry = registry_of(cls.service)
        try:
            return registry, *registry.service_named(cls.kind, cls.service)
        except VoiceBridgeError as error:
            pytest.fail(str(error))

    @classmethod
    def has(cls, feature: str) -> bool:
        """Whether the service's descriptor has that feature; a service that isn't installed has none."""
        return hasattr(cls, "service") and feature in cls._found()[2].features


def expect_port(made: object, port: type) -> None:
    """Fail the running test if an object lacks a method of a protocol."""
    __tracebackhide__ = True
    if not isinstance(made, port):
        missing = sorted(name for name in dir(port) if not name.startswith("_") and not hasattr(made, name))
        pytest.fail(f"{type(made).__name__} lacks {', '.join(missing) or 'a method'} of voicebridge.ports.{port.__name__}: add it.")


def expect_line(error: BaseException, doing: str) -> None:
    """Fail the running test unless a message is one line with more than one statement: what is wrong, and what to do."""
    __tracebackhide__ = True
    text = str(error)
    if len(text.splitlines()) != 1 or not re.search(r"[.:;] ", text):
        pytest.fail(f"{doing} raised {type(error).__name__} with the message {text!r}: say in one line what is wrong, and what to do.")


def expect_nothing(left: Leftovers) -> None:
    """Fail the running test if something has been left behind."""
    __tracebackhide__ = True
    if faults := left.faults():
        pytest.fail("\n".join(faults))


@contextmanager
def refusing(doing: str, kind: type[VoiceBridgeError] = UnavailableError) -> Iterator[None]:
    """Fail the running test unless the block raises this error with a message of one line."""
    __tracebackhide__ = True
    try:
        yield
    except kind as error:
        expect_line(error, doing)
    except Exception as error:
        pytest.fail(f"{doing} raised {type(error).__name__}: {error}: raise {kind.__name__} with what is wrong and what to do.")
    else:
        pytest.fail(f"{doing} raised nothing: raise {kind.__name__} with what is wrong and what to do.")


def fastest(tries: int, do: Callable[[], float], limit: float) -> float:
    """The shortest of several times in seconds, up to the first within ``limit``: a busy machine makes times longer, never shorter."""
    took: list[float] = []
    for _ in range(tries):
        took.append(do())
        if took[-1] <= limit:
            break
    return min(took)


def _probed(spec: ServiceSpec) -> object:
    return load_ref(spec.probe)()


def _said(ask: Callable[[], _T]) -> _T | UnavailableError:
    try:
        return ask()
    except UnavailableError as error:
        return error
