"""The profilers that sample a server's CPU time: a command out, folded stacks in."""
