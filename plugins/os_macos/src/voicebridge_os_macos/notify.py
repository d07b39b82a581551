"""Notifications through the system's scripting, which needs no registered application."""

from __future__ import annotations

import json
import subprocess

from voicebridge.errors import UnavailableError

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
"""The same for all notifications. The text is passed on stdin: other users can read command lines, and text in a script may be executed."""


class ScriptNotifier:
    """These notifications can't be replaced, so each is shown separately; macOS groups them."""

    def notify(self, title: str, body: str, tag: str | None = None) -> None:  # noqa: ARG002 - not supported by macOS for scripts
        """Show a notification; never waits for the user.

        Raises:
            UnavailableError: if macOS doesn't show it.
        """
        told = json.dumps({"title": title, "body": body}).encode()
        command = [PROGRAM, "-l", "JavaScript", "-e", SCRIPT]
        try:
            subprocess.run(command, input=told, capture_output=True, check=True, timeout=SECONDS)  # noqa: S603 - a fixed script
        except subprocess.TimeoutExpired as error:
            raise UnavailableError(
                f"macOS did not show the notification within {SECONDS:g} s. If this persists, log out and in again."
            ) from error
        except (OSError, subprocess.CalledProcessError) as error:
            raise UnavailableError(
                "macOS did not show the notification. Allow notifications from Script Editor in System Settings > Notifications."
            ) from error
