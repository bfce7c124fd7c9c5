/* The search dialog, the page of results, and the box for a pasted error. The theme opens and closes
   the dialog. */
(() => {
  const WORDS = {
    results: (count) => (count > SHOWN ? `The best ${SHOWN} of ${count} results`
      : count === 1 ? "1 result" : `${count} results`),
    nothing: "Nothing has these words. Try fewer or other words, paste a whole error, or look here:",
    ways: [["reference/symptoms", "Errors and symptoms"], ["reference/glossary", "Words, in English and Chinese"],
      ["reference/shape_calculator", "Shape calculator"], ["reference/cheat_sheet", "Cheat sheet"]],
    unknown: "This book does not know this error. The search below looks for its words.",
    known: "The book has this error.",
    failed: "The search could not start: a file of it is missing, or this browser is too old for it. Look here:",
    read: "Cause, fix and a cell that shows both",
    kinds: {section: "", page: "page", error: "error", symptom: "symptom", entry: "", term: ""},
  };
  const SHOWN = 12;
  const root = document.documentElement.dataset.content_root || "./";

  const load = (name) => new Promise((done, failed) => {
    const script = document.createElement("script");
    Object.assign(script, {src: `${root}_static/${name}`, onload: done, onerror: failed});
    document.head.append(script);
  });
  let loading, broken = false;
  const ready = () => (loading ||= Promise.all(["minisearch.js", "records.js", "find.js"].map(load))
    .then(() => window.bookFind.build())
    .catch(() => { broken = true; }));

  const element = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  /* `code` in a text becomes <code>. */
  const styled = (text) => text.split("`").map((part, k) => (k % 2 ? element("code", {}, part) : part));

  const shown = (record, id) => {
    const kind = WORDS.kinds[record.kind];
    const trail = record.kind === "page" ? "" : record.of.replace(/:.*/, "");  // the short title
    const link = element("a", {href: root + record.link, id, role: "option", tabindex: "-1", "aria-selected": "false"},
      element("span", {class: "found-title"}, ...styled(record.title)),
      element("span", {class: "found-where"}, [trail, kind].filter(Boolean).join(" · ")));
    if (record.excerpt) link.append(element("span", {class: "found-text"}, ...styled(record.excerpt)));
    return link;
  };

  const waysOn = () => element("div", {class: "found-nothing"}, element("p", {}, broken ? WORDS.failed : WORDS.nothing),
    element("ul", {}, ...WORDS.ways.map(([page, name]) =>
      element("li", {}, element("a", {href: `${root}${page}.html`}, name)))));

  /* One box with its results: in the dialog and on the page of results. */
  const attach = (form, number) => {
    const input = form.querySelector("input");
    const list = element("div", {class: "found", role: "listbox", id: `found-${number}`, "aria-label": "Results"});
    const status = element("p", {class: "found-status", role: "status"});
    const rest = element("div");
    form.after(element("section", {"aria-label": "Search results"}, status, list, rest));
    for (const [key, value] of Object.entries({role: "combobox", "aria-autocomplete": "list",
      "aria-controls": list.id, "aria-expanded": "false"})) input.setAttribute(key, value);
    let chosen = -1;
    const choose = (k) => {
      const options = [...list.children];
      options[chosen]?.setAttribute("aria-selected", "false");
      chosen = options.length ? (k + options.length) % options.length : -1;
      const option = options[chosen];
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({block: "nearest"});
      if (option) input.setAttribute("aria-activedescendant", option.id);
      else input.removeAttribute("aria-activedescendant");
    };
    const update = async () => {
      const query = input.value.trim();
      await ready();
      if (query !== input.value.trim()) return;
      if (broken) return rest.replaceChildren(waysOn());
      const found = query ? window.bookFind.find(query) : [];
      const advice = query ? window.bookFind.advise(query) : null;
      if (advice) found[0] = advice;
      list.replaceChildren(...found.slice(0, SHOWN).map((record, k) => shown(record, `found-${number}-${k}`)));
      list.dataset.query = query;
      status.textContent = query ? WORDS.results(found.length) : "";
      rest.replaceChildren(...(query && !found.length ? [waysOn()] : []));
      input.setAttribute("aria-expanded", String(found.length > 0));
      chosen = -1;
      choose(found.length ? 0 : -1);
    };
    input.addEventListener("input", update);
    input.addEventListener("focus", ready, {once: true});
    input.addEventListener("paste", (event) => {  // a box of one line would join the lines
      const text = event.clipboardData.getData("text");
      if (!/\n/.test(text.trim())) return;
      event.preventDefault();
      ready().then(() => {
        input.value = window.bookFind.lastError(text);
        return update();
      });
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") choose(chosen + 1);
      else if (event.key === "ArrowUp") choose(chosen - 1);
      else return;
      event.preventDefault();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      update().then(() => list.children[Math.max(chosen, 0)]?.click());
    });
    list.addEventListener("click", (event) => {  // a place on this page: the dialog must go
      if (event.target.closest("a")) form.closest(".search-button__wrapper")?.classList.remove("show");
    });
    return update;
  };

  /* A box for a whole traceback: <div class="paste-error"> on the cover and on the symptoms. */
  const attachPaste = (box, number) => {
    const label = element("label", {for: `paste-${number}`}, "Paste your error or warning");
    const area = element("textarea", {id: `paste-${number}`, rows: "3", spellcheck: "false",
      placeholder: "RuntimeError: Expected hidden[0] size (2, 3, 20), got [3, 2, 20]"});
    const answer = element("div", {class: "paste-answer", role: "status"});
    box.append(label, area, answer);
    const update = async () => {
      const text = area.value.trim();
      await ready();
      if (text !== area.value.trim()) return;
      if (broken) return answer.replaceChildren(waysOn());
      const found = text ? window.bookFind.advise(text) : null;
      if (!text) answer.replaceChildren();
      else if (found) {
        answer.replaceChildren(element("p", {}, element("strong", {}, WORDS.known), " ", ...styled(found.excerpt)),
          element("p", {}, element("a", {href: root + found.link}, WORDS.read)));
      } else {
        const near = window.bookFind.find(window.bookFind.lastError(text)).slice(0, 3);
        answer.replaceChildren(element("p", {}, WORDS.unknown),
          element("ul", {}, ...near.map((record) => element("li", {},
            element("a", {href: root + record.link}, ...styled(record.title)), ` (${record.of.replace(/:.*/, "")})`))));
      }
    };
    area.addEventListener("input", update);
  };

  addEventListener("DOMContentLoaded", () => {
    const forms = [...document.querySelectorAll("form.bd-search")];
    const updates = forms.map(attach);
    document.querySelectorAll(".paste-error").forEach(attachPaste);
    const own = forms.findIndex((form) => form.closest(".bd-search-container"));
    if (own < 0) return;
    const input = forms[own].querySelector("input");
    input.value = new URLSearchParams(location.search).get("q") || "";
    updates[own]();
    input.focus();
  });
})();
