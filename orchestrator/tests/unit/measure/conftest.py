"""Property tests say the same on every machine, and never fail for being slow."""

from hypothesis import settings

settings.register_profile("lab", deadline=None, derandomize=True)
settings.load_profile("lab")
