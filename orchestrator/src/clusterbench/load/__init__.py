"""The load generators: a command line out, samples in."""
