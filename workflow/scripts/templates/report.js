// What a browser adds to the report, which reads without it: tables that sort and filter, figures
// that enlarge, the gallery's filter, and the place in the contents.
"use strict";

const LONG = 40; // rows from which a table can be filtered
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

// The number that a cell starts with, `< 0.001` a little below 0.001; NaN without one.
function numberIn(text) {
  const plain = text.trim().replaceAll("−", "-").replace("∞", "Infinity");
  const found = plain.match(/^(<?) ?([+-]?(?:Infinity|\d+(?:\.\d+)?))(?: × 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?/);
  if (!found) return NaN;
  const power = [...(found[3] ?? "")].map((c) => (c === "⁻" ? "-" : SUPERSCRIPTS.indexOf(c)));
  return Number(found[2]) * 10 ** Number(power.join("")) - (found[1] ? 1e-9 : 0);
}

// The rows of a table's body; those indented below another stay with it.
function familiesOf(body) {
  const families = [];
  for (const row of body.querySelectorAll("tr:not(.heading)")) {
    if (row.cells[0].textContent.startsWith("\u2003")) families.at(-1)?.push(row);
    else families.push([row]);
  }
  return families;
}

function makeSortable(table) {
  const bodies = [...table.tBodies].map((body) => [body, familiesOf(body)]);
  const rows = bodies.flatMap(([, families]) => families);
  if (rows.length < 3) return;
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const textOf = (family) => family[0].cells[column].textContent.trim();
    const texts = rows.map(textOf).filter(Boolean);
    const numeric = texts.every((text) => !Number.isNaN(numberIn(text)));
    const order = (a, b) =>
      numeric ? numberIn(a) - numberIn(b) : a.localeCompare(b, "en", { numeric: true });
    const button = make("button", { type: "button" }, ...head.childNodes);
    button.addEventListener("click", () => {
      // ascending, descending, as written
      const next = { ascending: "descending", descending: "" }[head.ariaSort] ?? "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      if (next) head.ariaSort = next;
      const sign = next === "descending" ? -1 : 1;
      for (const [body, families] of bodies) {
        const sorted = !next ? families : families.toSorted((first, second) => {
          const [a, b] = [textOf(first), textOf(second)];
          return a && b ? sign * order(a, b) : Boolean(b) - Boolean(a); // blanks come last
        });
        body.append(...sorted.flat());
      }
    });
    head.replaceChildren(button);
  });
}

function makeFilterable(table) {
  const families = [...table.tBodies].flatMap(familiesOf);
  if (families.length < LONG) return;
  const count = make("output");
  const input = make("input", { type: "search" });
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    let shown = 0;
    for (const family of families) {
      const found = family.some((row) => row.textContent.toLowerCase().includes(wanted));
      family.forEach((row) => { row.hidden = !found; });
      shown += found;
    }
    count.value = wanted ? `${shown} of ${families.length} rows` : "";
  });
  const label = make("label", {}, "Find in this table ", input);
  table.closest(".scroll").before(make("div", { className: "filters" }, label, count));
}

// A figure's link to its file opens it in a dialog, which Escape closes.
function makeEnlargeable(links) {
  const picture = make("img");
  const caption = make("p", { id: "enlarged-caption" });
  const close = make("button", { type: "button", autofocus: true }, "Close");
  const size = make("button", { type: "button", ariaPressed: "false" }, "Actual size");
  const tools = make("div", { className: "tools" }, caption, size, close);
  const frame = make("div", { className: "frame", tabIndex: 0 }, picture);
  frame.setAttribute("role", "region");
  frame.ariaLabel = "Figure";
  const dialog = make("dialog", { id: "enlarged" }, tools, frame);
  dialog.setAttribute("aria-labelledby", caption.id);
  document.body.append(dialog);
  const setSize = (actual) => {
    size.ariaPressed = String(actual);
    dialog.classList.toggle("actual", actual);
  };
  size.addEventListener("click", () => setSize(size.ariaPressed === "false"));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const shown = link.querySelector("img");
      picture.src = shown.src;
      picture.alt = shown.alt;
      caption.textContent = link.parentElement.querySelector("figcaption .title").textContent;
      setSize(false);
      dialog.showModal();
    });
  }
}

function makeGalleryFilter(gallery) {
  const form = gallery.querySelector(".filters");
  const pictures = [...gallery.querySelectorAll("li")];
  const [patient, modality, sequence, outlier] = form.querySelectorAll("input, select");
  const show = () => {
    const wanted = patient.value.trim().toLowerCase();
    for (const picture of pictures) {
      const { patient: own, modality: kind, sequence: name } = picture.dataset;
      picture.hidden = !(own.toLowerCase().includes(wanted)
        && (!modality.value || kind === modality.value)
        && (!sequence.value || name === sequence.value)
        && (!outlier.checked || picture.classList.contains("outlier")));
    }
    const shown = pictures.filter((picture) => !picture.hidden).length;
    form.querySelector("output").value = `${shown} of ${pictures.length} images`;
  };
  form.addEventListener("input", show);
  form.hidden = false;
  show();
}

function markPlace(nav) {
  const links = new Map([...nav.querySelectorAll("a")].map((a) => [a.hash.slice(1), a]));
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(target.id).setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  links.forEach((_, id) => observer.observe(document.getElementById(id)));
}

const tables = document.querySelectorAll("main table");
tables.forEach(makeFilterable);
tables.forEach(makeSortable);
makeEnlargeable(document.querySelectorAll("a.enlarge"));
document.querySelectorAll(".gallery").forEach(makeGalleryFilter);
const nav = document.querySelector("nav");
markPlace(nav);
if (innerWidth < 640) nav.querySelector("details").open = false; // the results come first
