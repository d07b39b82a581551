"""Imports an engine that is not installed."""

import acme_engine_that_is_not_installed  # type: ignore[import-not-found]  # noqa: F401
