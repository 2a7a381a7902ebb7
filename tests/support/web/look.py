"""Looking at the page as a person does: what is drawn, and where."""
import re
import time

# What of a figure is on the screen: elements, not the data that it was given.
DRAWN = """(panel) => {
	const plot = document.querySelector(`[data-panel="${panel}"] .plot`);
	const all = (selector) => [...plot.querySelectorAll(selector)];
	const inside = (element) => {
		const box = element.getBoundingClientRect(), own = plot.getBoundingClientRect();
		return box.width > 0 && box.right > own.left && box.left < own.right;
	};
	return {
		points: all('.scatterlayer .points .point').filter(inside).length,
		bars: all('.barlayer .point path').filter(inside).length,
		lines: all('.scatterlayer .lines .js-line').filter(inside).length,
		contours: all('.contourlayer .contourfill path, .contourlayer image, .heatmaplayer image').length,
		dimmed: all('.scatterlayer .points .point').filter((p) => Number(p.style.opacity) < 0.2).length,
		titles: all('.g-xtitle text, .g-ytitle text, [class*="g-x"][class*="title"] text, [class*="g-y"][class*="title"] text')
			.map((text) => text.textContent).filter((text, i, list) => list.indexOf(text) === i),
		names: all('.ytick text, .xtick text').map((text) => text.textContent),
		size: [plot.clientWidth, plot.clientHeight],
	};
}"""

# The share of a canvas that is not empty.
INKED = """(selector) => {
	const canvas = document.querySelector(selector);
	const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
	let inked = 0;
	for (let i = 3; i < pixels.length; i += 4) inked += pixels[i] > 0;
	return inked / (pixels.length / 4);
}"""


def panel(page, name):
    return page.locator('[data-panel="%s"]' % name)


def figure(page, name):
    """Scrolls to a figure and waits until it is drawn; what is drawn."""
    panel(page, name).scroll_into_view_if_needed()
    panel(page, name).locator(".plot[data-drawn]").wait_for()
    return page.evaluate(DRAWN, name)


def wait(page, script, argument=None, seconds=120):
    """Waits until a script of the page says yes."""
    end = time.monotonic() + seconds
    while not page.evaluate(script, argument):
        if time.monotonic() > end:
            raise AssertionError("it never came true: %s (%s)" % (script, argument))
        page.wait_for_timeout(100)


def until(page, probe, wanted, seconds=120):
    """Waits until what is seen is what is wanted: what a click changes is not drawn at once."""
    end = time.monotonic() + seconds
    while (seen := probe()) != wanted:
        if time.monotonic() > end:
            raise AssertionError("it is %r, and not %r" % (seen, wanted))
        page.wait_for_timeout(100)


def counts(page, wanted):
    """Waits until the table says that it shows so many trials."""
    until(page, lambda: count(page), wanted)


def count(page):
    """The number that the table says it shows."""
    text = panel(page, "table").locator(".count").inner_text()
    return int(re.match(r"[\d,]+", text).group().replace(",", ""))


def faults(page):
    """Errors of the console; that a failed request is one is not the page's."""
    return [text for text in page.faults if "Failed to load resource" not in text]
