"""Numbers from samples. Pure: nothing here opens a file."""
