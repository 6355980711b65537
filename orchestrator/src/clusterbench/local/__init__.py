"""Servers and load generators built and started on this machine, without an engine.

`toolchains` finds python, cargo and go, or brings them. `build` makes what compose.yaml's `x-lab`
recipes describe. `system_tools` finds h2load and a browser. `serve` starts one server by hand.
What `./lab` needs before there is an environment uses the standard library only.
"""
