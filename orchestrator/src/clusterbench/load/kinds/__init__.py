"""How one trial loads a server: a kind for each, registered by name in `all_kinds`."""
