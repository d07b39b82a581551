"""The output formats of transcripts."""
