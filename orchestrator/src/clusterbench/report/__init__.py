"""Plots, page and text from a run folder, and from nothing else."""
