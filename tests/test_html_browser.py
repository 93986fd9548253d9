"""Pages in a real browser: the stepper walks, everything is reached by keys, nothing is loaded, nothing sticks out."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from calc import convolve, pool, transpose
from calc.derivation import Derivation
from calc.quizzes.blanks import Quiz
from explain import render
from explain.documents import document
from explain.solving import EDITIONS, Edition, solve
from explain.worksheet import parsed
from tests.cases import CASES, EXAMPLES, RGB, TASK_1A
from tests.test_golden import worked
from tests.test_html import digit

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDTHS = (320, 768, 1920)
SETTLED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""When the page has answered to a new size."""


SHOWN = (
    *("conv-products", "conv-hadamard", "conv-channels", "conv-volume", "conv-signal", "conv-letters", "conv-picture"),
    *("transposed", "pool-max", "pool-average", "pool-volume", "shape-kernel", "shape-layers", "shape-compared"),
    *(
        "params-on-input",
        "maps-channels",
        "maps-deep",
        "kernels",
        "kernels-separable",
        "concept-posed",
        "concept-marked",
    ),
)
"""Cases that hold every kind of step."""

Opened = Callable[..., Page]


def chromium() -> str:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        missing = f"there is no browser: install one of {', '.join(NAMES)}"
        if os.environ.get("CNNCALC_CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def test_a_missing_browser_is_a_fault_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CNNCALC_CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="there is no browser: install one of chromium"):
        chromium()
    monkeypatch.setenv("CNNCALC_CI", "1")
    with pytest.raises(pytest.fail.Exception, match="there is no browser"):
        chromium()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; without one the tests of this file are skipped, but not in CI, where `CNNCALC_CI` is set."""
    found = chromium()
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Opens a derivation as a page; in the end no request has left it and no fault was reported."""
    faults: list[str] = []
    contexts = []

    def opened(
        derivation: Derivation, fragment: str = "", refused: str = "nothing", quiz: Quiz | None = None, **options: Any
    ) -> Page:
        path = tmp_path / "page.html"
        path.write_text("\n".join(render(derivation, "html", quiz=quiz)), encoding="utf-8")
        options = {"viewport": {"width": 1280, "height": 900}, **options}
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(5_000)
        page = context.new_page()
        page.on("console", lambda said: refused in said.text or faults.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("request", lambda asked: asked.url.startswith(path.as_uri()) or faults.append(f"asked for {asked.url}"))
        page.goto(path.as_uri() + fragment)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def sobel() -> Derivation:
    """3×5 windows, the sums of which are -2 1 -11 2 13, -10 4 -8 -2 18, -14 1 5 -6 9."""
    return convolve(TASK_1A, "sobel").derivation()


def place(page: Page) -> str:
    return page.locator(".stepper .sum .place").inner_text()


def lit(page: Page) -> tuple[list[str], list[str], list[str], str]:
    """The cells of the image in the window, the kernel, the products, the cell being filled."""
    image, kernel, products = (page.locator(".stepper .planes .matrix").nth(i) for i in range(3))
    return (
        image.locator("td.w").all_inner_texts(),
        kernel.locator("tbody td").all_inner_texts(),
        products.locator("tbody td").all_inner_texts(),
        page.locator(".stepper .map td.now").inner_text(),
    )


def added(page: Page) -> str:
    """The line of the sum."""
    return page.locator(".stepper .sum").inner_text().replace("\N{NO-BREAK SPACE}", " ")


FIRST = (
    ["0", "0", "0", "0", "1", "0", "0", "3", "2"],
    ["1", "0", "−1", "2", "0", "−2", "1", "0", "−1"],
    ["0", "0", "0", "0", "0", "0", "0", "0", "−2"],
    "−2",
)
SEVENTH = (
    ["1", "0", "2", "3", "2", "0", "0", "6", "1"],
    FIRST[1],
    ["1", "0", "−2", "6", "0", "0", "0", "0", "−1"],
    "4",
)


def test_buttons_walk_the_windows(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel)
    assert lit(page) == FIRST
    assert place(page) == "(1,1)"
    for _ in range(6):
        page.get_by_role("button", name="Next window").click()
    assert lit(page) == SEVENTH
    every = "1·1 + 0·0 + 2·(−1) + 3·2 + 2·0 + 0·(−2) + 0·1 + 6·0 + 1·(−1)"
    assert added(page) == f"(2,2) {every} = 1·1 + 2·(−1) + 3·2 + 1·(−1) = 1 − 2 + 6 − 1 = 4"
    known = page.locator(".stepper .map tbody td:not(.open)").all_inner_texts()
    assert known == ["−2", "1", "−11", "2", "13", "−10", "4"]
    page.get_by_role("button", name="Window before").click()
    assert place(page) == "(2,1)"
    page.get_by_role("button", name="Last window").click()
    assert place(page) == "(3,5)"
    assert page.locator(".stepper .map td.open").count() == 0
    page.get_by_role("button", name="Next window").click(force=True)
    assert place(page) == "(3,5)"
    page.get_by_role("button", name="First window").click()
    assert lit(page) == FIRST


def test_of_a_large_kernel_zeros_are_counted(opened: Opened) -> None:
    image = [[1 if r == c else 0 for c in range(6)] for r in range(6)]
    page = opened(convolve(image, [[2] * 6] * 6, padding="valid").derivation())
    assert added(page).startswith("(1,1) 1·2 + 1·2 + 1·2 + 1·2 + 1·2 + 1·2 + 30 zeros = 1·2 + 1·2")
    page = opened(convolve(image, "1 2; 3 4", padding="valid", bias=5).derivation(), "#step=3")
    assert added(page) == "(1,3) 0·4 + 0·3 + 0·2 + 0·1 + 5 = 5"


def test_where_windows_are_too_many_the_page_says_so(opened: Opened) -> None:
    page = opened(convolve([[r % 3 for r in range(70)]] * 70, "sobel").derivation())
    assert page.locator(".stepper").count() == 0
    said = (
        "4 900 windows are too many for a stepper; 4 096 are the most: a piece of the image (--crop) or a smaller one"
    )
    assert said in page.locator("main").inner_text().replace("\u202f", " ").replace("\xa0", " ")
    page = opened(pool([[r % 3 for r in range(140)]] * 140, 2).derivation())
    assert "4 900 windows are too many" in page.locator("main").inner_text()


def test_keys_walk_the_windows(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel)
    for key, where in (("ArrowRight", "(1,2)"), ("ArrowRight", "(1,3)"), ("ArrowLeft", "(1,2)")):
        page.keyboard.press(key)
        assert place(page) == where
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("End")
    assert place(page) == "(3,5)"
    page.keyboard.press("Home")
    assert place(page) == "(1,1)"
    page.keyboard.press("Control+ArrowRight")
    assert place(page) == "(1,1)"


def test_the_slider_walks_the_windows(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel)
    slider = page.get_by_role("slider", name="Window")
    slider.fill("7")
    assert lit(page) == SEVENTH
    slider.press("ArrowRight")
    assert place(page) == "(2,3)"
    assert slider.get_attribute("aria-valuetext") == "window (2,3)"
    slider.press("End")
    assert place(page) == "(3,5)"


def test_every_step_is_told(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel)
    told = page.locator(".stepper .hidden[aria-live=polite]")
    expect(told).to_have_text("")
    page.keyboard.press("ArrowRight")
    expect(told).to_have_text("Window (1,2), 2 of 15: 1·2 + 2·(−2) + 3·1 = 2 − 4 + 3 = 1")


def test_what_is_lit_is_told_as_well(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel, "#step=7")
    for where, cells in (("#step=7", SEVENTH[0]), ("#step=1", FIRST[0])):
        page.evaluate(f"location.hash = '{where}'")
        page.wait_for_function(f"document.querySelector('.stepper output').textContent.startsWith('{where[6:]} ')")
        assert page.locator(".stepper [aria-selected=true]").all_inner_texts() == cells
        assert page.locator(".stepper [aria-current=true]").all_inner_texts() == [
            page.locator(".stepper td.now").inner_text()
        ]
    signs = page.locator(".stepper .between").evaluate_all("all => all.map((each) => each.ariaLabel)")
    assert signs == ["times, cell by cell,", "equals"]
    assert violations(page) == []


def test_a_reason_has_the_sign_of_its_line(opened: Opened) -> None:
    page = opened(worked("shape-kernel"))
    assert "multiply by −1" in page.locator("main").inner_text()


def test_a_link_opens_at_its_step(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel, "#step=7")
    assert lit(page) == SEVENTH
    page.keyboard.press("ArrowRight")
    assert page.url.endswith("#step=8")
    page.evaluate("location.hash = 'step=1'")
    page.wait_for_function("document.querySelector('.stepper output').textContent === '1 of 15'")
    assert lit(page) == FIRST
    for wrong in ("#step=0", "#step=-3", "#step=x", "#step=1.5", "#other", "#step="):
        assert lit(opened(sobel, wrong)) == FIRST
    assert place(opened(sobel, "#step=999")) == "(3,5)"


def test_a_page_with_several_steppers_has_a_link_to_each(opened: Opened) -> None:
    image, kernel = "1 2; 3 4", "1 0; 2 1"
    both = [convolve(image, kernel).derivation(), pool(image, 1).derivation()]
    page = opened(Derivation(("Two",), tuple(both)), "#step2=3&step=2")
    places = page.locator(".stepper .sum .place").all_inner_texts()
    assert places == ["(1,2)", "(2,1)"]
    page.locator(".stepper").nth(1).get_by_role("button", name="Next window").click()
    assert page.url.endswith("#step2=4&step=2")
    page.keyboard.press("ArrowLeft")
    assert page.locator(".stepper .sum .place").all_inner_texts() == places


def test_pointing_at_the_map_shows_a_window(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel, "#step=2")
    cell = page.locator(".stepper .map tbody tr").nth(1).locator("td").nth(1)
    cell.hover()
    assert lit(page) == SEVENTH
    assert place(page) == "(2,2)"
    assert page.locator(".stepper output").inner_text() == "2 of 15"
    page.mouse.move(1, 1)
    assert place(page) == "(1,2)"
    assert cell.inner_text() == "·"
    cell.click()
    page.mouse.move(1, 1)
    assert lit(page) == SEVENTH
    assert page.locator(".stepper output").inner_text() == "7 of 15"


def test_focus_walks_the_map_and_the_image(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel)
    page.locator(".stepper .map td[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert lit(page) == SEVENTH
    assert page.locator(".stepper output").inner_text() == "7 of 15"
    assert page.evaluate("document.activeElement.innerText") == "4"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert place(page) == "(1,2)"
    page.keyboard.press("End")
    assert place(page) == "(3,5)"
    assert page.evaluate("document.activeElement.innerText") == "9"
    page.locator(".stepper .planes td[tabindex='0']").first.focus()
    expect(page.locator(".stepper .seen")).to_have_text(
        "Cell (1,1) of the image is seen by 1 output: row 1, column 1 of the feature map"
    )
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".stepper .seen")).to_have_text(
        "Cell (2,7) of the image is seen by 2 outputs: rows 1–2, column 5 of the feature map"
    )
    assert place(page) == "(3,5)"


def test_a_finger_goes_to_a_window_and_asks_a_cell(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel, has_touch=True, viewport={"width": 390, "height": 800})
    page.locator(".stepper .map tbody tr").nth(1).locator("td").nth(1).tap()
    assert lit(page) == SEVENTH
    page.locator(".stepper .planes .matrix").first.locator("tbody td").first.tap()
    expect(page.locator(".stepper .seen")).to_contain_text("is seen by 1 output:")
    assert page.locator(".stepper .sees").count() == 1


def test_pointing_at_the_image_shows_who_sees_it(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel)
    page.locator(".stepper .planes .matrix").first.locator("tbody tr").nth(2).locator("td").nth(3).hover()
    seen = page.locator(".stepper .map tbody td").evaluate_all(
        "cells => cells.flatMap((cell, i) => (cell.classList.contains('sees') ? [i] : []))"
    )
    assert seen == [r * 5 + c for r in (0, 1, 2) for c in (1, 2, 3)]
    page.mouse.move(1, 1)
    assert page.locator(".stepper .sees").count() == 0


def test_dilated_windows_are_seen_by_outputs_apart(opened: Opened) -> None:
    page = opened(convolve([[1] * 7] * 7, "1 1; 1 1", dilation=2, padding="valid").derivation())
    assert page.locator(".stepper td.w.t.r.b.l").count() == 4
    page.locator(".stepper .planes .matrix").first.locator("tbody tr").nth(2).locator("td").nth(2).hover()
    seen = page.locator(".stepper .map tbody td").evaluate_all(
        "cells => cells.flatMap((cell, i) => (cell.classList.contains('sees') ? [i] : []))"
    )
    assert seen == [0, 2, 10, 12]


def test_play_goes_on_by_itself_until_the_end(opened: Opened) -> None:
    page = opened(convolve("1 2; 3 4", "1 0; 2 1", padding="valid").derivation())
    assert page.locator(".stepper output").inner_text() == "1 of 1"
    page = opened(convolve("1 2 3", "1 0", padding="valid").derivation())
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".stepper output")).to_have_text("2 of 2")
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=5_000)


def test_play_pauses(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel)
    page.clock.install()
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(2_000)
    page.get_by_role("button", name="Pause").click()
    where = page.locator(".stepper output").inner_text()
    assert where != "1 of 15"
    page.clock.run_for(5_000)
    assert page.locator(".stepper output").inner_text() == where


def test_channels_and_filters_are_all_shown(opened: Opened) -> None:
    page = opened(worked("conv-channels"), "#step=3")
    assert place(page) == "(2,1,1)"
    assert page.locator(".stepper .plane-row").count() == 3
    assert page.locator(".stepper .partial").all_inner_texts() == ["= −2", "= 1", "= −1"]
    assert added(page) == "(2,1,1) −2 + 1 − 1 − 2 = −4"
    page.locator(".stepper .planes .matrix").first.locator("tbody td").nth(1).hover()
    assert page.locator(".stepper .map .sees").count() == 4


def test_slices_of_a_volume_change_with_the_window(opened: Opened) -> None:
    page = opened(worked("conv-volume"))
    captions = page.locator(".stepper .plane-row > .row > figure:first-child figcaption")
    assert captions.all_inner_texts() == ["image, slice 1", "image, slice 2"]
    page.get_by_role("button", name="Last window").click()
    assert captions.all_inner_texts() == ["image, slice 2", "image, slice 3"]
    assert place(page) == "(2,1,2)"


def test_the_winner_of_a_pooling_has_a_star(opened: Opened) -> None:
    page = opened(worked("pool-max"), "#step=4")
    assert page.locator(".stepper .matrix.window tbody td").all_inner_texts() == ["3", "1", "7*", "0"]
    assert added(page) == "(1,4) max(3, 1, 7, 0) = 7"


def test_a_large_image_is_walked_as_a_picture(opened: Opened) -> None:
    kernel = [[3 * r - 5 * c + 1 for c in range(5)] for r in range(5)]
    question = convolve(digit(), kernel)
    page = opened(question.derivation(places=None), "#step=784")
    assert place(page) == "(28,28)"
    assert page.locator(".stepper .map td.now").text_content() == f"{question.answer[27, 27]}".replace("-", "−")
    assert page.locator(".stepper .map tbody td").count() == 784
    page.keyboard.press("ArrowLeft")
    assert place(page) == "(28,27)"
    assert page.locator("details table.sums tbody tr").count() == 784


@pytest.mark.parametrize("name", SHOWN)
def test_axe_finds_nothing_in_light_and_in_dark(opened: Opened, name: str) -> None:
    page = opened(worked(name))
    page.evaluate("for (const list of document.querySelectorAll('details')) list.open = true;")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, "color-contrast") == []


def violations(page: Page, *rules: str) -> list[tuple[str, list[str]]]:
    """The rules that a page breaks, and where."""
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = Axe().run(page, options=options).response["violations"]
    return [(each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in found]


def test_axe_finds_a_fault(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel)
    page.locator(".stepper input").evaluate("slider => slider.removeAttribute('aria-label')")
    page.locator(".stepper .keys").evaluate("line => line.style.color = '#ccc'")
    assert [rule for rule, _ in violations(page)] == ["color-contrast", "label"]
    assert [rule for rule, _ in violations(page, "color-contrast")] == ["color-contrast"]


@pytest.mark.parametrize("name", CASES)
def test_nothing_sticks_out(opened: Opened, name: str) -> None:
    page = opened(worked(name))
    for opens in (False, True):
        page.evaluate(f"for (const list of document.querySelectorAll('details')) list.open = {str(opens).lower()};")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate(SETTLED)
            wide = page.evaluate("document.scrollingElement.scrollWidth")
            assert wide <= width, f"{wide} at {width}"


def test_without_a_script_the_page_lists_the_windows(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel, java_script_enabled=False)
    assert not page.locator(".stepper").is_visible()
    items = page.locator(".list > li")
    assert items.count() == 15
    assert items.nth(6).is_visible()
    assert items.nth(6).locator(".result").inner_text() == "4"


def test_in_print_all_windows_are_there_and_no_controls(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel)
    assert not page.locator(".list > li").nth(6).is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".stepper").is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".list > li").nth(6).is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.locator("details").first.evaluate("list => list.open")
    assert page.pdf().startswith(b"%PDF")


def test_every_control_is_reached_by_tab(opened: Opened, sobel: Derivation) -> None:
    page = opened(sobel)
    reached = []
    for _ in range(10):
        page.keyboard.press("Tab")
        focused = "document.activeElement"
        outline = page.evaluate(f"getComputedStyle({focused}).outlineStyle")
        reached.append(page.evaluate(f"{focused}.getAttribute('aria-label') || {focused}.localName"))
        if reached[-1] == "body":
            break
        assert outline == "solid"
    assert reached[:9] == [
        *("First window", "Window before", "Play", "Next window", "Last window", "Window"),
        *("td", "td", "summary"),
    ]


def test_a_name_runs_nothing(opened: Opened) -> None:
    name = "<img src=x onerror=document.title='run'><script>document.title='run'</script>"
    worked = convolve(RGB, "sobel").derivation()
    page = opened(Derivation((name, *worked.title), worked.steps, (name,)), refused="Content Security Policy")
    assert name in page.locator("h1").inner_text()
    assert page.title() != "run"
    refused = page.evaluate(
        """() => new Promise((done) => {
            document.addEventListener('securitypolicyviolation', (event) => done(event.violatedDirective));
            const script = document.createElement('script');
            script.textContent = "document.title = 'run'";
            document.body.append(script);
        })"""
    )
    assert refused.startswith("script-src")
    assert page.title() != "run"


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_worksheet_keeps_to_the_same(browser: Browser, tmp_path: Path, edition: Edition) -> None:
    text = "# Sheet\n\n" + "".join(f"## Part\n\n```cnncalc\n{line}\n```\n\n" for line in SHEET)
    path = tmp_path / "sheet.html"
    path.write_text("".join(document(solve(parsed(text, "sheet.md", EXAMPLES), edition, check=False), "html")))
    faults: list[str] = []
    for width, scheme in ((320, "light"), (1280, "dark")):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True, bypass_csp=True
        )
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert Axe().run(page).response["violations"] == []
        context.close()
    assert faults == []


SHEET = [
    "conv --image task1a.txt --kernel sobel --windows 2",
    "pool --image task1a.txt --kernel 2",
    "shape --in 512 --out 504",
    "params 'Conv2d(3, 8, 5), ReLU()' --input 3x32x32",
    "params 'Conv2d(3, 16, 5), ReLU()' --input 3x32x32",
    "concept translation",
]
"""Questions of a worksheet, two of them with tables that unfold."""


def test_on_a_phone_a_long_left_side_leaves_room_for_the_right_one(opened: Opened) -> None:
    page = opened(
        transpose([[1, 2], [3, 4]], [[1, 0], [2, 1]], stride=2).derivation(), viewport={"width": 360, "height": 760}
    )
    left = page.locator(".chain .left.wide").first
    right = page.locator(".chain .right").first
    assert right.evaluate("each => each.scrollWidth <= each.clientWidth")
    box, sign = left.bounding_box(), page.locator(".chain .sign").first.bounding_box()
    assert box
    assert sign
    assert box["y"] + box["height"] <= sign["y"] + 4
