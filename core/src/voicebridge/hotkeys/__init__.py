"""Keys that start and stop things: modes, and what is pressed become what is meant."""
