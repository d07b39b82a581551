"""The sources of Whisper's weights: an explicit folder, our cache, the hub's cache, a weights package, the hub, in this order."""
