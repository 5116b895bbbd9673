"""Take the picture of the built-in page in the README: two telephones, as docs/page.png.

Run it with `make picture`.
"""

import tempfile
from pathlib import Path

from browser import PHONE, Browser, browsing
from PIL import Image
from selenium.webdriver.common.by import By
from small_libraries import SEEDS, finish
from web_page import site_of

from index import IndexSettings, build, open_library

QUESTION = "城西区投资了多少"
PICTURE = Path(__file__).parent / "page.png"
SCALE = 2
GAP = 48
AROUND = (128, 128, 128)
COLOURS = 64
"""As many as text and its edges need; the file is a third as large."""


def main() -> None:
    """Ask the page, follow the citation, and put what is shown side by side."""
    with tempfile.TemporaryDirectory() as folder:
        settings = IndexSettings(seeds=SEEDS, data=Path(folder) / "data")
        finish(build(settings))
        site, _ = site_of(open_library(settings))
        with site.serving_beside() as port, browsing(Path(folder) / "profile") as browser:
            shots = _shots(browser, f"http://127.0.0.1:{port}")
    width = sum(shot.width for shot in shots) + GAP * (len(shots) + 1)
    picture = Image.new("RGB", (width, shots[0].height + 2 * GAP), AROUND)
    for number, shot in enumerate(shots):
        picture.paste(shot, (GAP + number * (shot.width + GAP), GAP))
    picture.quantize(COLOURS).save(PICTURE, optimize=True)


def _shots(browser: Browser, page: str) -> list[Image.Image]:
    """The answer in light colours, and the article that it links to in dark ones."""
    browser.open(f"{page}/?q={QUESTION}", PHONE, scale=SCALE)
    found = browser.screenshot()
    link = browser.driver.find_element(By.CSS_SELECTOR, ".source a").get_attribute("href")
    browser.open(link or page, PHONE, dark=True, scale=SCALE)
    return [found, browser.screenshot()]


if __name__ == "__main__":
    main()
