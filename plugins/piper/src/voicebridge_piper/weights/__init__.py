"""Where Piper's voices are: a file or folder of the user's, our cache, a package, the hub, in this order."""
