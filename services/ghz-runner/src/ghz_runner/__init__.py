"""Loads one server over a sweep of concurrencies, by hand and without the orchestrator."""
