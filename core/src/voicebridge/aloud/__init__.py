"""Reading aloud: what is spoken, and how it is paused, skipped, hastened and stopped."""
