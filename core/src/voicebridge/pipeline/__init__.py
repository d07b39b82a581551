"""The flows, one module each: from a source through an engine to sinks."""
