"""Filters that change texts: the runs of filters, and the user's command as a filter."""
