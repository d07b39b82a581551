"""``python -m voicebridge`` runs the command in the environment of that Python."""

from voicebridge.cli.app import main

main()
