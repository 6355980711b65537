"""The command line: one parser for `./lab` and for the package, a module for each command.

What declares the commands takes the standard library alone, since `./lab` checks everything given
before there is any environment. What a command needs to run is imported when it runs.
"""
