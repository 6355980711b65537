"""The training benchmark: what is run in which order, where, and how it is kept."""
