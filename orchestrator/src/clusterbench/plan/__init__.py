"""What will run, in which order, on which CPUs. Computes; reads and starts nothing."""
