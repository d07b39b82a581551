"""Imports an engine that nobody has."""

import acme_engine_that_is_not_installed  # type: ignore[import-not-found]  # noqa: F401
