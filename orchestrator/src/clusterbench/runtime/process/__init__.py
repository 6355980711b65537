"""Servers and load generators as local processes."""
