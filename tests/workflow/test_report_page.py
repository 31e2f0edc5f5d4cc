"""The report in a browser: it says what the tables say, works by keyboard, and asks for nothing."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from browser import chromium, opened, violations
from draw_contact_sheet import main as draw_contact_sheet
from studies import table
from write_report import main as write_report

from radfuse.planning import targets
from radfuse.planning.loading import load_study
from radfuse.tables import read_table

pytestmark = pytest.mark.workflow

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LIMIT = 15e6  # bytes
EVIL = "</style></title><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def report(finished) -> str:
    return (finished / "results" / "report.html").as_uri()


@pytest.fixture
def page(browser, report):
    with opened(browser, report) as (page, _):
        yield page


def arguments(folder: Path, monkeypatch) -> dict:
    """What the rule passes to write_report, in a finished study."""
    monkeypatch.chdir(folder)
    study = load_study(yaml.safe_load(Path("config/config.yaml").read_text()))
    return {
        "tables": targets.tables(study),
        "figures": targets.figures(study),
        "models": targets.models(study),
        "stability": targets.stability(study),
        "images": targets.inspected(study)["images"],
        "contact_sheets": targets.contact_sheets(study),
        "predictions": "results/predictions.tsv",
        "covariates": "results/covariates.tsv",
        "provenance": "results/provenance.json",
        "title": study.config["study"]["title"],
        "config": study.config,
        "simulated": True,
    }


def cells(page, caption: str, column: int) -> list[list[str]]:
    """A column of the table with this caption, body by body."""
    return grid(page, caption).evaluate(
        """(table, column) => [...table.tBodies].map((body) =>
            [...body.querySelectorAll("tr:not(.heading)")]
                .filter((row) => !row.hidden)
                .map((row) => [...row.cells].at(column).innerText.trim()))""",
        column,
    )


def grid(page, caption: str):
    return page.locator(".table", has=page.locator(".caption", has_text=caption)).locator("table")


def test_sections_and_counts_are_those_of_the_tables(page, finished):
    contents = page.locator("nav a").evaluate_all("links => links.map(a => a.hash.slice(1))")
    sections = page.locator("main > section").evaluate_all("all => all.map(each => each.id)")
    assert contents == sections and len(sections) == len(set(sections))
    wanted = ["summary", "flow", "baseline", "imaging", "features", "models", "performance"]
    wanted += ["comparisons", "calibration", "decision", "shap", "optimism", "provenance", "cite"]
    assert [section for section in sections if section in wanted] == wanted
    assert "other" not in sections, "a table or figure that no section shows"
    assert all(len(text) > 50 for text in page.locator("main > section").all_inner_texts())
    counts = table(finished, "tables/counts.tsv").set_index("step").loc["analysed"]
    assert f"n = {counts['n']}, {counts['events']} positive" in page.locator(".lead").inner_text()
    performance = table(finished, "tables/performance.tsv")
    shown = cells(page, "Discrimination", 1)
    assert [len(rows) for rows in shown] == [7, 7, 7, 7]
    printed = {text.split(" ")[0] for rows in shown for text in rows}
    assert printed == {f"{auc:.3f}" for auc in performance["auc"]}
    rows = len(table(finished, "tables/reconciliation.tsv"))
    assert page.get_by_text(f"({rows} rows").count() == 1
    # every patient, with the probability that was predicted
    fused = table(finished, "predictions.tsv")
    fused = fused.query("model == 'fused' and protocol == 'published'").set_index("patient")
    patients, risks = (
        [text for rows in cells(page, "What moves Fused", column) for text in rows]
        for column in (0, -1)
    )
    assert sorted(patients) == sorted(fused.index)
    for patient, risk in zip(patients, risks, strict=True):
        assert abs(float(risk) - fused.loc[patient, "probability"]) <= 0.0005001
    addresses = page.locator("main a[href]:not([href^='#'])").evaluate_all(
        "links => links.map(a => a.getAttribute('href'))"
    )
    assert len(addresses) > 150
    home = finished / "results"
    assert [address for address in set(addresses) if not (home / address).exists()] == []


def test_tables_sort_within_their_cohorts(page):
    caption, names = "Discrimination", ["R CT", "DLRS CT", "DLRR CT"]
    written = cells(page, caption, 0)
    head = grid(page, caption).locator("th", has_text="AUC (95% CI)")
    button = head.get_by_role("button")
    for direction, factor in (("ascending", 1), ("descending", -1)):
        button.focus()
        page.keyboard.press("Enter")
        assert button.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"
        assert head.get_attribute("aria-sort") == direction
        for rows in cells(page, caption, 1):
            numbers = [factor * float(text.split(" ")[0]) for text in rows]
            assert numbers == sorted(numbers)
    assert cells(page, caption, 0) != written
    headings = grid(page, caption).locator("tbody tr:first-child").all_inner_texts()
    assert len(headings) == 4 and all("cohort" in text for text in headings)
    button.click()
    assert head.get_attribute("aria-sort") is None
    assert cells(page, caption, 0) == written and written[0][:3] == names


def test_sorted_levels_stay_with_their_variable_and_blanks_come_last(page):
    caption = "Baseline characteristics by outcome"
    grid(page, caption).get_by_role("button", name="P", exact=True).click()
    names, p = cells(page, caption, 0)[0], cells(page, caption, 4)[0]
    assert names[names.index("Sex") + 1 : names.index("Sex") + 3] == ["female", "male"]
    numbers = [float(text.removeprefix("< ")) for text in p if text]
    assert numbers == sorted(numbers) and numbers[0] < numbers[-1]
    caption = "MRI: missing values, collinearity"
    column = grid(page, caption).locator("thead th").all_inner_texts()
    place = next(i for i, text in enumerate(column) if text.startswith("VIF among candidates"))
    for _ in range(2):
        grid(page, caption).locator("thead button").nth(place).click()
        values = cells(page, caption, place)[0]
        filled = [bool(text) for text in values]
        assert filled == sorted(filled, reverse=True) and 0 < sum(filled) < len(filled)


def test_long_tables_are_searched(page, finished):
    caption = "Every count of the tables"
    page.locator("summary", has_text=caption).click()
    page.locator("details", has_text=caption).get_by_role("searchbox").fill("Optimism")
    rows = table(finished, "tables/reconciliation.tsv")
    assert cells(page, caption, 0) == [["optimism"] * (rows["table"] == "optimism").sum()]
    assert page.get_by_text(f"of {len(rows)} rows").is_visible()


def test_figures_enlarge_and_escape_closes(page):
    link = page.locator("#performance a.enlarge").first
    link.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    assert dialog.is_visible()
    assert dialog.get_attribute("aria-labelledby") == "enlarged-caption"
    assert "ROC curves" in dialog.locator("#enlarged-caption").inner_text()
    assert violations(page) == []
    picture, small = dialog.locator("img"), link.locator("img")
    assert picture.get_attribute("src") == small.get_attribute("src")
    own = picture.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert own == [int(small.get_attribute(side)) for side in ("width", "height")]
    box, caption = picture.bounding_box(), dialog.locator("#enlarged-caption").bounding_box()
    assert box["width"] > 0.95 * page.viewport_size["width"]
    assert caption["y"] + caption["height"] < box["y"]
    assert box["y"] + box["height"] < page.viewport_size["height"]
    dialog.get_by_role("button", name="Actual size").click()
    assert picture.bounding_box()["width"] == own[0]
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert link.evaluate("link => link === document.activeElement")
    link.click()
    dialog.get_by_role("button", name="Close").click()
    assert not dialog.is_visible()


def test_the_gallery_is_filtered(page, finished):
    images = table(finished, "roi/images.tsv")
    gallery = page.locator(".gallery")
    pictures = gallery.locator("li:visible")
    told = gallery.locator("output")
    assert pictures.count() == len(images)
    gallery.get_by_label("Modality").select_option("MRI")
    assert pictures.count() == (images["modality"] == "MRI").sum()
    gallery.get_by_label("Sequence").select_option("DWI")
    own = images[images["sequence"] == "DWI"]
    assert pictures.count() == len(own)
    assert told.inner_text() == f"{len(own)} of {len(images)} images"
    gallery.get_by_label("Patient").fill("p001")
    assert [text.strip() for text in pictures.all_inner_texts()] == ["P001 MRI DWI"]
    gallery.get_by_label("Patient").fill("")
    gallery.get_by_label("Modality").select_option("all")
    gallery.get_by_label("Sequence").select_option("all")
    gallery.get_by_label("only what stands out").check()
    odd = images[images["outlier"].notna()]
    assert sorted(pictures.locator("a").evaluate_all("all => all.map(a => a.pathname)")) == sorted(
        (finished / "results" / "roi" / row.patient / row.modality / row.sequence / "overlay.png")
        .as_uri()
        .removeprefix("file://")
        for row in odd.itertuples()
    )


@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_shows_all_of_it(browser, report, width):
    with opened(browser, report, **{**PHONE, "viewport": {"width": width, "height": 700}}) as (
        page,
        _,
    ):
        # the results come first, the contents on demand
        assert not page.locator("nav ol").is_visible()
        assert page.locator(".verdict").bounding_box()["y"] < 700
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        wide = page.locator("main :is(img, p, figure, .filters)").evaluate_all(
            "(all, width) => all.filter(each => !each.closest('.scroll')"
            " && each.getBoundingClientRect().right > width).map(each => each.outerHTML)",
            width,
        )
        assert wide == []


def test_print_shows_what_is_folded_but_not_what_is_endless(page):
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator(".filters:visible").count() == 0
    assert page.locator("#balance table").first.is_visible()
    assert not page.get_by_text("reconciliation.tsv").is_visible()
    shown = page.locator(".gallery li:visible").evaluate_all("all => all.map(li => li.className)")
    assert set(shown) <= {"outlier"}
    page.emulate_media(media="screen")
    assert not page.locator("#balance table").first.is_visible()
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) > 5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_landmarks_and_names_by_axe(browser, report, scheme):
    with opened(browser, report, color_scheme=scheme) as (page, _):
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(22, 24, 27)") == (scheme == "dark")
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        # rows and pictures of one kind look alike; all of them would take minutes
        page.evaluate(
            """document.querySelectorAll("tr:nth-child(n+6), .gallery li:nth-child(n+6)")
            .forEach((each) => each.classList.contains("outlier") || each.remove())"""
        )
        assert violations(page) == []


def test_without_scripts_all_is_there(browser, report, finished):
    with opened(browser, report, java_script_enabled=False) as (page, _):
        assert page.locator("nav ol").is_visible()
        assert page.locator(".gallery li:visible").count() == len(table(finished, "roi/images.tsv"))
        assert page.locator(".filters:visible").count() == 0
        assert page.locator("thead button").count() == 0
        page.locator("#balance summary").first.click()
        assert page.locator("#balance table").first.is_visible()


def test_texts_of_sheets_stay_texts(browser, finished, tmp_path, monkeypatch):
    own = arguments(finished, monkeypatch)
    changed = tmp_path / "tables"
    shutil.copytree("results/tables", changed)
    for name, column in (("characteristics_CT", "characteristic"), ("shap", "label")):
        path = changed / f"{name}.tsv"
        rows = pd.read_csv(path, sep="\t", dtype=str)
        rows.assign(**{column: rows[column] + EVIL}).to_csv(path, sep="\t", index=False)
    images = read_table(own["images"]).assign(outlier=f'"{EVIL}', notes=EVIL)
    images.to_csv(tmp_path / "images.tsv", sep="\t", index=False)
    own |= {"tables": [str(changed / Path(path).name) for path in own["tables"]]}
    own["config"]["outcome"] = {"column": EVIL, "positive": [EVIL]}
    own |= {"title": EVIL, "images": str(tmp_path / "images.tsv"), "figures": own["figures"][:1]}
    write_report(**own, report=str(tmp_path / "report.html"))
    with opened(browser, (tmp_path / "report.html").as_uri()) as (page, heard):
        assert page.locator("h1").inner_text() == EVIL
        assert page.title() == f"{EVIL} (simulated data)"
        assert page.locator("script").count() == page.locator("style").count() == 1
        assert page.locator("img[src='x']").count() == 0
        assert page.locator(".gallery li").first.get_attribute("title") == f'"{EVIL}'
        assert EVIL in grid(page, "CT characteristics and the outcome").inner_text()
        # and if one became markup: a browser runs no script but the report's own
        page.evaluate(
            """() => {
                const script = document.createElement("script");
                script.textContent = "document.title = 'run'";
                document.body.append(script);
            }"""
        )
        assert page.title() != "run"
        complaint = heard.pop()
        assert "Content Security Policy" in complaint


def test_a_study_of_the_paper_s_size_stays_small(finished, tmp_path, monkeypatch):
    own = arguments(finished, monkeypatch)
    real = sorted(Path("results/roi").glob("P*/*/*/overlay.png"))
    overlays = []
    for place in range(178):
        overlay = tmp_path / f"X{place:03d}" / "M" / "S" / "overlay.png"
        overlay.parent.mkdir(parents=True)
        overlay.symlink_to(real[place % len(real)].resolve())
        overlays.append(str(overlay))
    draw_contact_sheet(overlays, "M S", True, str(tmp_path / "contact_M_S0.png"))
    names = [f"S{place}" for place in range(9)]
    for name in names[1:]:
        shutil.copy(tmp_path / "contact_M_S0.png", tmp_path / f"contact_M_{name}.png")
    row = read_table(own["images"]).iloc[0]
    rows = [
        {**row, "patient": f"X{place:03d}", "modality": "M", "sequence": name}
        for name in names
        for place in range(178)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "images.tsv", sep="\t", index=False)
    own |= {"images": str(tmp_path / "images.tsv")}
    own |= {"contact_sheets": [str(tmp_path / f"contact_M_{name}.png") for name in names]}
    own |= {"figures": own["figures"][:1]}
    write_report(**own, report=str(tmp_path / "report.html"))
    text = (tmp_path / "report.html").read_text()
    assert text.count("<li data-patient") == 178 * 9
    # with all figures, which a report has
    figures = (finished / "results" / "report.html").stat().st_size
    assert len(text.encode()) + figures < LIMIT / 1.5
