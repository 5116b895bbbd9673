"""Draws the rooms and which of them import which, read from the imports, as docs/rooms.md.

Run it with `make rooms`.
"""

from collections.abc import Mapping
from pathlib import Path

import grimp

ROOMS = Path(__file__).parent / "rooms.md"
PACKAGES = ("index", "bot")
HEAD = """# The rooms

What imports what, drawn by `make rooms`: the packages below `index` and `bot`, and the modules
beside them. An arrow that others already imply is left out. Contracts in `pyproject.toml` say what
may be imported. README.md says what each room is for.

```mermaid
graph TD
"""


def room_of(module: str) -> str:
    """Returns the room of a module: its package below `index` or `bot`, else the module itself."""
    return ".".join(module.split(".")[:2])


def imports_between_rooms() -> dict[str, set[str]]:
    """Returns for each room the other rooms that it imports."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    rooms: dict[str, set[str]] = {room_of(module): set() for module in graph.modules}
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            rooms[room_of(module)].add(room_of(imported))
    return {room: imported - {room} for room, imported in rooms.items()}


def below(room: str, imports: Mapping[str, set[str]]) -> set[str]:
    """Returns all rooms that a room reaches. There are no circles: `make lint` sees to that."""
    return imports[room].union(*(below(imported, imports) for imported in imports[room]))


def drawing() -> str:
    """Returns the whole page."""
    imports = imports_between_rooms()
    lines = []
    for package in PACKAGES:
        lines.append(f"  subgraph {package}_")
        lines += [f"    {room}" for room in sorted(imports) if room.split(".")[0] == package]
        lines.append("  end")
    for room, imported in sorted(imports.items()):
        implied = set().union(*(below(other, imports) for other in imported))
        lines += [f"  {room} --> {other}" for other in sorted(imported - implied)]
    return HEAD + "\n".join(lines) + "\n```\n"


if __name__ == "__main__":
    ROOMS.write_text(drawing(), "utf-8")
