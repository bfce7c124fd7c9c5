// The form, the address bar and the results: a change of one shows in the others.
(() => {
  const find = (selector) => document.querySelector(selector);
  const rules = JSON.parse(find("#calculator-rules").textContent);
  const fields = [...find(".calc-form").elements].filter((field) => field.name);
  const key = (field) => (field.type === "checkbox" ? "checked" : "value");
  const state = () => Object.fromEntries(fields.map((field) => [field.name, field[key(field)]]));
  const standard = state();

  const UNREAD = "The address has what this page cannot read:";
  const LAST = "The last valid choice: ";

  // A phone shows tables of more than two columns as site/extensions/tables.py has them.
  const ROLES = { THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };
  function stack(table) {
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    if (heads.length < 3) return;
    table.classList.add("stack");
    table.setAttribute("role", "table");
    for (const one of table.querySelectorAll("thead, tbody, tr, td, th")) {
      one.setAttribute("role", ROLES[one.nodeName] || (one.scope === "col" ? "columnheader" : "rowheader"));
      if (one.nodeName === "TD") one.dataset.head = `${heads[one.cellIndex]}:`;
    }
  }

  // A wrong entry has its message beside it, and leaves the last valid results where they are.
  function show() {
    const answer = calculator.answer(rules, state()), valid = Boolean(answer.results);
    const message = find(".calc-message"), wrong = fields.find(({ name }) => answer.wrong.includes(name));
    message.textContent = answer.message;
    (wrong ? wrong.closest("p") : find(".calc-says")).after(message);
    find(".calculator").classList.toggle("calc-stale", !valid);
    if (valid) {
      find(".calc-says").textContent = answer.says;
      find(".calc-results").innerHTML = answer.results;
      find(".calc-code pre").textContent = answer.code;
      find(".calc-weights").innerHTML = answer.weights;
      document.querySelectorAll(".calculator table").forEach(stack);
    } else if (!find(".calc-says").textContent.startsWith(LAST)) {
      find(".calc-says").textContent = LAST + find(".calc-says").textContent;
    }
    for (const field of fields) {
      const invalid = answer.wrong.includes(field.name);
      field.setAttribute("aria-invalid", invalid);
      if (invalid) field.setAttribute("aria-describedby", message.id);
      else field.removeAttribute("aria-describedby");
    }
  }
  function share() {
    const changed = Object.entries(state()).filter(([name, value]) => value !== standard[name]);
    try {
      history.replaceState(null, "", `?${new URLSearchParams(changed)}${location.hash}`);
    } catch { /* Some browsers do not let a page from a folder change its address. */ }
  }
  const unread = [];
  for (const [name, text] of new URLSearchParams(location.search)) {
    const field = fields.find((one) => one.name === name);
    if (!field || (field.type === "number" && !isFinite(text))
      || (field.type === "checkbox" && !/^(true|false)$/i.test(text))) {
      unread.push(`${name}=${text}`);
      continue;
    }
    if (field.type === "checkbox") field.checked = text.toLowerCase() === "true";
    else field.value = text;
    if (!field.value && field.type !== "number") {
      field.value = standard[name];
      unread.push(`${name}=${text}`);  // no such option
    }
  }
  if (unread.length) find(".calc-address").textContent = `${UNREAD} ${unread.join(", ")}`;
  find(".calc-form").addEventListener("input", () => { show(); share(); });
  show();
})();
