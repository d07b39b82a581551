"""The sources of Piper's voices: a file or folder of the user, our cache, a package, the hub, in this order."""
