"""Holds a server to the contract of docs/add-a-contender.md, point by point."""
