"""From what a user configured to dictation that runs: the model, the desktop's services, and one recording after another."""
