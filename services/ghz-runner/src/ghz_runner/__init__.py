"""Loads one server that already runs over a sweep of concurrencies, by hand."""
