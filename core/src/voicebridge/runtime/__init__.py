"""Plugins, models and configuration."""
