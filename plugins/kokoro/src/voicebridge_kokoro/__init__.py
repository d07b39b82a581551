"""Kokoro for VoiceBridge, using kokoro-onnx."""
