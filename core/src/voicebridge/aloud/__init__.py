"""Reading aloud in the background: one text after another, paused, skipped through and silenced while the user talks."""
