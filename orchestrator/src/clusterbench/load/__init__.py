"""Load generators: a command line out, samples in.

`port.py` says what a load generator is, `ghz.py` and `h2load.py` are the two, `registry.py`
gives one by name. Nothing here starts a process or opens a socket.
"""
