"""`./lab bench`: each server beside its alternatives, what a call costs, and overload.

`alternatives` runs the comparisons that bench.toml's profiles `alternatives-NAME` describe, as
ordinary runs; `calls` times single calls without a server; `overload` offers a server more than it
can take and stops it in the middle. `outcome` writes what each found, as Markdown and JSON.
"""
