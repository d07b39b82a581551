"""Models in processes of their own, and how jobs reach them: from the daemon, and from other processes through it.

A job is a conversation of JSON lines (:mod:`~voicebridge.engines.wire`) between the side that wants it done
(:mod:`~voicebridge.engines.remote`) and the side that has the engine (:mod:`~voicebridge.engines.serving`). The same conversation
is had over the pipes of a worker process and over the daemon's control socket.
"""
