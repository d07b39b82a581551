"""What recognisers of recorded speech share: pieces of speech, batches, rules for the text, and sentences.

A recogniser that transcribes a piece of audio at a time gives the audio to a :class:`~voicebridge.recognition.segmenter.Segmenter`, decodes
the pieces, in batches from a :class:`~voicebridge.recognition.batches.BatchQueue` if that is faster, and makes segments of the words with
:func:`~voicebridge.recognition.sentences.sentences`.
"""
