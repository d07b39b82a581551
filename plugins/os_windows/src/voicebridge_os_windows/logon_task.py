"""Starts VoiceBridge when the user logs on, as a task of Windows' scheduler, which also starts it again when it has failed."""

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

from voicebridge.errors import Unavailable

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
    """Needs no rights, since it starts for this user alone; unlike the Run key it takes a command of any length."""

    def install(self, command: Sequence[str]) -> None:
        """Have ``command`` run when the user logs on; replaces what an earlier call has put there.

        Raises:
            Unavailable: when Windows refuses the task.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "task.xml")
            path.write_text(definition(command, user()), encoding="utf-16")
            done = _schtasks("/Create", "/TN", name(), "/XML", str(path), "/F")
        if done.returncode:
            said = _text(done.stderr).strip().splitlines()
            raise Unavailable(
                f"Windows refuses a task at logon: {said[0] if said else done.returncode}. An administrator may have forbidden it."
            )

    def uninstall(self) -> None:
        """Undo :meth:`install`; does nothing where there is nothing to undo."""
        if os.name == "nt":
            _schtasks("/Delete", "/TN", name(), "/F")

    def installed(self) -> Sequence[str] | None:
        """The command that runs when the user logs on, ``None`` without one or where the user has switched it off."""
        if os.name != "nt":
            return None
        done = _schtasks("/Query", "/TN", name(), "/XML")
        return None if done.returncode else command_of(_text(done.stdout))


def definition(command: Sequence[str], user: str) -> str:
    """The task, as Windows reads it."""
    program, *arguments = command
    return _TASK.format(user=escape(user), program=escape(program), arguments=escape(subprocess.list2cmdline(arguments)))


def command_of(task: str) -> list[str] | None:
    """The command of a task, ``None`` when it is switched off or none."""
    settings = re.search(r"<Settings>.*</Settings>", task, re.DOTALL)
    program = re.search(r"<Command>(.*?)</Command>", task, re.DOTALL)
    arguments = re.search(r"<Arguments>(.*?)</Arguments>", task, re.DOTALL)
    if program is None or (settings and "<Enabled>false</Enabled>" in settings[0]):
        return None
    return [unescape(program[1]), *(_split(unescape(arguments[1])) if arguments and arguments[1] else [])]


def name() -> str:
    """The task's name, which all users of the machine share."""
    return f"VoiceBridge ({os.environ.get('USERNAME', 'user')})"


def user() -> str:
    """Whose logon it is."""
    domain = os.environ.get("USERDOMAIN", "")
    return f"{domain}\\{os.environ.get('USERNAME', '')}" if domain else os.environ.get("USERNAME", "")


def _schtasks(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - no shell; the words are ours
            ["schtasks.exe", *arguments],  # noqa: S607 - of the system's own folder
            stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"The scheduler of tasks can't be used: {error}. The Run key of the registry does instead.") from error


def _text(said: bytes) -> str:
    """What a program of Windows has said, in whichever of its encodings."""
    encoding = "utf-16" if said.startswith((b"\xff\xfe", b"\xfe\xff")) else "oem" if os.name == "nt" else "utf-8"
    return said.decode(encoding, "replace")


def _split(line: str) -> list[str]:
    count = ctypes.c_int()
    words = api.shell32().CommandLineToArgvW(f"x {line}", byref(count))  # the first word goes by rules of its own
    try:
        return [words[index] for index in range(1, count.value)]
    finally:
        api.kernel32().LocalFree(ctypes.cast(words, ctypes.c_void_p))
