"""From a document, a script or bare text to the pieces that an engine speaks."""
