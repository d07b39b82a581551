"""The sources of Kokoro's weights: a file or folder of the user, our cache, packages, a release, in this order."""
