// What the page shows for the fields of its form. The rules are data that
// site/extensions/calculator.py gives; this file only evaluates them. The build runs it once, for
// the first results, and the reader's browser for every other choice.
const calculator = (() => {
  const LISTED = 64;  // layers whose parameters are listed; a browser cannot show a million
  const FURTHER = "Every further layer has the shapes of the layer before it.";
  const tuple = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
  const product = (sizes) => sizes.reduce((all, size) => all * size, 1);
  const add = (one, other) => one + other;
  const range = (count) => [...Array(count).keys()];

  // Numbers from the fields; one that is empty has its default, which is null for L and N.
  function read(rules, fields) {
    const number = (text, standard) => (text.trim() === "" ? standard : Number(text));
    const args = { L: number(fields.L, null), N: number(fields.N, null), dtype: fields.dtype };
    for (const [name, standard] of Object.entries(rules.ARGUMENTS)) {
      args[name] = typeof standard === "boolean" ? fields[name] : number(fields[name], standard);
    }
    return args;
  }

  // The value of each letter.
  function letters(rules, args) {
    const values = { L: args.L, N: args.N, D: rules.DIRECTIONS[args.bidirectional] };
    for (const [letter, names] of Object.entries(rules.LETTERS)) {
      values[letter] = args[names.find((name) => args[name] > 0) ?? names.at(-1)];
    }
    return values;
  }
  const evaluate = (shape, values) => shape.map((axis) =>
    product(axis.split("*").map((factor) => values[factor] ?? Number(factor))));

  function tensors(rules, args, values) {
    const layout = args.N === null ? "unbatched" : args.batch_first ? "batch_first" : "time_first";
    return Object.entries(rules.TENSORS).map(([name, layouts]) =>
      ({ name, letters: layouts[layout], shape: evaluate(layouts[layout], values) }));
  }
  function parameters(rules, args, values, layer) {
    const present = rules.PARAMETERS.filter(([, , , switched]) => !switched || args[switched]);
    return range(values.D).flatMap((direction) => present.map(([name, first, later]) => {
      const letters = layer ? later : first;
      return { name: name + rules.SUFFIXES[direction].replace("{layer}", layer), letters,
        shape: evaluate(letters, values), row: layer * values.D + direction };
    }));
  }

  // The message for an impossible choice and the fields that it is about, or undefined.
  function refusal(rules, args, values) {
    const missing = Object.keys(rules.ARGUMENTS).filter((name) => args[name] === null);
    if (missing.length) {
      const names = missing.map((name) => `'${name}'`).join(" and ");
      return [`PyTorch says TypeError: RNNBase.__init__() missing ${missing.length} required `
        + `positional argument${missing.length > 1 ? "s" : ""}: ${names}`, missing];
    }
    if (!Number.isInteger(args.L)) return ["L must be a whole number, the sequence length.", ["L"]];
    if (!Number.isInteger(args.N ?? 0)) {
      return ["N must be a whole number, the batch size, or empty.", ["N"]];
    }
    const holds = { ">": (a, b) => a > b, ">=": (a, b) => a >= b, "<": (a, b) => a < b,
      "<=": (a, b) => a <= b, int: Number.isInteger };
    const axes = (tensor) => tensors(rules, args, values).find(({ name }) => name === tensor).shape;
    for (const [name, relation, bound, type, text] of rules.REFUSALS) {
      const tested = name in args ? [args[name]] : axes(name);
      const value = tested.find((size) => !holds[relation](size, args[bound] ?? bound));
      if (value !== undefined) {
        return [`PyTorch says ${type}: ${text}`.replace("{value}", value)
          .replace("{input}", () => axes("input").join(", ")),
          name in args ? [name] : ["L", "N"].filter((axis) => args[axis] === value)];
      }
    }
  }

  // The call in Python, with the arguments that differ from their defaults.
  function code(rules, args, shapes, count) {
    const python = (value) => ({ true: "True", false: "False" })[value] ?? value;
    const dtype = args.dtype === "float32" ? [] : [`dtype=torch.${args.dtype}`];
    const named = Object.entries(rules.ARGUMENTS)
      .filter(([name, standard]) => args[name] !== standard)
      .map(([name]) => `${name}=${python(args[name])}`);
    const random = (name) => `torch.randn(${[...shapes[name], ...dtype].join(", ")})`;
    return ["import torch", "from torch import nn", "",
      "lstm = nn.LSTM(", ...[...named, ...dtype].map((text) => `    ${text},`), ")",
      `x = ${random("input")}`, `h_0 = ${random("h_0")}`, `c_0 = ${random("c_0")}`,
      "output, (h_n, c_n) = lstm(x, (h_0, c_0))", "",
      ...["output", "h_n", "c_n"].map((name) => `assert ${name}.shape == ${tuple(shapes[name])}`),
      `assert sum(p.numel() for p in lstm.parameters()) == ${count}`, ""].join("\n");
  }

  // A table that scrolls sideways by itself. A row: name of its result, heading, values.
  const table = (name, caption, heads, rows) => `
    <div class="pst-scrollable-table-container" tabindex="0" role="region" aria-label="${caption}">
    <table class="table" data-result="${name}"><caption>${caption}</caption>
    <thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join("")}</tr></thead>
    <tbody>${rows.map(([result, head, value, ...values]) => `<tr><th scope="row">${head}</th>
      <td data-result="${result}">${value}</td>${
      values.map((text) => `<td>${text}</td>`).join("")}</tr>`).join("")}</tbody></table></div>`;
  // Each axis of a shape in the colour of its kind, as site/extensions/axes.py has it.
  const KINDS = [["layers", "num_layers"], ["L", "L"], ["N", "N"], ["H", ""]];
  const coloured = (shape, letters) => tuple(shape.map((size, k) => {
    const [kind] = KINDS.find(([, letter]) => !letter || letters[k].split("*").includes(letter));
    return `<span class="axis axis-${kind}">${size}</span>`;
  }));
  const shape_row = (one, ...more) => [one.name, `<code>${one.name}</code>`,
    coloured(one.shape, one.letters), coloured(one.letters, one.letters), ...more];

  // Everything that the page shows for these fields, as text and HTML.
  function answer(rules, fields) {
    const args = read(rules, fields), values = letters(rules, args);
    const refuse = (message, wrong) =>
      ({ message, wrong, says: "", results: "", code: "", weights: "" });
    const refused = refusal(rules, args, values);
    if (refused) return refuse(...refused);

    // Every layer after the first has the same shapes, so two are enough to count.
    const total = (of) => [0, 1].flatMap((layer) => parameters(rules, args, values, layer)
      .map(({ shape }) => of(shape) * (layer ? args.num_layers - 1 : 1))).reduce(add, 0);
    const all = tensors(rules, args, values), bytes = rules.BYTES[args.dtype];
    const shapes = Object.fromEntries(all.map(({ name, shape }) => [name, shape]));
    const held = ["input", "output", "h_n", "c_n"].map((name) => product(shapes[name]));
    const count = total(product);
    const products = total((shape) => (shape.length > 1 ? product(shape) : 0));
    const counts = [
      ["parameters", "numbers in all parameters", count],
      ["multiply_adds", "multiply-adds per step, one sequence", products],
      ["multiply_adds_call", "multiply-adds of the whole call", products * args.L * (args.N ?? 1)],
      ["memory", "bytes of the parameters", count * bytes],
      ["memory_call", "bytes of input, output, h_n and c_n", held.reduce(add, 0) * bytes]];
    if (!counts.every(([, , number]) => Number.isSafeInteger(number))) {
      return refuse("These numbers are too large for this page.", []);
    }
    const warned = args.dropout > 0 && args.num_layers === 1;
    const warning = rules.ONE_LAYER.replace(/{(\w+)}/g, (braces, name) => args[name]);
    const weights = range(Math.min(args.num_layers, LISTED))
      .flatMap((layer) => parameters(rules, args, values, layer));
    return { wrong: [], message: warned ? `PyTorch warns ${warning}` : "",
      says: `output ${tuple(shapes.output)}, h_n ${tuple(shapes.h_n)}, ${grouped(count)} parameters`,
      results: table("tensors", "What goes in and comes out", ["tensor", "shape", "in letters"],
        all.map((one) => shape_row(one)))
        + table("counts", "Counts", ["what", "number"], counts.map(([name, head, number]) =>
          [name, head, grouped(number)])),
      code: code(rules, args, shapes, count),
      weights: table("weights", "Parameters, in PyTorch's order",
        ["name", "shape", "in letters", "numbers", "row of h_n"],
        weights.map((one) => shape_row(one, grouped(product(one.shape)), one.row)))
        + (args.num_layers > LISTED ? `<p>${FURTHER}</p>` : "") };
  }
  // The shapes of what goes in and comes out, for the cover.
  const shapes = (rules, args) => tensors(rules, args, letters(rules, args));
  return { answer, shapes };
})();
