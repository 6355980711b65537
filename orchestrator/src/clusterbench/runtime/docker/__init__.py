"""Servers and load generators in containers of a Docker engine."""
