"""Fetching models from the Hugging Face hub, or a mirror that ``HF_ENDPOINT`` names: whole and checked, or not at all.

For plugins whose weights are kept there; one that uses this depends on huggingface-hub and filelock. ``places`` says where things are on
this machine, ``fetching`` brings what is missing, ``transport`` asks.
"""
