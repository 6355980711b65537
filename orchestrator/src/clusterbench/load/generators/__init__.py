"""The load generators: an adapter for each, registered by name in `all_generators`."""
