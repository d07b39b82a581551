"""X11 by python-xlib."""
