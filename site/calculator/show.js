// The results as HTML, and the drawing of layers and directions. `words` are the page's.
calculator.html = (() => {
  const { tuple, grouped, escaped } = calculator;
  const DRAWN = 4;  // more layers are drawn as the first two and the last

  function memory(bytes) {
    const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let power = 0, size = Number(bytes);
    while (size >= 1024 && power < units.length - 1) [size, power] = [size / 1024, power + 1];
    const exact = `${grouped(bytes)} bytes`;
    return power ? `${exact} (${Number(size.toPrecision(3))} ${units[power]})` : exact;
  }
  const table = (caption, head, rows, attributes = "") => `
    <div class="calc-scroll" tabindex="0" role="region" aria-label="${caption}">
    <table ${attributes}><caption>${caption}</caption><thead><tr>${
      head.map((text) => `<th scope="col">${text}</th>`).join("")}</tr></thead><tbody>${
      rows.join("")}</tbody></table></div>`;

  const tensors = (result, words) => table(words.tensors,
    [words.tensor, words.shape, words.letters],
    Object.entries(result.tensors).map(([name, { letters, shape }]) => `<tr>
      <th scope="row"><code>${name}</code></th><td data-result="${name}">${tuple(shape)}</td>
      <td>${tuple(letters)}</td></tr>`));

  const weights = (result, words) => table(words.weights,
    [words.name, words.shape, words.letters, words.numbers],
    result.rows.flatMap(({ layer, direction, weights }, k) => {
      const gap = result.skipped && layer === result.values.num_layers - 1n && !direction;
      return [...(gap ? [`<tr><td colspan="4">… ${words.between} …</td></tr>`] : []),
        ...weights.map(({ name, letters, shape }) => `<tr>
          <th scope="row"><code>${name}</code></th><td class="calc-shape">${tuple(shape)}</td>
          <td>${tuple(letters)}</td>
          <td>${grouped(shape.reduce((a, b) => a * b, 1n))}</td></tr>`)];
    }), 'data-result="weights"');

  const numbers = (result, words) => `<dl class="calc-numbers">${[
    ["parameters", result.parameters, String],
    ["multiply_adds", result.products, grouped],
    ["multiply_adds_call", result.products_call, grouped],
    ["memory", result.bytes_parameters, memory],
    ["memory_call", result.bytes_call, memory],
  ].map(([name, value, form]) => `<div>
    <dt>${words[name].replace("{dtype}", result.given.dtype)}</dt>
    <dd data-result="${name}">${form(value)}</dd></div>`).join("")}</dl>`;

  // From below: input, a row of boxes for each layer, output. A box: name, direction, its h_n row.
  function drawing(result, words) {
    const { values, given } = result, { D, num_layers: count } = values;
    const layers = count <= DRAWN ? [...Array(Number(count)).keys()].map(BigInt)
      : [0n, 1n, null, count - 1n];
    const middle = 170, width = 150, step = 84, height = 76 + step * layers.length;
    const parts = [];
    const word = (x, y, text, more = "") => parts.push(
      `<text x="${x}" y="${y}" ${more}>${escaped(text)}</text>`);
    const up = (y, features, note = "") => {
      parts.push(`<path d="M${middle} ${y}v-22m-5 8l5 -8l5 8" class="calc-line"/>`);
      word(middle + 12, y - 7, features);
      if (note) word(middle - 12, y - 7, note, 'text-anchor="end"');
    };
    word(middle, height - 6, "input", 'text-anchor="middle"');
    layers.forEach((layer, k) => {
      const bottom = height - 26 - k * step;
      if (layer === null) {
        word(middle, bottom - 40, "⋮", 'text-anchor="middle" font-size="24"');
        return;
      }
      const features = k ? values.D * values.H_out : values.H_in;
      up(bottom, features, k && given.dropout > 0 ? "dropout" : "");
      for (let direction = 0; direction < D; direction++) {
        const x = D > 1n ? middle + (direction ? 6 : -6 - width) : middle - width / 2;
        const y = bottom - 24 - 52, row = layer * D + BigInt(direction);
        parts.push(`<rect x="${x}" y="${y}" width="${width}" height="50" rx="5"
          class="calc-box calc-${direction ? "reverse" : "forward"}"/>`);
        word(x + 10, y + 21, `${direction ? "←" : "→"} ${result.suffix(layer, direction)}`);
        word(x + 10, y + 41, `h_n[${row}]: ${values.H_out}`);
      }
    });
    up(height - 26 - layers.length * step, values.D * values.H_out);
    word(middle, 16, "output", 'text-anchor="middle"');
    const facts = {
      layers: count, directions: D, rows: D * count, in: values.H_in, out: D * values.H_out,
    };
    const label = words.drawing.replace(/{(\w+)}/g, (all, name) => facts[name]);
    return `<figure class="calc-drawing"><svg viewBox="0 0 340 ${height}" role="img"
      aria-label="${label}">${parts.join("")}</svg>
      <figcaption>${label}</figcaption></figure>`;
  }
  return (result, words) => ({
    results: `<div class="calc-answer"><div>${tensors(result, words)}${
      numbers(result, words)}</div>${drawing(result, words)}</div>`,
    weights: weights(result, words),
  });
})();
