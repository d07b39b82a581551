"""For plugins: find, verify and download model weights from the Hugging Face hub or a mirror.

``store`` searches the ``candidates``, the places where a model may be, in order; ``packages`` and ``checks`` are for weights in installed
packages, ``places`` has local paths, ``fetching`` downloads, and ``transport`` makes the requests. A plugin that downloads depends on
huggingface-hub and filelock.
"""
