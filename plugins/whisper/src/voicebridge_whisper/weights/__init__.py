"""Where Whisper's weights are: an explicit folder, our cache, the hub's cache, a weights package, the hub, in this order."""
