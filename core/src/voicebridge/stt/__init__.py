"""Speech to text: resolving the model, transcribing, and writing transcripts."""
