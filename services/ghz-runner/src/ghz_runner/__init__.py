"""Loads one server over a ladder of concurrencies, by hand and without the orchestrator."""
