"""Notices by the system's own scripting, which needs no application of our own to be registered."""

from __future__ import annotations

import json
import subprocess

from voicebridge.errors import Unavailable

PROGRAM = "/usr/bin/osascript"
SECONDS = 10.0
SCRIPT = """
ObjC.import('Foundation');
const told = $.NSFileHandle.fileHandleWithStandardInput.readDataToEndOfFile;
const notice = JSON.parse($.NSString.alloc.initWithDataEncoding(told, $.NSUTF8StringEncoding).js);
const application = Application.currentApplication();
application.includeStandardAdditions = true;
application.displayNotification(notice.body, {withTitle: notice.title});
"""
"""The same for every notice. What it says comes on stdin: a command line could be read by everybody, and text in the script be run."""


class ScriptNotifier:
    """Such notices can't be replaced, so that each stands by itself; macOS groups them."""

    def notify(self, title: str, body: str, tag: str | None = None) -> None:  # noqa: ARG002 - macOS offers scripts no way
        """Show a notice; never waits for the user.

        Raises:
            Unavailable: when macOS shows none.
        """
        told = json.dumps({"title": title, "body": body}).encode()
        command = [PROGRAM, "-l", "JavaScript", "-e", SCRIPT]
        try:
            subprocess.run(command, input=told, capture_output=True, check=True, timeout=SECONDS)  # noqa: S603 - a fixed script
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"macOS has not shown the notice within {SECONDS:g} s. Log in anew if that goes on.") from error
        except (OSError, subprocess.CalledProcessError) as error:
            raise Unavailable("macOS has not shown the notice. Allow those of Script Editor in System Settings, Notifications.") from error
