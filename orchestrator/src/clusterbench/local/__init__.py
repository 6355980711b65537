"""Servers and ghz built and started on this machine, without an engine.

`toolchains` finds python, cargo and go, or brings them; `build` makes what compose.yaml's
`x-lab` recipes describe; `tools` finds h2load and a browser; `serve` starts one server by
hand; `byhand` is what the command line calls. `commands`, `digest`, `howto`, `toolchains` and
`tools` use the standard library only, since `./lab` needs them before there is an environment.
"""
