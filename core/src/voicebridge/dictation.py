"""From what a user configured to dictation that runs: the microphone, the model, the keys and the ways to insert text."""
