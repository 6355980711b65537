"""Where servers and load generators run: one port, two adapters."""
