// The page of checked statements: filters. Without this script its sections stand as they are.
(() => {
  const claims = [...document.querySelectorAll("details.claim")];
  if (!claims.length) return;
  const VERDICTS = ["refuted", "precise", "unmeasured", "kept"];
  const values = {
    verdict: (one) => VERDICTS.filter((verdict) => one.classList.contains(verdict)),
    source: (one) => one.dataset.sources.split(", "),
    subject: (one) => [one.dataset.subject],
  };
  const form = document.createElement("form");
  form.className = "claims-filter";
  form.autocomplete = "off";
  form.setAttribute("aria-label", "Show some of the statements");
  const choices = Object.entries(values).map(([name, of]) => {
    const all = name === "verdict" ? VERDICTS : [...new Set(claims.flatMap(of))].sort();
    const label = document.createElement("label"), select = document.createElement("select");
    label.append(`${name} `, select);
    select.name = name;
    select.append(new Option("all", ""), ...all.map((value) => new Option(value)));
    form.append(label);
    return { select, of };
  });
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  form.append(said);
  claims[0].closest("section").before(form);

  const groups = [...new Set(claims.map((one) => one.closest("section")))];
  const lists = [...document.querySelectorAll("details.claims-all")];
  function filter() {
    const chosen = choices.filter(({ select }) => select.value);
    for (const one of claims) {
      one.hidden = !chosen.every(({ select, of }) => of(one).includes(select.value));
    }
    for (const list of lists) list.open = chosen.length > 0;
    for (const group of groups) group.hidden = !group.querySelector("details.claim:not([hidden])");
    const left = claims.filter((one) => !one.hidden).length;
    said.textContent = chosen.length ? `${left} of ${claims.length} statements` : "";
  }
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());

  // A link to one statement opens it, and the list that it stands in.
  function open() {
    const one = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!claims.includes(one)) return;
    for (let fold = one; fold; fold = fold.parentElement.closest("details")) fold.open = true;
    one.scrollIntoView();
  }
  addEventListener("hashchange", open);
  open();
})();
