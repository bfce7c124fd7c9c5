// The form, the address bar and the results: a change of one shows in the others.
(() => {
  const find = (selector) => document.querySelector(selector);
  const rules = JSON.parse(find("#calculator-rules").textContent);
  const fields = [...find(".calc-form").elements].filter((field) => field.name);
  const key = (field) => (field.type === "checkbox" ? "checked" : "value");
  const state = () => Object.fromEntries(fields.map((field) => [field.name, field[key(field)]]));
  const standard = state();

  function show() {
    const answer = calculator.answer(rules, state());
    find(".calc-says").textContent = answer.says;
    find(".calc-message").textContent = answer.message;
    find(".calc-results").innerHTML = answer.results;
    find(".calc-code").hidden = !answer.code;
    find(".calc-code pre").textContent = answer.code;
    find(".calc-weights").innerHTML = answer.weights;
    for (const field of fields) {
      field.setAttribute("aria-invalid", answer.wrong.includes(field.name));
    }
  }
  function share() {
    const changed = Object.entries(state()).filter(([name, value]) => value !== standard[name]);
    try {
      history.replaceState(null, "", `?${new URLSearchParams(changed)}${location.hash}`);
    } catch { /* Some browsers do not let a page from a folder change its address. */ }
  }
  for (const [name, text] of new URLSearchParams(location.search)) {
    const field = fields.find((one) => one.name === name);
    if (!field || (field.type === "number" && !isFinite(text))) continue;
    if (field.type === "checkbox") field.checked = text.toLowerCase() === "true";
    else field.value = text;
    if (!field.value && field.type !== "number") field.value = standard[name];  // no such option
  }
  find(".calc-form").addEventListener("input", () => { show(); share(); });
  show();
})();
