"""What an OpenSearch node is started with: jars that Maven keeps, and a compiled Java file.

Maven is asked once; what it says and what is compiled lie in build/, which no commit holds.
"""

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import portalocker
from small_libraries import ROOT

SOURCES = Path(__file__).parent / "cluster_nodes"
CACHE = ROOT / "build" / "cluster"
OLDEST_JAVA = 17
UTF_8 = {"LC_ALL": "C.UTF-8"}
"""Has Java read paths that are not ASCII, whatever locale the tests run in."""
INSTALL = "`make test-cluster` installs it as root on Debian and Ubuntu."


class NoCluster(Exception):
    """The cluster of the tests cannot be started, or does not come to be as it was asked to be."""


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs that make and run a node."""

    java: str
    javac: str
    maven: str


def programs() -> Programs:
    """Returns where Java and Maven are; JAVA_HOME goes before PATH, as it does for Maven.

    Raises:
        NoCluster: one is missing, or Java is too old.
    """
    home = os.environ.get("JAVA_HOME")
    path = os.pathsep.join([*([f"{home}/bin"] if home else []), os.environ.get("PATH", "")])
    places: dict[str, str] = {}
    for name, what in {
        "java": "Java",
        "javac": "the compiler of a JDK",
        "mvn": "Maven",
    }.items():
        place = shutil.which(name, path=path)
        if place is None:
            raise NoCluster(f"The cluster needs {what} ({name}). {INSTALL}")
        places[name] = place
    _check_age(places["javac"])
    return Programs(java=places["java"], javac=places["javac"], maven=places["mvn"])


def classpath(programs: Programs) -> str:
    """Returns the jars of a node and its compiled main class, made where they are not there yet.

    Raises:
        NoCluster: Maven could not bring the jars, or the class does not compile.
    """
    sources = b"".join(path.read_bytes() for path in sorted(SOURCES.iterdir()) if path.is_file())
    folder = CACHE / hashlib.sha256(sources).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    listing, classes = folder / "classpath", folder / "classes"
    unfinished = folder / "unfinished"
    with portalocker.Lock(folder / "lock", "ab", flags=portalocker.LockFlags.EXCLUSIVE):
        if not _complete(listing, classes):
            for leftover in (classes, unfinished):
                shutil.rmtree(leftover, ignore_errors=True)
            _run(
                "Maven could not bring OpenSearch",
                [
                    *[
                        programs.maven,
                        "--quiet",
                        "--batch-mode",
                        "--file",
                        f"{SOURCES / 'pom.xml'}",
                    ],
                    *["dependency:build-classpath", f"-Dmdep.outputFile={listing}"],
                ],
            )
            _run(
                "The main class of a node does not compile",
                [
                    *[programs.javac, "-cp", listing.read_text("utf-8"), "-d", f"{unfinished}"],
                    f"{SOURCES / 'ClusterNode.java'}",
                ],
            )
            # A compiler that was killed may have written some of the classes.
            unfinished.rename(classes)
    return os.pathsep.join([f"{classes}", listing.read_text("utf-8")])


def _complete(listing: Path, classes: Path) -> bool:
    """Whether all jars and the class are there: Maven's may have been removed since."""
    return (
        listing.exists()
        and (classes / "ClusterNode.class").exists()
        and all(Path(jar).exists() for jar in listing.read_text("utf-8").split(os.pathsep))
    )


def _check_age(javac: str) -> None:
    output = _run("The Java compiler does not run", [javac, "-version"])
    version = re.search(r"javac (?:1\.)?(\d+)", output)
    if version is None or int(version[1]) < OLDEST_JAVA:
        raise NoCluster(
            f"The cluster needs Java {OLDEST_JAVA} or newer, and {javac} is {output.strip()}."
        )


def _run(failed: str, command: list[str]) -> str:
    """Returns what a program printed."""
    done = subprocess.run(  # noqa: S603 - Java and Maven with our own files
        command,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=os.environ | UTF_8,
    )
    if done.returncode:
        raise NoCluster(f"{failed}:\n{done.stdout[-3000:]}")
    return done.stdout
