"""The desktop portal: keys that are told wherever the focus is, and keys that are pressed, once the user has agreed."""
