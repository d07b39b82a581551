"""For plugins: where a model's weights may be, checking them, and fetching them from the Hugging Face hub or a mirror of it.

``candidates`` goes through the places in order, ``packages`` and ``checks`` are for weights that come as installed packages, ``places``
says where things are on this machine, ``fetching`` brings what is missing, ``transport`` asks. A plugin that fetches depends on
huggingface-hub and filelock.
"""
