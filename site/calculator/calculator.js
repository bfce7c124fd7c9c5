// What the page shows for the fields of its form. The rules and the words are data that
// site/extensions/calculator.py gives; this file only evaluates them. The build runs it once, for
// the first results, and the reader's browser for every other choice.
const calculator = (() => {
  const LISTED = 64;  // layers whose parameters are listed; a browser cannot show a million
  const tuple = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
  const product = (sizes) => sizes.reduce((all, size) => all * size, 1);
  const sum = (sizes) => sizes.reduce((all, size) => all + size, 0);
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
    return Object.entries(rules.TENSORS).map(([name, { [layout]: letters }]) =>
      ({ name, letters, shape: evaluate(letters, values) }));
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
  function refusal(rules, words, args, values) {
    const missing = Object.keys(rules.ARGUMENTS).filter((name) => args[name] === null);
    if (missing.length) {
      const names = missing.map((name) => `'${name}'`).join(" and ");
      return { wrong: missing, text: `${words.error} TypeError: RNNBase.__init__() missing `
        + `${missing.length} required positional argument${missing[1] ? "s" : ""}: ${names}` };
    }
    if (!Number.isInteger(args.L)) return { wrong: ["L"], text: words.bad_L };
    if (!Number.isInteger(args.N ?? 0)) return { wrong: ["N"], text: words.bad_N };
    const holds = { ">": (a, b) => a > b, ">=": (a, b) => a >= b, "<": (a, b) => a < b,
      "<=": (a, b) => a <= b, int: Number.isInteger };
    const axes = (name) => tensors(rules, args, values).find((one) => one.name === name).shape;
    for (const [name, relation, bound, type, text] of rules.REFUSALS) {
      const tested = name in args ? [args[name]] : axes(name);
      const value = tested.find((size) => !holds[relation](size, args[bound] ?? bound));
      if (value !== undefined) {
        return { wrong: name in args ? [name] : ["L", "N"].filter((one) => args[one] === value),
          text: `${words.error} ${type}: ${text}`.replace("{value}", value)
            .replace("{input}", () => axes("input").join(", ")) };
      }
    }
  }

  // The call in Python, with the arguments that differ from their defaults.
  function code(rules, args, shapes, count) {
    const dtype = args.dtype === "float32" ? "" : `dtype=torch.${args.dtype}`;
    const python = { true: "True", false: "False" };
    const named = Object.entries(rules.ARGUMENTS)
      .filter(([name, standard]) => args[name] !== standard)
      .map(([name]) => `${name}=${python[args[name]] ?? args[name]}`);
    const random = (name) =>
      `torch.randn(${[...shapes[name], dtype].filter((text) => text !== "").join(", ")})`;
    return ["import torch", "from torch import nn", "",
      "lstm = nn.LSTM(", ...[...named, dtype].filter(Boolean).map((text) => `    ${text},`), ")",
      `x = ${random("input")}`, `h_0 = ${random("h_0")}`, `c_0 = ${random("c_0")}`,
      "output, (h_n, c_n) = lstm(x, (h_0, c_0))", "",
      ...["output", "h_n", "c_n"].map((name) => `assert ${name}.shape == ${tuple(shapes[name])}`),
      `assert sum(p.numel() for p in lstm.parameters()) == ${count}`, ""].join("\n");
  }

  // A table that scrolls sideways by itself, with a heading for each column.
  const table = (caption, heads, rows, name = "") => `
    <div class="calc-scroll" tabindex="0" role="region" aria-label="${caption}">
    <table data-result="${name}"><caption>${caption}</caption><thead><tr>${
      heads.map((text) => `<th scope="col">${text}</th>`).join("")}</tr></thead><tbody>${
      rows.join("\n")}</tbody></table></div>`;

  // Everything that the page shows for these fields, as text and HTML.
  function answer({ words, ...rules }, fields) {
    const args = read(rules, fields), values = letters(rules, args);
    const nothing = { says: "", results: "", code: "", weights: "" };
    const refused = refusal(rules, words, args, values);
    if (refused) return { ...nothing, message: refused.text, wrong: refused.wrong };

    // Every layer after the first has the same shapes, so two are enough to count.
    const total = (of) => sum([0, 1].map((layer) => (layer ? args.num_layers - 1 : 1)
      * sum(parameters(rules, args, values, layer).map(({ shape }) => of(shape)))));
    const shapes = Object.fromEntries(tensors(rules, args, values).map((one) =>
      [one.name, one.shape]));
    const count = total(product);
    const products = total((shape) => (shape.length > 1 ? product(shape) : 0));
    const bytes = rules.BYTES[args.dtype];
    const numbers = { parameters: count, multiply_adds: products,
      multiply_adds_call: products * args.L * (args.N ?? 1), memory: count * bytes,
      memory_call: sum(["input", "output", "h_n", "c_n"].map((name) => product(shapes[name])))
        * bytes };
    if (!Object.values(numbers).every(Number.isSafeInteger)) {
      return { ...nothing, message: words.too_large, wrong: [] };
    }
    const warned = args.dropout > 0 && args.num_layers === 1;
    const warning = rules.ONE_LAYER.replace(/{(\w+)}/g, (all, name) => args[name]);
    const listed = range(Math.min(args.num_layers, LISTED));
    return { wrong: [], message: warned ? `${words.warning} ${warning}` : "",
      says: `output ${tuple(shapes.output)}, h_n ${tuple(shapes.h_n)}, `
        + words.count.replace("{count}", grouped(count)),
      results: table(words.tensors, [words.tensor, words.shape, words.letters],
        tensors(rules, args, values).map(({ name, letters, shape }) =>
          `<tr><th scope="row"><code>${name}</code></th><td data-result="${name}">${
            tuple(shape)}</td><td>${tuple(letters)}</td></tr>`))
        + `<dl class="calc-numbers">${Object.entries(numbers).map(([name, number]) =>
          `<div><dt>${words[name].replace("{dtype}", args.dtype)}</dt><dd data-result="${name}">${
            name === "parameters" ? number : grouped(number)}</dd></div>`).join("\n")}</dl>`,
      code: code(rules, args, shapes, count),
      weights: table(words.weights,
        [words.name, words.shape, words.letters, words.numbers, words.row],
        listed.flatMap((layer) => parameters(rules, args, values, layer)).map((one) =>
          `<tr><th scope="row"><code>${one.name}</code></th><td>${tuple(one.shape)}</td>
          <td>${tuple(one.letters)}</td><td>${grouped(product(one.shape))}</td>
          <td>${one.row}</td></tr>`), "weights")
        + (args.num_layers > LISTED ? `<p>${words.further}</p>` : "") };
  }
  return { answer };
})();
