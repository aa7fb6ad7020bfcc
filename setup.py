"""The packages of psi: everything under ``psi/``, and the three content folders beside it, mapped into it."""

from setuptools import find_packages, setup

CONTENT = ("manifests", "hardware_configs", "paradigms")

setup(
    packages=[*find_packages(include=["psi", "psi.*"]), *(f"psi.{name}" for name in CONTENT)],
    package_dir={"": ".", **{f"psi.{name}": name for name in CONTENT}},
)
