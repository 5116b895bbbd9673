"""The files that a bot has sent or was sent, which it may fetch and send again."""

import itertools

from bot_api_emulator.contract import ApiError, Handler, JsonObject, Upload
from bot_api_emulator.images import checked_size

PHOTO_BYTES = 10 * 2**20
DOCUMENT_BYTES = 50 * 2**20
DOWNLOAD_BYTES = 20 * 2**20
"""A larger file is not given to bots."""


class Files:
    """Uploads by their file id.

    Attributes:
        given: bytes of them that were given to the bot.
    """

    def __init__(self) -> None:
        self.uploads: dict[str, Upload] = {}
        self.announced: dict[str, int] = {}
        self.untold: set[str] = set()
        self.given = 0
        self._ids = itertools.count(1)

    def methods(self) -> dict[str, Handler]:
        return {"getFile": self._get_file}

    def photo(self, file: Upload | str) -> JsonObject:
        """Returns the PhotoSize of an upload, or of a file id."""
        stored = self._store(file, PHOTO_BYTES)
        width, height = checked_size(self.uploads[stored["file_id"]].content)
        del stored["file_name"]
        return {**stored, "width": width, "height": height}

    def document(self, file: Upload | str) -> JsonObject:
        """Returns the Document of an upload, or of a file id."""
        return self._store(file, DOCUMENT_BYTES)

    def from_person(
        self, name: str, content: bytes, kind: str, size: int | None, tells_size: bool = True
    ) -> JsonObject:
        """Returns the Document of a file that a person sends; they may send larger ones than bots.

        Args:
            size: told in place of the true one, so that a test need not make a large file.
            tells_size: whether any is told; a server of one's own need not, and has no limit.
        """
        file_id = f"file{next(self._ids)}"
        self.uploads[file_id] = Upload(name, content)
        if size is not None:
            self.announced[file_id] = size
        if not tells_size:
            self.untold.add(file_id)
        return {**self._known(file_id), "mime_type": kind}

    def _store(self, file: Upload | str, limit: int) -> JsonObject:
        if isinstance(file, str):
            return self._known(file)
        if not 0 < len(file.content) <= limit:
            raise ApiError("file must be non-empty" if not file.content else "file is too big")
        file_id = f"file{next(self._ids)}"
        self.uploads[file_id] = file
        return self._known(file_id)

    def _known(self, file_id: str) -> JsonObject:
        if file_id not in self.uploads:
            # Telegram also takes URLs and fetches them, which an offline test cannot do.
            raise ApiError("wrong file identifier/HTTP URL specified")
        upload = self.uploads[file_id]
        size = self.announced.get(file_id, len(upload.content))
        return {
            "file_id": file_id,
            "file_unique_id": f"u{file_id}",
            **({} if file_id in self.untold else {"file_size": size}),
            "file_name": upload.file_name,
        }

    def _get_file(self, parameters: JsonObject) -> JsonObject:
        file = self._known(parameters["file_id"])
        if file.get("file_size", 0) > DOWNLOAD_BYTES:
            raise ApiError("file is too big")
        del file["file_name"]
        return {**file, "file_path": file["file_id"]}
