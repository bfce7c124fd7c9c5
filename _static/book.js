/* Formulas and tables wider than the page scroll within themselves: then the keyboard reaches them,
   as the theme has it for code. */
(() => {
  const stops = () => {
    for (const box of document.querySelectorAll("div.math, .pst-scrollable-table-container")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("load", stops);
  addEventListener("resize", stops);
})();
