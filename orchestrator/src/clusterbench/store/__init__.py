"""The run folder: its only writer, its reader, and its formats."""
