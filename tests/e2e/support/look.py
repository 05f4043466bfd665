"""What of a page can be seen: its height, what is cut, squeezed or too pale to be read."""

from dataclasses import dataclass
from itertools import product

from selenium.webdriver.chrome.webdriver import WebDriver

WIDE, NARROW = 1280, 390
SCHEMES = ("light", "dark")
SCREENS = tuple(product((WIDE, NARROW), SCHEMES))

# Source: WCAG 2.2, 1.4.3 Contrast (Minimum), and its definition of relative luminance. What is
# disabled is exempt there, and so it is here. What is transparent shows what is behind it.
_LOOK = """
for (const each of document.getAnimations()) {
  if (each.effect.getComputedTiming().endTime === Infinity) each.cancel();
  else each.finish();
}
const seen = [...document.body.querySelectorAll("*")].filter(it =>
  it.checkVisibility({opacityProperty: true, visibilityProperty: true})
  && it.getBoundingClientRect().width > 1 && !it.closest("[disabled], script, style"));
const own = it => [...it.childNodes].filter(each => each.nodeType === 3)
  .map(each => each.data.trim()).join(" ").trim();
const told = it => `${it.tagName.toLowerCase()}.${it.getAttribute("class") ?? ""}: `
  + (own(it) || it.value || it.textContent).slice(0, 60);
const parents = function* (it) { for (; it; it = it.parentElement) yield it; };
const style = (it, name) => getComputedStyle(it)[name];

const lines = it => {
  const range = document.createRange();
  range.selectNodeContents(it);
  return new Set([...range.getClientRects()].map(each => Math.round(each.top))).size;
};
const squeezed = seen.filter(it => !it.children.length && own(it)
  && it.getBoundingClientRect().width < 120 && !(it instanceof SVGElement)
  && lines(it) > 2 && own(it).length / lines(it) < 8);

// What can be scrolled to is not cut off.
const scrolls = it => [...parents(it)].some(each =>
  each !== document.documentElement && each !== document.body
  && ["auto", "scroll"].includes(style(each, "overflowX")));
const clips = it => it.scrollWidth > it.clientWidth + 1 && it.clientWidth > 1
  && ["hidden", "clip"].includes(style(it, "overflowX")) && !it.matches("input, textarea");
const cut = seen.filter(it => (own(it) || it.matches("input, select, button, textarea"))
  && (clips(it) || it.getBoundingClientRect().right > innerWidth + 1) && !scrolls(it));

const kept = make => {
  const values = new Map();
  return of => {
    if (!values.has(of)) values.set(of, make(of));
    return values.get(of);
  };
};
const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const blend = (above, below) => above.slice(0, 3)
  .map((each, at) => each * above[3] + below[at] * (1 - above[3])).concat(1);
const colour = kept(text => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = text;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
});
const scheme = style(document.documentElement, "colorScheme");
const night = scheme.includes("dark") && matchMedia("(prefers-color-scheme: dark)").matches;
const behind = kept(it => it
  ? blend(colour(style(it, "backgroundColor")), behind(it.parentElement))
  : colour(night ? "#121212" : "white"));
const luminance = rgb => rgb.slice(0, 3).map(each => each / 255)
  .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
  .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
const contrast = it => {
  const below = behind(it);
  const words = colour(style(it, it instanceof SVGElement ? "fill" : "color"));
  const [dark, light] = [luminance(blend(words, below)), luminance(below)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};
const large = it => {
  const size = parseFloat(style(it, "fontSize"));
  return size >= 24 || size >= 18.66 && Number(style(it, "fontWeight")) >= 700;
};
const pale = seen.filter(it => (own(it) || it.matches("input, select, textarea"))
  && contrast(it) < (large(it) ? 3 : 4.5));

const root = document.documentElement;
return [root.scrollHeight, root.scrollWidth - root.clientWidth,
  squeezed.map(told), cut.map(told),
  pale.map(it => `${told(it)} ${style(it, "color")} ${behind(it)} ${contrast(it).toFixed(2)}`)];
"""


@dataclass(frozen=True)
class Look:
    """What of a page can be seen.

    Attributes:
        height: Of the whole page, in pixels.
        overflow: By how many pixels it is wider than the screen.
        squeezed: The texts that are broken nearly letter by letter.
        cut: The texts and fields of which a part is outside of what shows them.
        pale: The texts whose contrast is below what can be read well.
    """

    height: int
    overflow: int
    squeezed: tuple[str, ...]
    cut: tuple[str, ...]
    pale: tuple[str, ...]

    @property
    def flaws(self) -> tuple[str, ...]:
        """Returns all that a reader would miss."""
        beyond = (f"{self.overflow} px beyond the edge",) if self.overflow > 0 else ()
        return (*beyond, *self.squeezed, *self.cut, *self.pale)


def look(driver: WebDriver) -> Look:
    """Returns what of the page can be seen now."""
    height, overflow, *lists = driver.execute_script(_LOOK)
    return Look(int(height), int(overflow), *(tuple(dict.fromkeys(each)) for each in lists))


def show(driver: WebDriver, width: int, scheme: str) -> None:
    """Gives the screen a width in pixels, also one that no window can have, and a colour scheme."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    wanted = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})
    # The page's own script hears of the scheme before it is drawn anew.
    driver.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))"
    )


def show_as_it_is(driver: WebDriver) -> None:
    """Gives the screen its own width and colours back."""
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
