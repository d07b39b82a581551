"""The voices that the user added: samples to speak like."""
