"""What `./lab bench calls` times."""
