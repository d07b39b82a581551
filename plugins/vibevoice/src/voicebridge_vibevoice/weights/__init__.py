"""The sources of VibeVoice's weights: an explicit folder, our cache, the hub's cache, the hub, in this order."""
