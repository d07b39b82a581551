"""X11, using python-xlib."""
