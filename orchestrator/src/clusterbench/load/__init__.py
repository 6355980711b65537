"""Load: what loads a server, and how.

`generators/` are the programs: a command line out, samples in. `kinds/` are the ways to load a
server for one trial. `generator.py` is what a generator is to the rest. Nothing here starts a
process or opens a socket.
"""
