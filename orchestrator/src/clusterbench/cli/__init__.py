"""The command line: a file for each command, and the one place where errors become exit codes."""
