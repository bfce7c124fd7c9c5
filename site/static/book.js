/* What is wider than the page scrolls within itself: then the keyboard reaches it, and its right
   side is shaded until its end is seen. The theme looks at code only, and not when a fold opens. */
(() => {
  const BOXES = `div.math, .pst-scrollable-table-container, div.highlight pre, .ls-scroll,
    .ex-scroll`;
  const shade = (box) => {
    const more = box.scrollWidth - box.scrollLeft - box.clientWidth;
    box.classList.toggle("wider", more > 1);
    box.style.setProperty("--more", `${more}px`);  // a few hidden pixels make few letters pale
  };
  const stops = () => {
    for (const box of document.querySelectorAll(BOXES)) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
      shade(box);
    }
  };
  addEventListener("load", stops);
  addEventListener("resize", stops);
  addEventListener("toggle", stops, true);
  addEventListener("scroll", ({target}) => target.matches?.(BOXES) && shade(target), true);
})();

/* On paper: light, and nothing folded. Afterwards as before. */
(() => {
  const root = document.documentElement;
  let before = null;
  const unfold = () => {
    if (before) return;
    before = {theme: root.dataset.theme, folds: document.querySelectorAll("details:not([open])")};
    root.dataset.theme = "light";
    for (const fold of before.folds) fold.open = true;
  };
  const restore = () => {
    if (!before) return;
    root.dataset.theme = before.theme;
    for (const fold of before.folds) fold.open = false;
    before = null;
  };
  addEventListener("beforeprint", unfold);
  addEventListener("afterprint", restore);
  matchMedia("print").addEventListener("change", (print) => (print.matches ? unfold() : restore()));
})();

/* The button for light and dark says which of the three it shows, and not only what it does. */
addEventListener("DOMContentLoaded", () => {
  const names = {light: "light", dark: "dark", auto: "as the system"};
  const say = () => {
    for (const button of document.querySelectorAll(".theme-switch-button")) {
      const now = names[document.documentElement.dataset.mode] || names.auto;
      button.title = `Colours: ${now}. Press for the next`;
      button.setAttribute("aria-label", button.title);
    }
  };
  say();
  new MutationObserver(say).observe(document.documentElement, {attributeFilter: ["data-mode"]});
});

/* The list of chapters scrolls to the page that is open. */
addEventListener("DOMContentLoaded", () => {
  const list = document.querySelector(".sidebar-primary-item:has(> .bd-links)");
  const here = list && list.querySelector("li.current.active, a.current");
  if (!here) return;
  const [box, row] = [list, here].map((element) => element.getBoundingClientRect());
  list.scrollTop = row.top - box.top - (box.height - row.height) / 2;
});
