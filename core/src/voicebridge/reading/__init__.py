"""Reading aloud in the background: queue, pause, skip, and silence during dictation."""
