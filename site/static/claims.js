// The page of checked statements: filters. Without this script its sections stand as they are.
(() => {
  const claims = [...document.querySelectorAll("details.claim")];
  if (!claims.length) return;
  const VERDICTS = ["false", "partly true", "not tested", "true"];
  const values = {
    verdict: (one) => [one.dataset.verdict],
    source: (one) => one.dataset.sources.split(", "),
    subject: (one) => [one.dataset.subject],
  };
  const WORDS = { verdict: "verdict", source: "said by", subject: "subject" };
  const form = document.createElement("form");
  form.className = "claims-filter";
  form.autocomplete = "off";
  form.setAttribute("aria-label", "Show some of the statements");
  const choices = Object.entries(values).map(([name, of]) => {
    const all = name === "verdict" ? VERDICTS : [...new Set(claims.flatMap(of))].sort();
    const label = document.createElement("label"), select = document.createElement("select");
    label.append(`${WORDS[name]} `, select);
    select.name = name;
    select.append(new Option("all", ""), ...all.map((value) => new Option(value)));
    form.append(label);
    return { select, of };
  });
  const said = document.createElement("p"), reset = document.createElement("button");
  said.setAttribute("role", "status");
  reset.type = "reset";
  reset.textContent = "Show all statements";
  reset.hidden = true;
  form.append(said, reset);

  // The false statements stand in parts of one section, and the form before all of them.
  const section = (one) => one.closest("section:has(> h2)");
  section(claims[0]).before(form);
  const groups = [...new Set(claims.flatMap((one) => [one.closest("section"), section(one)]))];
  const lists = [...document.querySelectorAll("details.claims-all")];
  const meanings = document.querySelector(".claims-bar").closest("section");
  const atFirst = new Map([...claims, ...lists].map((one) => [one, one.open]));
  function filter() {
    const chosen = choices.filter(({ select }) => select.value);
    for (const one of claims) {
      one.hidden = !chosen.every(({ select, of }) => of(one).includes(select.value));
    }
    for (const [one, open] of atFirst) one.open = chosen.length > 0 || open;
    for (const group of groups) group.hidden = !group.querySelector("details.claim:not([hidden])");
    // While some are chosen, nothing stands between the filters and what they leave.
    for (const list of lists) list.querySelector("summary").hidden = chosen.length > 0;
    meanings.hidden = chosen.length > 0;
    const left = claims.filter((one) => !one.hidden).length;
    said.textContent = chosen.length ? `${left} of ${claims.length} statements` : "";
    reset.hidden = !chosen.length;
  }
  form.addEventListener("change", filter);
  form.addEventListener("reset", () => setTimeout(() => {
    filter();
    choices[0].select.focus();  // the button is gone
  }));
  form.addEventListener("submit", (event) => event.preventDefault());

  // A link to what the filter hides shows all again; to one statement, opens it and its list.
  function open() {
    const one = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!one) return;
    if (one.closest("[hidden]")) {
      for (const { select } of choices) select.value = "";
      filter();
      one.scrollIntoView();
    }
    if (!claims.includes(one)) return;
    for (let fold = one; fold; fold = fold.parentElement.closest("details")) fold.open = true;
    one.scrollIntoView();
  }
  addEventListener("hashchange", open);
  open();
})();
