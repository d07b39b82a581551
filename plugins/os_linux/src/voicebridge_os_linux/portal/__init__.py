"""The desktop portal: global hotkeys and simulated key presses, with the user's permission."""
