"""How one trial loads a server: a kind for each, registered by name in `registry`."""
