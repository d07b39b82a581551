"""The built-in commands."""

VERBS = {
    "setup": ("voicebridge.cli.setup.command:setup", "Set up and test the microphone, hotkey, model and voice."),
    "dictate": ("voicebridge.cli.dictate.command:dictate", "Dictate: press a hotkey, speak, and the text appears at the cursor."),
    "stt": ("voicebridge.cli.stt.command:stt", "Speech to text: transcribe audio and video files, or the microphone."),
    "tts": ("voicebridge.cli.tts.command:tts", "Text to speech: play a text or document, or write an audio file."),
    "read": ("voicebridge.cli.read:read", "Read a text aloud in the background; pause, skip or stop it."),
    "daemon": ("voicebridge.cli.daemon.command:app", "Run in the background: hotkeys, reading aloud, folders, models."),
    "watch": ("voicebridge.cli.watch.command:watch", "Process new files in folders: transcribe them, or read them aloud."),
    "models": ("voicebridge.cli.models:app", "List, inspect, download and remove models."),
    "voices": ("voicebridge.cli.voices:app", "List and preview voices, and add your own."),
    "devices": ("voicebridge.cli.devices:app", "List microphones and speakers, and test a microphone."),
    "hotkeys": ("voicebridge.cli.hotkeys.command:app", "List, set and test hotkeys."),
    "history": ("voicebridge.cli.history:app", "Browse, retry and delete past dictations."),
    "vocabulary": ("voicebridge.cli.vocabulary:app", "List, add, remove and test your names and terms."),
    "plugins": ("voicebridge.cli.plugins.command:app", "List, inspect, enable and disable plugins."),
    "config": ("voicebridge.cli.config:app", "Show and change the configuration."),
    "uninstall": ("voicebridge.cli.uninstall:uninstall", "Remove models, configuration and autostart."),
    "doctor": ("voicebridge.cli.doctor.command:doctor", "Check the installation, and print the commands that fix problems."),
}
"""The code and the help line of each command."""
