"""Start at logon with a task of the Windows Task Scheduler, which also restarts VoiceBridge after a failure."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from ctypes import byref
from html import unescape
from pathlib import Path
from xml.sax.saxutils import escape

from voicebridge.errors import UnavailableError

from voicebridge_os_windows import api

_SECONDS = 20.0
_TASK = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>VoiceBridge: dictation, reading aloud and watched folders</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>{user}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{user}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>5</Priority>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>3</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
    </Exec>
  </Actions>
</Task>
"""


class LogonTask:
    """Needs no administrator rights, because it runs for this user only; unlike the Run key, it allows commands of any length."""

    def install(self, command: Sequence[str]) -> None:
        """Run ``command`` at logon; replaces the command of an earlier call.

        Raises:
            UnavailableError: if Windows rejects the task.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "task.xml")
            path.write_text(definition(command, user()), encoding="utf-16")
            done = _schtasks("/Create", "/TN", name(), "/XML", str(path), "/F")
        if done.returncode:
            said = _text(done.stderr).strip().splitlines()
            raise UnavailableError(
                f"Windows refuses a task at logon: {said[0] if said else done.returncode}. An administrator may have forbidden it."
            )

    def uninstall(self) -> None:
        """Undo :meth:`install`; does nothing if not installed."""
        if os.name == "nt":
            _schtasks("/Delete", "/TN", name(), "/F")

    def installed(self) -> Sequence[str] | None:
        """The command that runs at logon, ``None`` if there is none, or if the user has disabled it."""
        if os.name != "nt":
            return None
        done = _schtasks("/Query", "/TN", name(), "/XML")
        return None if done.returncode else command_of(_text(done.stdout))


def definition(command: Sequence[str], user: str) -> str:
    """The task's definition in XML."""
    program, *arguments = command
    return _TASK.format(user=escape(user), program=escape(program), arguments=escape(subprocess.list2cmdline(arguments)))


def command_of(task: str) -> list[str] | None:
    """The command of a task, ``None`` if it is disabled or has none."""
    settings = re.search(r"<Settings>.*</Settings>", task, re.DOTALL)
    program = re.search(r"<Command>(.*?)</Command>", task, re.DOTALL)
    arguments = re.search(r"<Arguments>(.*?)</Arguments>", task, re.DOTALL)
    if program is None or (settings and "<Enabled>false</Enabled>" in settings[0]):
        return None
    return [unescape(program[1]), *(_split(unescape(arguments[1])) if arguments and arguments[1] else [])]


def name() -> str:
    """The task's name; the namespace is shared by all users of the computer."""
    return f"VoiceBridge ({os.environ.get('USERNAME', 'user')})"


def user() -> str:
    """The user whose logon starts the task."""
    domain = os.environ.get("USERDOMAIN", "")
    return f"{domain}\\{os.environ.get('USERNAME', '')}" if domain else os.environ.get("USERNAME", "")


def _schtasks(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    # Output goes to files: a service that Windows starts meanwhile may inherit a pipe and keep it open, and reading it would never end.
    try:
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            done = subprocess.run(  # noqa: S603 - no shell, and no user input
                ["schtasks.exe", *arguments],  # noqa: S607 - from the system folder
                stdin=subprocess.DEVNULL, stdout=output, stderr=errors, timeout=_SECONDS, check=False,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )  # fmt: skip
            output.seek(0)
            errors.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read(), errors.read())
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"The task scheduler can't be used: {error}. The Run key of the registry is used instead.") from error


def _text(said: bytes) -> str:
    """Decode the output of a Windows program, which may have one of several encodings."""
    encoding = "utf-16" if said.startswith((b"\xff\xfe", b"\xfe\xff")) else "oem" if os.name == "nt" else "utf-8"
    return said.decode(encoding, "replace")


def _split(line: str) -> list[str]:
    count = ctypes.c_int()
    words = api.shell32().CommandLineToArgvW(f"x {line}", byref(count))  # the first word is parsed by other rules
    try:
        return [words[index] for index in range(1, count.value)]
    finally:
        api.kernel32().LocalFree(ctypes.cast(words, ctypes.c_void_p))
