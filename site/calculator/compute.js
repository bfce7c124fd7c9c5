// What the page shows for a choice of arguments, as text and HTML. No rule stands here: `rules` are
// those of lstm_from_scratch/shapes.py. Runs in the reader's browser and, once, in the build.
const calculator = (() => {
  const BYTES = { float64: 8n, float32: 4n, float16: 2n, bfloat16: 2n };
  const DTYPES = ["float32", ...Object.keys(BYTES).filter((name) => name !== "float32")];
  const FULL = 64;  // so many layers are listed one by one
  const WIDE = 60;  // columns of the code; a longer call gets a line for each argument
  const tuple = (shape) => (shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`);
  const whole = (value) => typeof value === "bigint";
  const grouped = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
  const escaped = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");

  // A number as it was typed: BigInt if Python would read an int, so that no product is rounded.
  function number(text) {
    const typed = String(text ?? "").trim();
    if (typed === "") return null;
    return /^[+-]?\d+$/.test(typed) ? BigInt(typed.replace("+", "")) : Number(typed);
  }
  // As Python prints it.
  function python(value) {
    if (typeof value === "boolean") return value ? "True" : "False";
    if (typeof value !== "number") return String(value);
    if (Number.isInteger(value) && Math.abs(value) < 1e16) return value.toFixed(1);
    return String(value).replace(/e([+-])(\d)$/, "e$10$2").replace(/^0\.0000(0*)(\d)(\d*)$/,
      (all, zeros, first, rest) =>
        `${first}${rest && "." + rest}e-${String(zeros.length + 5).padStart(2, "0")}`);
  }

  // Arguments from the fields of the form: what is left empty has PyTorch's default.
  function read(rules, fields) {
    const given = {};
    for (const [name, standard] of Object.entries(rules.ARGUMENTS)) {
      if (typeof standard === "boolean") given[name] = Boolean(fields[name]);
      else given[name] = number(fields[name]) ?? (standard === null ? null
        : name === "dropout" ? Number(standard) : BigInt(standard));
    }
    given.L = number(fields.L);
    given.N = number(fields.N);
    given.dtype = fields.dtype in BYTES ? fields.dtype : DTYPES[0];
    return given;
  }

  function letters(rules, given) {
    const values = { L: given.L, N: given.N, D: BigInt(rules.DIRECTIONS[given.bidirectional]) };
    for (const [letter, names] of Object.entries(rules.LETTERS)) {
      const name = names.find((one) => given[one] > 0) ?? names.at(-1);
      values[letter] = given[name];
    }
    return values;
  }
  const evaluate = (shape, values) => shape.map((axis) => axis.split("*").reduce(
    (size, factor) => size * (/^\d+$/.test(factor) ? BigInt(factor) : values[factor]), 1n));
  const size = (shape) => shape.reduce((product, axis) => product * axis, 1n);
  const layout = (given) =>
    given.N === null ? "unbatched" : given.batch_first ? "batch_first" : "time_first";

  // What PyTorch would say, and of which fields: {type, text, fields}; without a type it is ours.
  function refusal(rules, given) {
    const missing = Object.keys(rules.ARGUMENTS).filter((name) => given[name] === null);
    const one = missing.length === 1;
    if (missing.length) {
      return { fields: missing, type: "TypeError",
        text: `RNNBase.__init__() missing ${missing.length} required positional `
          + `argument${one ? "" : "s"}: ${missing.map((name) => `'${name}'`).join(" and ")}` };
    }
    if (!whole(given.L)) {
      return { fields: ["L"], text: rules.WORDS.bad_L };
    }
    if (given.N !== null && !whole(given.N)) {
      return { fields: ["N"], text: rules.WORDS.bad_N };
    }
    const holds = {
      ">": (a, b) => a > b, ">=": (a, b) => a >= b, "<": (a, b) => a < b, "<=": (a, b) => a <= b,
      int: whole,
    };
    const axes = (tensor) => evaluate(rules.TENSORS[tensor][layout(given)], letters(rules, given));
    for (const [name, relation, bound, type, text] of rules.REFUSALS) {
      const limit = typeof bound === "string" ? given[bound] : bound;
      const wrong = (name in rules.TENSORS ? axes(name) : [given[name]])
        .find((value) => !holds[relation](value, limit));
      if (wrong !== undefined) {
        const fields = name in given ? [name] : ["L", "N"].filter((one) => given[one] === wrong);
        return { fields, type, text: text.replace("{value}", wrong)
          .replace("{input}", () => axes("input").join(", ")) };
      }
    }
    return null;
  }

  const suffix = (rules, layer, direction) =>
    rules.SUFFIXES[direction].replace("{layer}", layer);

  // One entry for each row of h_n: {layer, direction, weights: [{name, letters, shape}]}.
  function parameters(rules, given, values, layers) {
    const rows = [];
    for (const layer of layers) {
      for (let direction = 0; direction < values.D; direction++) {
        const weights = rules.PARAMETERS
          .filter(([, , , argument]) => argument === null || given[argument])
          .map(([name, first, later]) => {
            const shape = layer === 0n ? first : later;
            return { name: name + suffix(rules, layer, direction), letters: shape,
              shape: evaluate(shape, values) };
          });
        rows.push({ layer, direction, weights });
      }
    }
    return rows;
  }

  // All that follows from a possible choice.
  function compute(rules, given) {
    const values = letters(rules, given), count = values.num_layers;
    const tensors = {};
    for (const [name, layouts] of Object.entries(rules.TENSORS)) {
      const shape = layouts[layout(given)];
      tensors[name] = { letters: shape, shape: evaluate(shape, values) };
    }
    const listed = count <= FULL ? [...Array(Number(count)).keys()].map(BigInt)
      : [0n, 1n, 2n, count - 1n];
    const rows = parameters(rules, given, values, listed);
    // All layers after the first have the same shapes, so two are enough to count.
    const total = (of) => {
      const sum = (layer) => parameters(rules, given, values, [layer])
        .flatMap((row) => row.weights).reduce((all, weight) => all + of(weight.shape), 0n);
      return sum(0n) + (count > 1n ? (count - 1n) * sum(1n) : 0n);
    };
    const call = ["input", "output", "h_n", "c_n"]
      .reduce((all, name) => all + size(tensors[name].shape), 0n);
    const batch = given.N ?? 1n, bytes = BYTES[given.dtype];
    const total_parameters = total(size);
    const products = total((shape) => (shape.length > 1 ? size(shape) : 0n));
    return { given, values, tensors, rows, skipped: count > FULL,
      suffix: (layer, direction) => suffix(rules, layer, direction),
      parameters: total_parameters, products, products_call: products * batch * given.L,
      bytes_parameters: total_parameters * bytes, bytes_call: call * bytes };
  }

  // The call in Python with what it gives, by the arguments that differ from the defaults.
  function code(rules, result) {
    const { given, tensors } = result;
    const dtype = given.dtype === DTYPES[0] ? "" : `dtype=torch.${given.dtype}`;
    const named = Object.entries(rules.ARGUMENTS)
      .filter(([name, standard]) => standard === null
        || (typeof standard === "boolean" ? given[name] !== standard
          : Number(given[name]) !== standard))
      .map(([name]) => `${name}=${python(given[name])}`).concat(dtype || []);
    const lines = ["import torch", "from torch import nn", ""];
    const whole_call = `lstm = nn.LSTM(${named.join(", ")})`;
    if (whole_call.length <= WIDE) lines.push(whole_call);
    else lines.push("lstm = nn.LSTM(", ...named.map((argument) => `    ${argument},`), ")");
    for (const [name, variable] of [["input", "x"], ["h_0", "h_0"], ["c_0", "c_0"]]) {
      lines.push(`${variable} = torch.randn${tuple(tensors[name].shape).replace(",)", ")")
        .replace(")", dtype ? `, ${dtype})` : ")")}`);
    }
    lines.push("output, (h_n, c_n) = lstm(x, (h_0, c_0))", "");
    for (const name of ["output", "h_n", "c_n"]) {
      lines.push(`assert ${name}.shape == ${tuple(tensors[name].shape)}`);
    }
    lines.push("sizes = [p.numel() for p in lstm.parameters()]");
    lines.push(`assert sum(sizes) == ${result.parameters}`);
    return lines.join("\n") + "\n";
  }

  // Everything that the page shows for these fields.
  function answer(rules, fields) {
    const given = read(rules, fields);
    const error = refusal(rules, given);
    const warning = !error && given.dropout > 0 && given.num_layers === 1n
      ? rules.ONE_LAYER.replace("{dropout}", python(given.dropout)).replace("{num_layers}", "1")
      : "";
    if (error) {
      const text = error.type ? `${error.type}: ${error.text}` : error.text;
      return { error: text, fields: error.fields, ours: !error.type, warning, says: "", code: "",
        results: "", weights: "" };
    }
    const result = compute(rules, given);
    const { output, h_n } = result.tensors;
    return {
      error: "", fields: [], ours: false, warning, code: code(rules, result),
      says: `output ${tuple(output.shape)}, h_n ${tuple(h_n.shape)}, `
        + rules.WORDS.count.replace("{count}", grouped(result.parameters)),
      ...calculator.html(result, rules.WORDS),
    };
  }
  return { answer, read, tuple, grouped, escaped, DTYPES };
})();
