"""Audio input and output: decoding, encoding, arrays, resampling."""
