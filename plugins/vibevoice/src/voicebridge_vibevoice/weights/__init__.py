"""Where VibeVoice's weights are: an explicit folder, our cache, the hub's cache, the hub, in this order."""
