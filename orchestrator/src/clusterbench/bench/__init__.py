"""The loop: turns, trials, warm-up, the gRPC client, progress."""
