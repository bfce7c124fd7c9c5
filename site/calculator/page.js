// The form, the address bar and the results: each change of the one shows in the others.
(() => {
  const form = document.querySelector(".calc-form");
  if (!form) return;
  const rules = JSON.parse(document.getElementById("calculator-rules").textContent);
  const fields = [...form.elements].filter((field) => field.name);
  const on = (field) => (field.type === "checkbox" ? field.checked : field.value);
  const standard = Object.fromEntries(fields.map((field) => [field.name, on(field)]));
  const NUMBER = /^(-?(\d+|\d*\.\d+)(e[-+]?\d+)?)?$/i;  // as a field takes it, or left empty
  const options = (field) => [...field.options].map((option) => option.value);
  const find = (selector) => document.querySelector(selector);

  function open() {
    const wanted = new URLSearchParams(location.search);
    for (const field of fields) {
      const text = wanted.get(field.name);
      if (text === null) continue;
      if (field.type === "checkbox") field.checked = /^(true|1|on|yes)$/i.test(text);
      else if (field.type === "number" ? NUMBER.test(text) : options(field).includes(text)) {
        field.value = text;
      }
    }
  }
  function address() {
    const query = new URLSearchParams();
    for (const field of fields) {
      const value = on(field);
      if (value !== standard[field.name] || field.required) query.set(field.name, value);
    }
    try {
      history.replaceState(null, "", `?${query}${location.hash}`);
    } catch { /* a page of a plain folder may not change its address */ }
  }
  function show() {
    const given = Object.fromEntries(fields.map((field) => [field.name, on(field)]));
    const answer = calculator.answer(rules, given);
    find(".calc-results").innerHTML = answer.results;
    find(".calc-weights").innerHTML = answer.weights;
    find(".calc-code pre").textContent = answer.code;
    find(".calc-code").hidden = !answer.code;
    for (const name of ["error", "warning"]) {
      find(`[data-result=${name}]`).textContent = answer[name];
      find(`.calc-${name}`).hidden = !answer[name];
    }
    for (const field of fields) {
      field.removeAttribute("aria-invalid");
      if (answer.fields.includes(field.name)) field.setAttribute("aria-invalid", "true");
    }
    find(".calc-error span").hidden = answer.ours;
    find(".calc-says").textContent = answer.says;
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { show(); address(); });
  open();
  show();
})();
