"""Read documents of all supported formats into blocks of text."""
