"""The command line: one table of commands for `./lab` and for the package (`commands`).

What declares the commands takes the standard library alone, since `./lab` checks everything given
before there is any environment. The module that handles a command is imported when it runs.
"""
