// What the explorer shows, as HTML: functions from a view to text. The build draws the first view
// with them, so that a picture and a table stand in the page without JavaScript.
const explorer = (() => {
  const WORDS = {
    try: "Try:", forget: "Shut the forget gate", needed: "Switch off the unit it needs most",
    example: (name) => `Read “${name}”`, follows: (unit) => `Follow unit ${unit}`,
    finnish: "Let it write a Finnish name",
    name: "Surname", byNetwork: "Surname, written by the network",
    start: "start", space: "␣",
    expected: "Under each letter: the probability that the network gave it before it came.",
    unknown: (letters) => `It never learned ${letters}, and reads on without.`,
    longest: (letters) => `A name has at most ${letters} letters here; more are left out.`,
    reset: (read) => `Empty the memory after ${read}`, unreset: "Do not empty the memory",
    others: "On 650 other names",
    hesitates: "Hesitates among", letters: "letters",
    // The number is a perplexity; what it is compared with is named in the same words everywhere.
    why: (letters) => `Hesitates among: as surprised as if it had to choose among so many equally likely letters. It can be more than there are (${letters} with the end), when it is surely wrong. Counted pairs: only how often each letter came after the one before; counted triples: after the two before; counted single letters: how often at all.`,
    shorter: "Shorter is better. Dotted: counted triples (3), pairs (2) and single letters (1).",
    right: "Language right",
    longer: (common, commonest, counted) =>
      `Longer is better. Dotted: always “${common}” (${commonest}), counted up to triples (${counted}).`,
    undo: "Undo all", healthy: (letters, right) =>
      `On 650 names that it never saw, it hesitates as if among ${letters} letters, and tells the language of ${right}.`,
    counting: (n, value) => `counted ${["", "single letters", "pairs", "triples", "groups of four"][n]} (${value})`,
    between: (worse, better) => [worse && `worse than ${worse}`, better && `better than ${better}`].filter(Boolean).join(", "),
    harmed: (what, letters, before, between, right, was) =>
      `With ${what} it hesitates among ${letters} letters, not ${before}: ${between}.${right === was ? "" : ` The language is right for ${right}, not ${was}.`}`,
    own: (name, language, was, now) => `Your “${name}”: ${language} ${was} → ${now}.`,
    measuring: (what) => `With ${what}: measuring on 650 unseen names …`,
    off: (units) => `unit${units.length > 1 ? "s" : ""} ${units.join(", ")} off`,
    afterLetters: (k) => `an empty memory after ${k === 0 ? "the start" : k === 1 ? "one letter" : `${k} letters`}`,
    temperature: "temperature",
    // What a forced gate does to the two equations, whatever the weights are.
    effects: {
      f0: "f = 0: nothing is kept. c is only what the last letter wrote.",
      f1: "f = 1: nothing is forgotten. c is the sum of all that was ever written.",
      i0: "i = 0: nothing is written. c stays 0, and h with it.",
      i1: "i = 1: every candidate is written in full.",
      g0: "g = 0: there is nothing to write. c stays 0, and h with it.",
      g1: "g = 1: each unit can only write upwards.",
      o0: "o = 0: nothing is shown. c goes on, but h is 0, and all guesses stay the same.",
      o1: "o = 1: all of the memory is shown, at every letter.",
    },
    flow: "f, i, g and o are computed from the letter and the h before. Only h is used to guess; c is carried on.",
    // The other gates are computed from the h before, which a forced gate changes.
    others_too: "The h before is another one too, so the other gates change with it.",
    gates: {
      f: ["forget gate", "keep c?"], i: ["input gate", "write into it?"],
      g: ["candidate", "what to write"], c: ["memory", "what is kept"],
      o: ["output gate", "show it?"], h: ["hidden state", "what it shows"],
    },
    live: "live", force: (gate, value) => `${gate}\u00a0=\u00a0${value}`,
    maps: "A row is a unit: those that forget fast on top, those that keep long below. A column is a letter. Full colour is 1, or 3 for c; the background is 0, grey is below 0.",
    mapsClick: "Click a square to follow its unit.",
    map: (gate, letters) => `${gate} of the 32 units at ${letters} steps`,
    next: "Next letter", nextAfter: (read) => `after “${read}”`, begin: "at the start", end: "end",
    nextSays: "Click a letter to add it.", mark: "Thin mark: the network as it was trained.",
    warmth: "Temperature", warmthSays: "Below 1 bolder, above 1 more even.",
    language: "Which language?",
    languageSays: "Squares: the guess after each letter.",
    turns: (from, to, letter) => `Turned from ${from} to ${to} at “${letter}”.`,
    stays: (to) => `${to} all along.`,
    follow: "Follow one unit", unit: "Unit", previous: "Unit above", following: "Unit below",
    switchOff: "Switch it off", switchOn: "Switch it on",
    keeps: (share, steps) => `It keeps ${share} of c at a letter on average; at that rate, half is gone after ${steps} letters.`,
    // A correlation above 0 and below 0.
    properties: {
      position: ["Its c rises along the name", "Its c falls along the name"],
      "letters since a space": ["Its c rises with the letters since the last space", "Its c falls with the letters since the last space"],
      "a space was read": ["Its c is higher once a space was read", "Its c is lower once a space was read"],
      vowel: ["Its c is higher at a vowel", "Its c is lower at a vowel"],
      "vowels so far": ["Its c rises with the vowels read so far", "Its c falls with the vowels read so far"],
      "consonants in a row": ["Its c rises with the consonants in a row", "Its c falls with the consonants in a row"],
    },
    meaning: (words, r) => `${words} (correlation ${r} over unseen names).`,
    none: (word, r) => `No simple meaning was found: the best of six, “${word}”, has a correlation of ${r}.`,
    extremes: (high, low) => `Highest after ${high}; lowest after ${low}.`,
    cost: (letters, before) => `Without it the network hesitates among ${letters} letters, not ${before}.`,
    sum: "At each letter, the memory c is what is kept of it, plus what is written.",
    legend: ["was there: c before", "kept: f · c before", "written: i · g", "c, the sum"],
    step: (letter, v) => `At “${letter}”: kept ${v.f} · ${v.before} = ${v.kept}, written ${v.i} · ${v.g} = ${v.written}, so c = ${v.c} and h = ${v.o} · tanh c = ${v.h}.`,
    isOff: (letter) => `At “${letter}”: switched off, c = 0 and h = 0.`,
    chart: (unit, letters) => `Unit ${unit}: what each of ${letters} steps keeps, writes, and holds then`,
    write: "Let it write", writeIn: "Language", any: "any", writeNow: "Write a name",
    writes: "It draws letter by letter. For one language, P(letter) · P(language after it)².",
    written: "Click a name to look inside.", empty: "(an empty name)",
    heard: (read, language, share, letter, p) => `After “${read}”: ${language} ${share}. Next: ${letter} ${p}.`,
    table: "The numbers of this name and unit as a table",
    columns: ["letter", "expected", "language"],
  };
  const GATES = ["f", "i", "g", "c", "o", "h"], FORCED = ["f", "i", "g", "o"];
  const REACH = { f: 1, i: 1, g: 1, o: 1, h: 1, c: 3 };  // of full colour
  const LEVELS = 10, FEWEST = 9, SHOWN = 8;
  const IN_A_LINE = 13;  // steps; over the narrow maps, the letters of more stand in two lines
  const EXAMPLE = "van der berg";  // with spaces, at which a unit that counts letters returns
  const SCALE = 32;  // letters: the end of the bar

  const escape = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const shown = (letter) => (letter === " " ? WORDS.space : escape(letter));
  const decimal = (v, digits = 2) => v.toFixed(digits).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");
  const percent = (p) => (p < 0.001 ? "<0.1\u00a0%" : p < 0.0995 ? `${(100 * p).toFixed(1)}\u00a0%` : `${Math.round(100 * p)}\u00a0%`);
  const whole = (p) => `${Math.round(100 * p)}\u00a0%`;
  const wide = (share) => `width:${(100 * Math.min(1, share)).toFixed(1)}%`;
  const left = (share) => `left:${(100 * Math.min(1, share)).toFixed(1)}%`;
  const letterAt = (view, t) => (t ? view.name[t - 1] : WORDS.start);

  /* The rows of the maps: units from those that forget fast to those that keep long. */
  const rows = (data) => data.about.map((_, unit) => unit)
    .sort((a, b) => data.about[a].forget - data.about[b].forget);

  const tiles = (view) => view.steps.map((_, t) => {
    const p = t ? model.softmax(view.steps[t - 1].letter, view.temperature)[view.letters[t]] : null;
    const emptied = view.harm.reset === t - 1 && t ? " ex-emptied" : "";
    return `<button type="button" class="ex-tile${emptied}" data-do="at" data-to="${t}" data-key="at${t}"
      aria-pressed="${t === view.at}"><span>${t ? shown(view.name[t - 1]) : "▸"}</span>
      <small>${t ? percent(p) : WORDS.start}</small>${t ? `<i style="height:${(100 * p).toFixed(0)}%"></i>` : ""}</button>`;
  }).join("");

  const harms = ({ forced = {}, off = [], reset }, temperature) => [
    ...FORCED.filter((gate) => gate in forced).map((gate) => WORDS.force(gate, forced[gate])),
    ...(off.length ? [WORDS.off(off)] : []),
    ...(reset === undefined ? [] : [WORDS.afterLetters(reset)]),
    ...(temperature === 1 ? [] : [`${WORDS.temperature} ${temperature}`])].join(", ");

  /* Where a number of letters stands among what counting reaches. */
  function between(data, value) {
    const counted = Object.entries(data.ngrams).filter(([n]) => n <= 4);
    const worse = counted.filter(([, reached]) => reached < value).at(0);
    const better = counted.filter(([, reached]) => reached >= value).at(-1);
    return WORDS.between(worse && WORDS.counting(worse[0], decimal(worse[1], 1)),
      better && WORDS.counting(better[0], decimal(better[1], 1)));
  }

  function says(data, view) {
    const what = harms(view.harm, view.temperature), { trained, cost } = view;
    if (!what) return WORDS.healthy(decimal(trained.letters, 1), whole(trained.right));
    if (!cost) return WORDS.measuring(what);
    return WORDS.harmed(what, decimal(cost.letters, 1), decimal(trained.letters, 1), between(data, cost.letters),
      whole(cost.right), whole(trained.right));
  }

  /* The reader's own name: what the trained network takes it for, and how sure it still is. */
  function own(data, view) {
    const was = model.softmax(view.healthy.at(-1).language), now = model.softmax(view.steps.at(-1).language);
    const first = model.best(was), [before, after] = [was, now].map((one) => percent(one[first]));
    return view.name && before !== after ? WORDS.own(escape(view.name), data.languages[first], before, after) : "";
  }

  /* How the six letters hang together, or what a forced gate does to that. */
  function flow(view) {
    const effects = Object.entries(view.harm.forced).map(([gate, value]) => WORDS.effects[gate + value]);
    return effects.length ? [...effects, WORDS.others_too].join(" ") : WORDS.flow;
  }

  function cost(data, view) {
    const now = view.cost ?? view.trained, harmed = harms(view.harm, view.temperature) !== "";
    const pending = harmed && !view.cost;
    const meter = (name, note, value, was, text, ticks) => `<div class="ex-meter"><span>${name}</span>
      <div class="ex-bar"><i style="${wide(value)}"></i>${harmed ? `<b style="${left(was)}"></b>` : ""}${
        ticks.map(([at, label]) => `<u style="${left(at)}"><span>${label}</span></u>`).join("")}</div>
      <strong>${pending ? "…" : text}</strong><small>${note}</small></div>`;
    const { commonest, "n-grams": groups } = data.counting, names = Object.entries(data.names);
    const common = names.reduce((a, b) => (b[1].split(",").length > a[1].split(",").length ? b : a))[0];
    const counted = Object.entries(data.ngrams).filter(([n]) => n <= 3)
      .map(([n, reached]) => [reached / SCALE, n]);
    return `<p class="ex-others">${WORDS.others}</p><div class="ex-meters${harmed ? " ex-harmed" : ""}${pending ? " ex-pending" : ""}">${
      meter(WORDS.hesitates, WORDS.shorter, now.letters / SCALE, view.trained.letters / SCALE,
        `${decimal(now.letters, 1)} <small>${WORDS.letters}</small>`, counted)}${
      meter(WORDS.right, WORDS.longer(common, whole(commonest), whole(groups)), now.right, view.trained.right,
        whole(now.right), [[commonest, ""], [groups, ""]])}</div>`;
  }

  const equation = (letters) => letters.replace(/\b[figoch]\b/g, (letter) => `<b class="ex-${letter}">${letter}</b>`);

  const SUM = `${equation("f · c")}<sub>before</sub> ${equation("+ i · g")}`;

  /* The squares of one gate: a path for each level of colour, because one for each square is slow. */
  function squares(view, order, gate) {
    const paths = new Map(), width = Math.max(FEWEST, view.steps.length);
    view.steps.forEach((now, t) => order.forEach((unit, row) => {
      const value = now[gate][unit], level = Math.round(Math.min(1, Math.abs(value) / REACH[gate]) * LEVELS);
      const key = level * (value < 0 ? -1 : 1);
      if (level) paths.set(key, `${paths.get(key) ?? ""}M${t * 10 + 0.4} ${row * 10 + 0.6}h9.2v8.8h-9.2z`);
    }));
    const drawn = [...paths].map(([level, d]) => `<path d="${d}" ${level < 0 ? 'class="ex-below" ' : ""}fill-opacity="${
      Math.abs(level) / LEVELS}"/>`).join("");
    const row = order.indexOf(view.unit) * 10, x = view.at * 10;
    const emptied = view.harm.reset === undefined ? "" : (view.harm.reset + 1) * 10;
    return `<svg viewBox="-1 -1 ${width * 10 + 2} ${order.length * 10 + 2}" preserveAspectRatio="none" role="img"
      aria-label="${WORDS.map(gate, view.steps.length)}" data-map="${gate}" class="ex-of-${gate}">
      <rect class="ex-ground" width="${view.steps.length * 10}" height="${order.length * 10}"/>${drawn}
      ${emptied && emptied < view.steps.length * 10 ? `<path class="ex-cut" d="M${emptied} 0v${order.length * 10}"/>` : ""}
      <rect class="ex-now" x="${x}" y="0" width="10" height="${order.length * 10}"/>
      <rect class="ex-now" x="0" y="${row}" width="${view.steps.length * 10}" height="10"/></svg>`;
  }

  function maps(data, view) {
    const order = rows(data), width = Math.max(FEWEST, view.steps.length);
    const letters = Array.from({ length: width }, (_, t) => `<span${t === view.at ? ' class="ex-here"' : ""}>${
      t === 0 ? "▸" : t < view.steps.length ? shown(view.name[t - 1]) : ""}</span>`).join("");
    const forcing = (gate) => (FORCED.includes(gate) ? `<div class="ex-force" role="group" aria-label="${gate}">${
      [undefined, 0, 1].map((value) => `<button type="button" data-do="force" data-gate="${gate}" data-to="${value ?? ""}"
        data-key="force${gate}${value ?? ""}" aria-label="${value === undefined ? `${gate} ${WORDS.live}` : WORDS.force(gate, value)}"
        aria-pressed="${view.harm.forced[gate] === value}">${value === undefined ? WORDS.live : `= ${value}`}</button>`).join("")}</div>`
      : `<p class="ex-force ex-made">${gate === "c" ? SUM : equation("o · tanh c")}</p>`);
    return GATES.map((gate) => `<div class="ex-map"><p class="ex-gate"><b class="ex-${gate}">${gate}</b> ${
      WORDS.gates[gate][0]}<small>${WORDS.gates[gate][1]}</small></p>${forcing(gate)}
      <div class="ex-letters${width > IN_A_LINE ? " ex-two-lines" : ""}" aria-hidden="true" style="grid-template-columns:repeat(${width},1fr)">${letters}</div>${
      squares(view, order, gate)}</div>`).join("");
  }

  /* A bar with its name, its share, and what the trained network gives. */
  const bar = (share, was, harmed) =>
    `<span class="ex-bar"><i style="${wide(share)}"></i>${harmed ? `<b style="${left(was)}"></b>` : ""}</span><span class="ex-share">${percent(share)}</span>`;

  function next(data, view) {
    const p = model.softmax(view.steps[view.at].letter, view.temperature);
    const was = model.softmax(view.healthy[view.at].letter), harmed = harms(view.harm, view.temperature) !== "";
    const order = p.map((_, letter) => letter).sort((a, b) => p[b] - p[a] || a - b).slice(0, SHOWN);
    const read = view.name.slice(0, view.at);
    return `<h2>${WORDS.next} <small>${view.at ? WORDS.nextAfter(escape(read)) : WORDS.begin}</small></h2>${
      order.map((letter, k) => {
        const sign = letter ? shown(data.alphabet[letter]) : WORDS.end, line = bar(p[letter], was[letter], harmed);
        return letter && view.at < model.LONGEST ? `<button type="button" class="ex-row" data-do="add" data-to="${escape(data.alphabet[letter])}" data-key="add${k}"><span>${sign}</span>${line}</button>`
          : `<div class="ex-row"><span>${sign}</span>${line}</div>`;
      }).join("")}<p class="ex-note"><span class="ex-click">${WORDS.nextSays}</span> <span class="ex-mark"${harmed ? "" : " hidden"}>${WORDS.mark}</span></p>`;
  }

  function turned(data, view) {
    const guesses = view.steps.slice(1, view.at + 1).map((now) => model.best([...now.language]));
    if (!guesses.length) return "";
    let t = guesses.length - 1;
    while (t && guesses[t - 1] === guesses.at(-1)) t -= 1;
    const to = data.languages[guesses.at(-1)];
    return t ? WORDS.turns(data.languages[guesses[t - 1]], to, shown(view.name[t])) : WORDS.stays(to);
  }

  function language(data, view) {
    const all = view.steps.map((now) => model.softmax(now.language));
    const was = model.softmax(view.healthy[view.at].language), harmed = harms(view.harm, view.temperature) !== "";
    const width = Math.max(FEWEST, all.length), first = model.best(all[view.at]);
    return `<h2>${WORDS.language} <small>${view.at ? WORDS.nextAfter(escape(view.name.slice(0, view.at))) : WORDS.begin}</small></h2>${
      data.languages.map((name, k) => `<div class="ex-row ex-lang${k === first ? " ex-first" : ""}"><span>${name}</span>
        <svg viewBox="0 0 ${width * 10} 10" preserveAspectRatio="none" aria-hidden="true">${all.map((p, t) =>
          `<rect class="${t === view.at ? "ex-here" : ""}" x="${t * 10 + 0.5}" y="0.5" width="9" height="9" fill-opacity="${(0.06 + 0.94 * p[k]).toFixed(2)}"/>`).join("")}</svg>
        ${bar(all[view.at][k], was[k], harmed)}</div>`).join("")}
      <p class="ex-note"><b>${turned(data, view)}</b> ${WORDS.languageSays}</p>`;
  }

  /* For each step: an outline of what was there, the part of it that is kept, what is written on
     top of it, and a line at their sum, c. */
  function chart(view) {
    const { unit, steps } = view, WIDE = 40, HIGH = 160;
    const before = (t) => (t && t !== view.harm.reset + 1 ? steps[t - 1].c[unit] : 0);
    const values = steps.flatMap((now) => [now.c[unit], now.kept[unit]]);
    const top = Math.max(0.5, ...values) * 1.1, low = Math.min(-0.5, ...values) * 1.1;
    const y = (v) => ((top - v) / (top - low) * HIGH);
    const box = (x, width, from, to, css) => `<rect x="${x}" width="${width}" y="${y(Math.max(from, to)).toFixed(1)}" height="${
      Math.abs(y(from) - y(to)).toFixed(1)}" class="${css}"/>`;
    const width = Math.max(FEWEST, steps.length) * WIDE;
    const drawn = steps.map((now, t) => {
      const x = t * WIDE, kept = now.kept[unit], c = now.c[unit], off = view.harm.off.includes(unit);
      return (t === view.at ? `<rect class="ex-column" x="${x}" y="0" width="${WIDE}" height="${HIGH}"/>` : "")
        + box(x + 4, 15, 0, before(t), "ex-was") + (off ? "" : box(x + 4, 15, 0, kept, "ex-kept") + box(x + 21, 15, kept, c, "ex-written"))
        + `<path class="ex-sum" d="M${x + 2} ${y(c).toFixed(1)}h${WIDE - 4}"/>`;
    }).join("");
    const letters = Array.from({ length: width / WIDE }, (_, t) =>
      `<span${t === view.at ? ' class="ex-here"' : ""}>${t === 0 ? "▸" : t < steps.length ? shown(view.name[t - 1]) : ""}</span>`).join("");
    return `<div class="ex-chart"><span class="ex-top">${decimal(top, 1)}</span><span class="ex-zero" style="top:${(y(0) / HIGH * 100).toFixed(1)}%">0</span>
      <span class="ex-low">${decimal(low, 1)}</span><svg viewBox="0 0 ${width} ${HIGH}" preserveAspectRatio="none" role="img"
      aria-label="${WORDS.chart(unit, steps.length)}"><path class="ex-axis" d="M0 ${y(0).toFixed(1)}H${width}"/>${drawn}</svg>
      <div class="ex-letters" aria-hidden="true" style="grid-template-columns:repeat(${width / WIDE},1fr)">${letters}</div></div>
      <p class="ex-legend">${WORDS.legend.map((word, k) => `<span><i class="ex-key${k}"></i>${word}</span>`).join(" ")}</p>`;
  }

  function meaning(data, view) {
    const { property, validation, test, forget, without } = data.about[view.unit];
    const strong = Math.min(Math.abs(validation), Math.abs(test)) >= 0.5;
    const words = strong ? WORDS.meaning(WORDS.properties[property][test > 0 ? 0 : 1], decimal(test))
      : WORDS.none(property, decimal(test));
    const found = view.extremes?.[view.unit], quoted = (list, end) => list.map(({ read }, k) =>
      `<button type="button" class="ex-small" data-do="read" data-to="${escape(read)}" data-key="${end}${k}">“${escape(read)}”</button>`).join(", ");
    return [`<b>${words}</b>`, found ? WORDS.extremes(quoted(found.high, "high"), quoted(found.low, "low")) : "",
      WORDS.keeps(whole(forget), decimal(Math.log(0.5) / Math.log(forget), 1)),
      WORDS.cost(decimal(without, 1), decimal(view.trained.letters, 1))].filter(Boolean).join(" ");
  }

  function numbers(view) {
    const now = view.steps[view.at], unit = view.unit, letter = shown(letterAt(view, view.at));
    if (view.harm.off.includes(unit)) return WORDS.isOff(letter);
    const before = view.at && view.at !== view.harm.reset + 1 ? view.steps[view.at - 1].c[unit] : 0;
    const v = Object.fromEntries(["i", "f", "g", "o", "kept", "written", "c", "h"].map((key) => [key, decimal(now[key][unit])]));
    return WORDS.step(letter, { ...v, before: decimal(before) });
  }

  /* What a reader who cannot see the page hears after each letter. */
  function heard(data, view) {
    const { letter, language: guesses } = view.steps[view.at];
    const p = model.softmax(letter, view.temperature), q = model.softmax(guesses), sign = model.best(p);
    return WORDS.heard(view.name.slice(0, view.at), data.languages[model.best(q)], whole(Math.max(...q)),
      sign ? data.alphabet[sign] : WORDS.end, whole(p[sign]));
  }

  const unit = (data, view) => `<p class="ex-means">${meaning(data, view)}</p><p class="ex-note">${WORDS.sum}</p>${chart(view)}<p class="ex-note">${numbers(view)}</p>`;

  const table = (data, view) => `<table><thead><tr>${WORDS.columns.map((word) => `<th scope="col">${word}</th>`).join("")}${
    ["f", "i", "g", "c", "o", "h"].map((key) => `<th scope="col">${key}</th>`).join("")}</tr></thead><tbody>${
    view.steps.map((now, t) => {
      const p = model.softmax(now.language), first = model.best(p);
      return `<tr><th scope="row">${shown(letterAt(view, t))}</th><td>${
        t ? percent(model.softmax(view.steps[t - 1].letter, view.temperature)[view.letters[t]]) : ""}</td><td>${data.languages[first]} ${percent(p[first])}</td>${
        ["f", "i", "g", "c", "o", "h"].map((key) => `<td>${decimal(now[key][view.unit])}</td>`).join("")}</tr>`;
    }).join("")}</tbody></table>`;

  const written = (view) => (view.written.length ? `${view.written.map((name, k) =>
    `<button type="button" data-do="look" data-to="${k}" data-key="look${k}">${escape(name) || WORDS.empty}</button>`).join("")}` : "");

  /* The whole frame. The parts named by data-part are drawn again at each change. */
  function frame(data, view) {
    const option = (value, word, chosen) => `<option value="${value}"${chosen ? " selected" : ""}>${word}</option>`;
    const trial = (key, word = WORDS[key], to = "") => `<button type="button" data-do="${key}" data-to="${to}" data-key="try${key}">${word}</button>`;
    const strong = clearest(data), word = WORDS.example(EXAMPLE);
    return `<p class="ex-try">${WORDS.try} ${trial("forget")} ${trial("example", word, EXAMPLE)} ${trial("follows", WORDS.follows(strong), strong)} ${trial("needed")} ${trial("finnish")}</p>
    <div class="ex-typing"><p><label for="ex-name">${WORDS.name}</label><input id="ex-name" value="${escape(view.name)}" maxlength="${
      model.LONGEST}" autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false"></p>
      <div class="ex-tiles" data-part="tiles" role="group" aria-label="${WORDS.expected}">${tiles(view)}</div></div>
    <p class="ex-note ex-under"><span data-part="unknown">${WORDS.expected}</span> <button type="button" class="ex-small" data-do="reset" data-key="reset"></button></p>
    <div class="ex-cost"><div data-part="cost">${cost(data, view)}</div>
      <p class="ex-says"><span><span data-part="says" aria-live="polite">${says(data, view)}</span> <b data-part="own"></b></span> <button type="button" class="ex-small" data-do="undo" data-key="undo" hidden>${WORDS.undo}</button></p></div>
    <p class="ex-note ex-why">${WORDS.why(data.alphabet.length)}</p>
    <div class="ex-main"><div class="ex-left"><div class="ex-card ex-inside"><p class="ex-equations"><span>${equation("c = ")}${SUM}</span> <span>${equation("h = o · tanh c")}</span></p>
      <p class="ex-flow" data-part="flow">${flow(view)}</p><p class="ex-note ex-under">${WORDS.maps} <span class="ex-click">${WORDS.mapsClick}</span></p>
      <div class="ex-maps" data-part="maps">${maps(data, view)}</div></div>
    <div class="ex-card ex-unit"><h2>${WORDS.follow}</h2><p class="ex-choose"><label for="ex-unit">${WORDS.unit}</label>
      <select id="ex-unit">${rows(data).map((one) => option(one, one, one === view.unit)).join("")}</select>
      <button type="button" data-do="unit" data-to="-1" aria-label="${WORDS.previous}">▲</button><button type="button" data-do="unit" data-to="1" aria-label="${WORDS.following}">▼</button>
      <button type="button" data-do="off" data-key="off">${WORDS.switchOff}</button></p><div data-part="unit">${unit(data, view)}</div></div></div>
    <div class="ex-side"><div class="ex-card ex-languages" data-part="language">${language(data, view)}</div>
      <div class="ex-card ex-next"><div data-part="next">${next(data, view)}</div>
      <p class="ex-slide"><label for="ex-temperature">${WORDS.warmth} <output>1</output></label><input type="range" id="ex-temperature" min="0.2" max="2" step="0.1" value="1"><small>${WORDS.warmthSays}</small></p></div>
    <div class="ex-card ex-write"><h2>${WORDS.write}</h2><p class="ex-choose"><label for="ex-language">${WORDS.writeIn}</label>
      <select id="ex-language">${option(-1, WORDS.any)}${data.languages.map((name, k) => option(k, name)).join("")}</select>
      <button type="button" class="ex-go" data-do="write" data-key="write">${WORDS.writeNow}</button></p>
      <div class="ex-written" data-part="written"></div><p class="ex-note">${WORDS.writes} ${WORDS.written}</p></div></div></div>
    <p class="ex-heard" aria-live="polite"></p>
    <details class="ex-table"><summary>${WORDS.table}</summary><div class="ex-scroll" tabindex="0" role="group" aria-label="${WORDS.table}" data-part="table">${table(data, view)}</div></details>`;
  }

  /* The unit that goes along most clearly with the letters since a space. */
  const clearest = ({ about }) => model.best(about.map(({ property, validation, test }) =>
    (property === "letters since a space" ? Math.min(Math.abs(validation), Math.abs(test)) : 0)));

  /* What follows from the reader's choice: the steps of the network as harmed, and as trained. */
  function look(data, net, view) {
    view.letters = model.encode(data.alphabet, view.name);
    view.steps = lstm.read(net, view.letters, view.harm);
    view.healthy = lstm.read(net, view.letters);
    view.at = Math.min(view.at, view.letters.length - 1);
    return view;
  }

  function first(data, net) {
    const view = { name: data.name, at: Infinity, unit: data.unit, harm: { forced: {}, off: [] },
      temperature: 1, trained: data.trained, written: [] };
    return look(data, net, view);
  }

  return { WORDS, rows, tiles, cost, says, own, flow, maps, next, language, unit, table, written, heard, frame, look, first, harms };
})();
