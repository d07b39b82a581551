"""Desktop services that work on all systems; offered by a plugin included in the core."""
