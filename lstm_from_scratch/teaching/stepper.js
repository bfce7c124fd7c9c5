(() => {
  const KEYS = ["c_prev", "i", "f", "g", "o", "kept", "written", "c", "tanh", "h"];
  const SIGNED = { c_prev: 1, g: 1, c: 1, h: 1 };
  const number = (text) => Number(text.replace("−", "-"));
  const signed = (text) => (text.startsWith("−") ? `(${text})` : text);
  const amount = (share) =>
    share < 0.05 ? "none" : share < 0.35 ? "little" : share <= 0.65 ? "half"
      : share < 0.95 ? "most" : "all";
  // As thousandths and decimal of stepper.py.
  const thousandths = (v) => Math.trunc(v * 1000 + Math.sign(v) * (0.5 + 1e-6));
  const decimal = (k) => (k < 0 ? "−" : "") + (Math.abs(k) / 1000).toFixed(3);
  const sigmoid = (a) => 1 / (1 + Math.exp(-a));
  const sub = (letter, index) => `${letter}<sub>${index}</sub>`;

  // The drawing: a gauge is a box with a letter, a number and a bar; all arrows are straight.
  const gauge = (key, letter, x, y, w, index = "") => `
    <rect x="${x}" y="${y}" width="${w}" height="40" rx="${SIGNED[key] && key != "g" ? 9 : 1}"
      style="stroke:var(--${key[0]});stroke-width:2.5"/>
    <text x="${x + 7}" y="${y + 17}" font-weight="600">${letter}<tspan font-size="10"
      dy="3">${index}</tspan></text>
    <text x="${x + w - 7}" y="${y + 17}" text-anchor="end" data-text="${key}"></text>
    <rect data-bar="${key}" data-x="${x + 7}" data-w="${w - 14}" y="${y + 24}" height="9"
      style="fill:var(--${key[0]})" stroke="none"/>
    <rect x="${x + 7}" y="${y + 24}" width="${w - 14}" height="9" stroke-opacity=".6"/>
    ${SIGNED[key] ? `<path d="M${x + w / 2} ${y + 21}v15"/>` : ""}`;
  const arrow = (x0, y0, x1, y1) => {
    const [dx, dy] = [Math.sign(x1 - x0), Math.sign(y1 - y0)];
    const [bx, by] = [x1 - 8 * dx, y1 - 8 * dy];
    return `<path d="M${x0} ${y0}L${bx} ${by}" stroke-width="1.5"/><path class="ls-head"
      d="M${x1} ${y1}L${bx + 4 * dy} ${by + 4 * dx}L${bx - 4 * dy} ${by - 4 * dx}z"/>`;
  };
  const node = (x, y, sign) => `<circle cx="${x}" cy="${y}" r="12" stroke-width="1.5"/>
    <text x="${x}" y="${y + 6}" text-anchor="middle" font-size="18">${sign}</text>`;
  const value = (key, x, y, anchor) =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}" data-text="${key}"></text>`;
  const FLOW = `<svg class="ls-flow" viewBox="-10 -2 374 250" aria-hidden="true">
    ${gauge("c_prev", "c", -8, 60, 94, "t−1")}${gauge("c", "c", 278, 60, 84, "t")}
    ${gauge("f", "f", 83, 0, 74)}${gauge("i", "i", 83, 120, 74)}${gauge("g", "g", 167, 190, 74)}
    ${gauge("o", "o", 230, 145, 66)}${gauge("h", "h", 278, 206, 84, "t")}
    ${node(120, 80, "×")}${node(204, 80, "+")}${node(204, 140, "×")}${node(320, 165, "×")}
    <rect x="298" y="114" width="44" height="22" rx="11"/>
    <text x="320" y="129" text-anchor="middle" font-size="13">tanh</text>
    ${arrow(86, 80, 108, 80)}${arrow(120, 40, 120, 68)}${arrow(132, 80, 192, 80)}
    ${arrow(216, 80, 278, 80)}${arrow(157, 140, 192, 140)}${arrow(204, 190, 204, 152)}
    ${arrow(204, 128, 204, 92)}${arrow(320, 100, 320, 114)}${arrow(320, 136, 320, 153)}
    ${arrow(296, 165, 308, 165)}${arrow(320, 177, 320, 206)}
    ${value("kept", 161, 73, "middle")}${value("written", 210, 115, "start")}</svg>`;

  const ICONS = {
    first: "M2 3h2v12H2zM14 2l2 1.5L9.5 9l6.5 5.5-2 1.5-8-7z", previous: "M12 2l2 1.5L7.5 9l6.5 5.5-2 1.5-8-7z",
    play: "M5 2l11 7-11 7z", pause: "M4 3h4v12H4zM10 3h4v12h-4z",
    next: "M6 2L4 3.5 10.5 9 4 14.5 6 16l8-7z", last: "M14 3h2v12h-2zM4 2L2 3.5 8.5 9 2 14.5 4 16l8-7z",
  };
  const icon = (key) =>
    `<svg viewBox="0 0 18 18" aria-hidden="true"><path d="${ICONS[key]}"/></svg>`;

  // All steps of a cell of one unit: a row of weights holds those of x, that of h, and the bias.
  function run({ x, weights, c_0 }) {
    let h = 0, c = c_0;
    return x.map((x_t) => {
      const read = [...x_t, h, 1];
      const [a_i, a_f, a_g, a_o] = weights.map((row) =>
        row.reduce((sum, weight, k) => sum + weight * read[k], 0));
      const [i, f, g, o] = [sigmoid(a_i), sigmoid(a_f), Math.tanh(a_g), sigmoid(a_o)];
      const c_prev = c;
      c = f * c_prev + i * g;
      h = o * Math.tanh(c);
      return { c_prev, i, f, g, o, kept: f * c_prev, written: i * g, c, tanh: Math.tanh(c), h };
    });
  }
  // One strip of bars, as _strip of stepper.py draws it.
  function draw(svg, values, least, signed) {
    const top = Math.max(least, ...values.map(Math.abs)), height = signed ? 2 * top : top;
    svg.setAttribute("class", signed ? "ls-signed" : "ls-share");
    svg.setAttribute("viewBox", `0 ${-top} ${10 * values.length} ${height}`);
    const now = svg.querySelector(".ls-now");
    now.setAttribute("y", -top);
    now.setAttribute("height", height);
    svg.lastElementChild.setAttribute("d", values.map((v, t) =>
      v ? `M${10 * t + 1} 0V${-v}h8V0z` : "").join(""));
    return top;
  }

  function enhance(root) {
    root.dataset.on = "";
    const words = JSON.parse(root.dataset.words);
    const units = [...root.querySelectorAll(".ls-unit")];
    const add = (parent, tag, attributes = {}, inner = "") => {
      const element = document.createElement(tag);
      for (const key in attributes) element.setAttribute(key, attributes[key]);
      element.innerHTML = inner;
      parent.append(element);
      return element;
    };
    const panel = add(root, "div");
    const choice = units.length > 1 && add(add(panel, "label", {}, `${words.unit} `), "select");
    const stage = add(panel, "div", { class: "ls-stage" }, FLOW);
    const list = add(stage, "ul", { class: "ls-equations" });
    const says = add(panel, "p", { class: "ls-says", "aria-live": "polite" });
    root.prepend(panel);
    const deck = document.createElement("div");  // under the drawing of the unit that is shown
    const slider = add(deck, "input", {
      type: "range", class: "ls-slider", "aria-label": words.slider,
    });
    const controls = add(deck, "div", { class: "ls-controls" });
    let t = Number(root.dataset.start), timer = null, unit = units[0];

    const rows = () => [...unit.querySelectorAll("tbody tr")];
    const last = rows().length - 1;
    slider.max = last;
    const buttons = {};
    for (const key of ["first", "previous", "play", "next", "last"])
      buttons[key] = add(controls, "button", {
        type: "button", "aria-label": words[key], title: words[key],
        class: key == "play" ? "ls-play" : "",
      }, icon(key));

    let follow = () => {};  // what the fields of the inputs do at each step

    function show(step) {
      t = Math.min(last, Math.max(0, step));
      follow();
      const cells = [...rows()[t].cells].slice(-KEYS.length).map((cell) => cell.textContent);
      const v = Object.fromEntries(KEYS.map((key, k) => [key, cells[k]]));
      const top = number(unit.dataset.top);
      for (const text of stage.querySelectorAll("[data-text]"))
        text.textContent = v[text.dataset.text];
      for (const bar of stage.querySelectorAll("[data-bar]")) {
        const key = bar.dataset.bar, x = Number(bar.dataset.x), w = Number(bar.dataset.w);
        const share = number(v[key]) / (key[0] == "c" ? top : 1);
        const width = Math.abs(share) * (SIGNED[key] ? w / 2 : w);
        bar.setAttribute("x", x + (SIGNED[key] ? w / 2 - (share < 0 ? width : 0) : 0));
        bar.setAttribute("width", width);
      }
      list.innerHTML = [
        `${sub("f", "t")} ${sub("c", "t−1")} = ${v.f} · ${signed(v.c_prev)} = <b>${v.kept}</b>`,
        `${sub("i", "t")} ${sub("g", "t")} = ${v.i} · ${signed(v.g)} = <b>${v.written}</b>`,
        `${sub("c", "t")} = ${v.kept} + ${signed(v.written)} = <b>${v.c}</b>`,
        `${sub("h", "t")} = ${sub("o", "t")} tanh ${sub("c", "t")} = ${v.o} · ${signed(v.tanh)}` +
          ` = <b>${v.h}</b>`,
      ].map((line) => `<li>${line}</li>`).join("");
      says.textContent = words.step.replace(/{(\w+)}/g, (_, key) =>
        key == "t" ? t : "ifo".includes(key) ? words[amount(number(v[key]))] : v[key]);
      for (const mark of root.querySelectorAll(".ls-now")) mark.setAttribute("x", 10 * t);
      slider.value = t;
      slider.setAttribute("aria-valuetext", words.value.replace("{t}", t).replace("{last}", last));
      const ends = { first: 0, previous: 0, next: last, last };
      for (const key in ends) buttons[key].setAttribute("aria-disabled", t == ends[key]);
    }
    function play(on) {
      clearInterval(timer);
      timer = on ? setInterval(() => (t < last ? show(t + 1) : play(false)), 1200) : null;
      const key = on ? "pause" : "play";
      buttons.play.innerHTML = icon(key);
      buttons.play.title = words[key];
      buttons.play.setAttribute("aria-label", words[key]);
      says.setAttribute("aria-live", on ? "off" : "polite");  // a screen reader could not keep up
      if (on && t == last) show(0);
    }
    const go = (step) => { play(false); show(step); };
    buttons.first.onclick = () => go(0);
    buttons.previous.onclick = () => go(t - 1);
    buttons.next.onclick = () => go(t + 1);
    buttons.last.onclick = () => go(last);
    buttons.play.onclick = () => play(!timer);
    slider.oninput = () => go(Number(slider.value));

    // A press on a bar chooses its step, and a drag moves over the steps: as the slider does.
    for (const strip of root.querySelectorAll(".ls-strips svg")) {
      const at = (event) => {
        const { left, width } = strip.getBoundingClientRect();
        go(Math.floor(((event.clientX - left) / width) * (last + 1)));
      };
      strip.onpointerdown = (event) => {
        if (event.button) return;
        event.preventDefault();  // no text is selected on the way
        strip.setPointerCapture(event.pointerId);
        at(event);
      };
      strip.onpointermove = (event) => strip.hasPointerCapture(event.pointerId) && at(event);
    }

    // A link to the cell that made this lands here, and not on the code above it.
    const land = () => {
      const cell = document.getElementById(location.hash.slice(1));
      if (cell && cell != root && cell.contains(root)) root.scrollIntoView();
    };
    const later = () => setTimeout(land, 50);  // the browser itself goes to the cell first
    addEventListener("load", later);
    addEventListener("hashchange", later);

    function select(k) {
      unit = units[k];
      units.forEach((other) => (other.hidden = other != unit));
      unit.querySelector(".ls-strips").after(deck);
      show(t);
    }
    units.forEach((one, k) => {
      for (const svg of one.querySelectorAll(".ls-strips svg")) {
        const box = svg.viewBox.baseVal;
        const mark = `<rect class="ls-now" y="${box.y}" width="10" height="${box.height}"/>`;
        svg.insertAdjacentHTML("afterbegin", mark);
      }
      const scroll = one.querySelector(".ls-scroll");
      const details = document.createElement("details");
      add(details, "summary", {}, one.querySelector("caption").textContent);
      scroll.replaceWith(details);
      details.append(scroll);
      if (choice) add(choice, "option", { value: k }, k);
    });
    if (choice) choice.onchange = () => select(Number(choice.value));
    window.addEventListener("beforeprint", () => {
      for (const details of root.querySelectorAll("details")) details.open = true;
    });
    select(0);
    if (root.dataset.cell) edit();

    // The reader's own numbers. What is shown is read from the table, as always.
    function edit() {
      const given = () => JSON.parse(root.dataset.cell);
      let cell = given();
      const size = cell.x[0].length, heads = [...unit.querySelectorAll("thead th")];
      const names = [...heads.slice(1, size + 1).map((head) => head.textContent), "h", words.bias];
      const details = add(deck, "details", { class: "ls-edit" });
      add(details, "summary", {}, words.change);
      const scroll = add(details, "div", {
        class: "ls-scroll ls-fields", role: "group", "aria-label": words.sums, tabindex: "0",
      });
      const table = add(scroll, "table"), fields = [];
      const line = (head) => {
        const row = add(table, "tr");
        add(row, "th", { scope: "row" }, head);
        return row;
      };
      const field = (row, list, k, label) => {  // list(): the numbers that the field is one of
        const input = add(add(row, "td"), "input", {
          type: "number", step: "any", min: -1000, max: 1000, "aria-label": label,
        });
        const fill = () => { input.value = Number(list()[k].toFixed(3)); };
        fields.push({ input, fill });
        input.oninput = () => {
          if (!Number.isFinite(input.valueAsNumber)) return;
          list()[k] = Math.min(1000, Math.max(-1000, input.valueAsNumber));
          compute();
        };
        input.onchange = fill;
      };
      const say = (text, parts) => text.replace(/{(\w+)}/g, (_, key) => parts[key]);
      const top = add(table, "tr");
      add(top, "td");
      for (const name of names) add(top, "th", { scope: "col" }).textContent = name;
      const inputs = line(sub("x", "t"));
      for (let k = 0; k < size; k++)
        field(inputs, () => cell.x[t], k, say(words.input, { name: names[k] }));
      [..."ifgo"].forEach((gate, n) => {
        const row = line(sub("a", gate));
        names.forEach((name, k) =>
          field(row, () => cell.weights[n], k, say(words.weight, { name, gate })));
      });
      add(details, "button", { type: "button" }, words.reset).onclick = () => {
        cell = given();
        compute();
      };
      details.addEventListener("focusin", () => play(false));
      follow = () => fields.forEach(({ input, fill }) => input != document.activeElement && fill());
      follow();

      function compute() {
        const steps = run(cell);
        steps.forEach((step, n) => [...cell.x[n], ...KEYS.map((key) => step[key])].forEach(
          (v, k) => { rows()[n].cells[k + 1].textContent = decimal(thousandths(v)); }));
        const strips = unit.querySelectorAll(".ls-strips svg");
        for (let k = 0; k < size; k++) {
          const values = cell.x.map((x_t) => thousandths(x_t[k]));
          draw(strips[k], values, 1, Math.min(...values) < 0);
        }
        [..."ifgoch"].forEach((key, k) => {
          const values = steps.map((step) => thousandths(step[key]));
          const least = Math.max(1000, key == "c" ? Math.abs(thousandths(cell.c_0)) : 0);
          const height = draw(strips[size + k], values, least, key in SIGNED);
          if (key == "c") unit.dataset.top = decimal(height);
        });
        show(t);
      }
    }
  }
  document.querySelectorAll(".lstm-stepper:not([data-on])").forEach(enhance);
})();
