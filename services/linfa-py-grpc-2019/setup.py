"""setuptools of 2020 reads setup.cfg alone through this."""

from setuptools import setup

setup()
