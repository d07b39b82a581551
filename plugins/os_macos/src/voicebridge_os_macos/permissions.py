"""What macOS lets this process do, found out without asking the user, and where the user can allow it.

macOS grants permissions to the application that a command runs in, which is mostly a terminal. Those to hear keys and to record concern
services of the core, which asks for them itself.
"""

from __future__ import annotations

from voicebridge.errors import Unavailable

PANE = "x-apple.systempreferences:com.apple.preference.security?Privacy_Accessibility"


def check_typing() -> None:
    """See that this process may send keys to others.

    Raises:
        Unavailable: with the pane in which it can be allowed.
    """
    import ApplicationServices
    import Quartz

    trusted = ApplicationServices.AXIsProcessTrustedWithOptions({ApplicationServices.kAXTrustedCheckOptionPrompt: False})
    if not trusted and not Quartz.CGPreflightPostEventAccess():
        raise Unavailable(
            "macOS doesn't let this program write into others. Allow the application that it runs in, such as your terminal, under System "
            f"Settings, Privacy & Security, Accessibility, then start that anew: open '{PANE}'"
        )
