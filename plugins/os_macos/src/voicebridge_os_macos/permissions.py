"""Check the permissions of this process without asking the user, and explain where to grant them.

macOS grants permissions to the application in which a command runs, usually a terminal. The permissions to monitor keys and to record
audio concern services of the core, which requests them itself.
"""

from __future__ import annotations

from voicebridge.errors import UnavailableError

PANE = "x-apple.systempreferences:com.apple.preference.security?Privacy_Accessibility"


def check_typing() -> None:
    """Check that this process may send keys to other applications.

    Raises:
        UnavailableError: if not, with the settings pane in which to allow it.
    """
    import ApplicationServices
    import Quartz

    trusted = ApplicationServices.AXIsProcessTrustedWithOptions({ApplicationServices.kAXTrustedCheckOptionPrompt: False})
    if not trusted and not Quartz.CGPreflightPostEventAccess():
        raise UnavailableError(
            "macOS doesn't allow VoiceBridge to insert text. Allow the application that it runs in, such as your terminal, under System "
            f"Settings > Privacy & Security > Accessibility, then restart it: open '{PANE}'"
        )
