"""Models in separate processes, and how jobs reach them: from the daemon, and from other processes through it.

A job is an exchange of JSON lines (:mod:`~voicebridge.engines.messages`) between its client (:mod:`~voicebridge.engines.remote`) and the
process with the engine (:mod:`~voicebridge.engines.serve`). The same protocol is used on the pipes of a worker process and on the daemon's
control socket.
"""
