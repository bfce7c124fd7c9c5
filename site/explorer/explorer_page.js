// The explorer in the page: what the reader does, and what is drawn again then.
(() => {
  const live = document.querySelector(".explorer");
  if (!live) return;
  const { WORDS } = explorer;
  const data = JSON.parse(live.querySelector("script").textContent), net = model.load(data);
  const view = explorer.first(data, net);
  const frame = live.querySelector(".ex-frame");
  const part = (name) => frame.querySelector(`[data-part="${name}"]`);
  const button = (key) => frame.querySelector(`[data-key="${key}"]`);
  const input = frame.querySelector("#ex-name"), chosen = frame.querySelector("#ex-unit");
  const temperature = frame.querySelector("#ex-temperature"), language = frame.querySelector("#ex-language");
  const details = frame.querySelector("details");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const DRAWN = ["tiles", "flow", "maps", "next", "language", "unit", "table", "written"];
  const needed = model.best(data.about.map((one) => one.without));
  const SLICE = 16, LETTER = 180, KEPT = 12;  // ms of measuring at once, ms for a letter written, names

  function draw(parts = DRAWN) {
    const focused = document.activeElement?.dataset?.key;
    explorer.look(data, net, view);
    for (const name of parts.filter((one) => one !== "table" || details.open)) part(name).innerHTML = explorer[name](...(explorer[name].length === 1 ? [view] : [data, view]));
    showCost();
    const harmed = explorer.harms(view.harm, view.temperature) !== "";
    button("undo").hidden = !harmed;
    button("off").textContent = view.harm.off.includes(view.unit) ? WORDS.switchOn : WORDS.switchOff;
    button("reset").textContent = view.harm.reset === undefined
      ? WORDS.reset(place() ? `“${view.name.slice(0, place())}”` : WORDS.start) : WORDS.unreset;
    frame.querySelector(".ex-heard").textContent = explorer.heard(data, view);
    button("tryforget").setAttribute("aria-pressed", view.harm.forced.f === 0);
    button("tryneeded").setAttribute("aria-pressed", view.harm.off.includes(needed));
    chosen.value = view.unit;
    if (focused && document.activeElement?.dataset?.key !== focused) button(focused)?.focus({ preventScroll: true });
  }
  /* After which letter the state is reset: the chosen one, or where it is the last, one before. */
  const place = () => (view.at < view.name.length ? view.at : Math.floor(view.name.length / 2));
  function showCost() {
    part("cost").innerHTML = explorer.cost(data, view);
    const says = explorer.says(data, view);
    if (part("says").textContent !== says) part("says").textContent = says;
    part("own").innerHTML = explorer.own(data, view);
    live.dataset.measured = Boolean(view.cost ?? !explorer.harms(view.harm, view.temperature));
  }

  /* Measuring all names takes longer than a key press may: it goes on between two frames. */
  let running = null;
  function measure() {
    const job = model.measure(net, data, structuredClone(view.harm), view.temperature);
    running = job;
    view.cost = null;
    const go = () => {
      if (running !== job) return;
      const until = performance.now() + SLICE;
      let found = job.next();
      while (!found.done && performance.now() < until) found = job.next();
      if (!found.done) return void setTimeout(go);
      view.cost = found.value;
      showCost();
    };
    if (explorer.harms(view.harm, view.temperature)) setTimeout(go);
    else running = null;
  }
  const harm = () => { measure(); draw(); };

  /* Type a name, as the reader or the network does. */
  function type(name, byNetwork = false) {
    frame.querySelector("label[for=ex-name]").textContent = byNetwork ? WORDS.byNetwork : WORDS.name;
    const known = [...name.toLowerCase()].filter((letter) => data.alphabet.indexOf(letter) > 0);
    const others = [...new Set([...name.toLowerCase()].filter((letter) => data.alphabet.indexOf(letter) <= 0))];
    view.name = known.join("").slice(0, model.LONGEST);
    view.at = view.name.length;
    part("unknown").textContent = [
      others.length && WORDS.unknown(others.map((letter) => `“${letter}”`).join(", ")),
      known.length >= model.LONGEST && WORDS.longest(model.LONGEST)].filter(Boolean).join(" ") || WORDS.expected;
    draw();
  }
  let typing = 0;
  function typeSlowly(name, letters = 1, byNetwork = false) {
    clearTimeout(typing);
    if (still.matches) letters = name.length;
    input.value = name.slice(0, letters);
    type(input.value, byNetwork);
    if (letters < name.length) typing = setTimeout(() => typeSlowly(name, letters + 1, byNetwork), LETTER);
  }

  const move = (by) => {
    const order = explorer.rows(data), place = order.indexOf(view.unit) + by;
    view.unit = order[(place + order.length) % order.length];
  };
  const toggle = (unit) => {
    const { off } = view.harm;
    view.harm.off = off.includes(unit) ? off.filter((one) => one !== unit) : [...off, unit].sort((a, b) => a - b);
  };
  const writeName = () => {
    const letters = model.write(net, view.harm, view.temperature, Number(language.value), explorer.random);
    const name = letters.map((letter) => data.alphabet[letter]).join("");
    view.written = [name, ...view.written].slice(0, KEPT);
    typeSlowly(name, 1, true);
  };

  const ACTIONS = {
    at: ({ to }) => { view.at = Number(to); draw(); },
    add: ({ to }) => { input.value = view.name.slice(0, view.at) + to; type(input.value); },
    force: ({ gate, to }) => {
      if (to === "") delete view.harm.forced[gate];
      else view.harm.forced[gate] = Number(to);
      harm();
    },
    reset: () => { view.harm.reset = view.harm.reset === undefined ? place() : undefined; harm(); },
    unit: ({ to }) => { move(Number(to)); draw(["maps", "unit", "table"]); },
    off: () => { toggle(view.unit); harm(); },
    undo: () => {
      view.harm = { forced: {}, off: [] };
      setTemperature(1);
    },
    forget: () => ACTIONS.force({ gate: "f", to: view.harm.forced.f === 0 ? "" : "0" }),
    needed: () => { view.unit = needed; toggle(needed); harm(); },
    finnish: () => { language.value = data.languages.indexOf("Finnish"); writeName(); },
    write: writeName,
    look: ({ to }) => { typeSlowly(view.written[to], Infinity, true); show(".ex-typing"); },
    read: ({ to }) => typeSlowly(to, Infinity),
    example: ({ to }) => typeSlowly(to),
    follows: ({ to }) => { view.unit = Number(to); draw(["maps", "unit", "table"]); show(".ex-unit"); },
  };
  /* Scroll only as far as needed to see it. */
  const show = (place) => frame.querySelector(place)
    .scrollIntoView({ block: "nearest", behavior: still.matches ? "auto" : "smooth" });
  function setTemperature(value) {
    view.temperature = value;
    temperature.value = value;
    frame.querySelector("output").textContent = value;
    harm();
  }

  frame.addEventListener("click", ({ target, clientX, clientY }) => {
    const asked = target.closest("[data-do]"), map = target.closest("[data-map]");
    if (asked) {
      if (asked.dataset.do !== "write" && asked.dataset.do !== "finnish") clearTimeout(typing);
      ACTIONS[asked.dataset.do](asked.dataset);
      if (asked.hidden) input.focus({ preventScroll: true });
    } else if (map) {
      const box = map.getBoundingClientRect(), [, , width] = map.getAttribute("viewBox").split(" ");
      const order = explorer.rows(data), inside = (v, most) => Math.max(0, Math.min(most, Math.floor(v)));
      view.unit = order[inside((clientY - box.top) / box.height * order.length, order.length - 1)];
      view.at = inside((clientX - box.left) / box.width * (width / 10), view.steps.length - 1);
      draw();
      show(".ex-unit");
    }
  });
  part("tiles").addEventListener("keydown", (event) => {
    const to = view.at + ({ ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? NaN);
    if (!view.steps[to]) return;
    event.preventDefault();
    ACTIONS.at({ to });
    button(`at${to}`).focus();
  });
  input.addEventListener("input", () => { clearTimeout(typing); type(input.value); });
  temperature.addEventListener("input", () => setTemperature(Number(temperature.value)));
  chosen.addEventListener("change", () => { view.unit = Number(chosen.value); draw(["maps", "unit", "table"]); });
  details.addEventListener("toggle", () => draw(["table"]));
  addEventListener("beforeprint", () => { details.open = true; draw(["table"]); });

  live.classList.add("ex-live");
  draw();
  /* What each unit was most excited by, over the names that it never saw. */
  const found = model.ends(net.units), all = model.measure(net, data, {}, 1, found);
  (function go() {
    const until = performance.now() + SLICE;
    let some = all.next();
    while (!some.done && performance.now() < until) some = all.next();
    if (!some.done) return void setTimeout(go);
    view.trained = some.value;
    view.extremes = found;
    showCost();
    part("unit").innerHTML = explorer.unit(data, view);
    live.dataset.ready = "true";
  })();
})();
