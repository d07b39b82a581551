"""Sound on its way in: decoding files and streams, taking arrays, resampling."""
