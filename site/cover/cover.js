// The cover's live picture: where the four tensors of nn.LSTM are, for a choice of four arguments.
// Shapes come from the calculator's rules. The build draws the first picture with this script, and
// the reader's browser every other.
const cover = (() => {
  const WORDS = {
    input: "What goes in: the features of every step, of every sample.",
    output: ["The top layer’s h, at every step.", "Its two halves are the two directions."],
    h_n: ["h of every layer", " and direction", ", after its last step. ", "Row = layer", " · 2 + direction",
      "`batch_first` does not move it."],
    c_n: ["c, the memory: the same rows as h_n.", " `proj_size` does not shorten it."],
    layer: "layer",
  };
  const FIRST = { num_layers: 2, bidirectional: true, batch_first: false, proj_size: false };
  const SIZES = { input_size: 10, hidden_size: 20, L: 4, N: 3 }, PROJECTED = 5;
  const TENSORS = ["input", "output", "h_n", "c_n"];
  const kind = (letters) => (letters.includes("num_layers") ? "layers"
    : letters === "L" || letters === "N" ? letters : "H");
  const styled = (text) => text.split("`").map((part, k) => (k % 2 ? `<code>${part}</code>` : part)).join("");

  const says = (name, choice) => {
    const two = choice.bidirectional, words = WORDS[name];
    if (name === "input") return words;
    if (name === "output") return words[0] + (two ? " " + words[1] : "");
    if (name === "h_n") return words[0] + (two ? words[1] : "") + words[2] + words[3] + (two ? words[4] : "") + ". " + words[5];
    return words[0] + (choice.proj_size ? words[1] : "");
  };

  const rows = (rules, choice) => {
    const args = { ...rules.ARGUMENTS, ...SIZES, ...choice, proj_size: choice.proj_size ? PROJECTED : 0 };
    return calculator.shapes(rules, args).filter(({ name }) => TENSORS.includes(name))
      .sort((a, b) => TENSORS.indexOf(a.name) - TENSORS.indexOf(b.name))
      .map(({ name, letters, shape }) => ({ name, says: styled(says(name, choice)),
        axes: letters.map((letter, k) => ({ letter, size: shape[k], kind: kind(letter) })) }));
  };

  /* The picture: steps from left to right, layers from below. */
  const X = 104, STEP = 82, Y = 56, ROW = 40, BOX = 22;
  const text = (x, y, words, extra = "") => `<text x="${x}" y="${y}" ${extra}>${words}</text>`;
  const box = (x, y, width, height, css) =>
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="4" class="${css}"/>`;
  const arrow = (x1, y1, x2, y2, css = "") =>
    `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="arrow ${css}" marker-end="url(#head)"/>`;

  /* The values that a layer hands up at step t: one box, of one or two halves. */
  const handed = (x, y, two, css) => box(x - 29, y, two ? 29 : 58, 24, `forward ${css}`)
    + (two ? box(x, y, 29, 24, `reverse ${css}`) : "");
  /* Two lines, h and c, of a state at the end of a row. */
  const state = (x, y, row, which, css) => box(x, y, 62, 34, `state ${css}`)
    + text(x + 31, y + 14, `h_${which}[${row}]`, which === "n" ? 'class="of-h_n"' : "")
    + text(x + 31, y + 29, `c_${which}[${row}]`, which === "n" ? 'class="of-c_n"' : "");

  const picture = (choice) => {
    const two = choice.bidirectional, D = two ? 2 : 1, L = SIZES.L, layers = choice.num_layers;
    const high = D * ROW + 58, bottom = Y + layers * high, right = X + L * STEP - 10;
    const out = [];
    for (let t = 0; t < L; t += 1) {
      const x = X + t * STEP + 36;
      out.push(box(x - 29, bottom, 58, 24, "input of-input"), text(x, bottom + 17, `[${t}]`));
      for (let layer = 0; layer < layers; layer += 1) {
        const top = bottom - (layer + 1) * high, first = top + 24 + 12;  // of its boxes, of its cells
        out.push(handed(x, top, two, layer === layers - 1 ? "of-output" : ""));
        if (layer === layers - 1) out.push(text(x, two ? top - 6 : top + 17, `[${t}]`));
        for (let d = 0; d < D; d += 1) {
          const y = first + (D - 1 - d) * ROW, cell = two ? x + (d ? 15 : -15) : x;
          const css = d ? "reverse" : "forward", last = d ? t === 0 : t === L - 1;
          out.push(arrow(cell, bottom - layer * high - 2, cell, y + BOX + 5),
            arrow(cell, y, cell, top + 28),
            box(cell - 11, y, 22, BOX, `${css} cell ${last ? "of-h_n of-c_n" : ""}`));
          const from = cell + (d ? -11 : 11), to = d ? x - STEP + 26 + 5 : x + STEP - (two ? 26 : 11) - 5;
          if (!last) out.push(arrow(from, y + 11, to, y + 11, css));
        }
      }
    }
    for (let layer = 0; layer < layers; layer += 1) {
      const first = bottom - (layer + 1) * high + 36;
      out.push(text(X - 10, bottom - layer * high - 8, `${WORDS.layer} ${layer}`, 'class="quiet" text-anchor="end"'));
      for (let d = 0; d < D; d += 1) {
        const y = first + (D - 1 - d) * ROW - 6, row = layer * D + d, css = d ? "reverse" : "forward";
        const start = two ? X + 36 - 26 : X + 25, end = X + (L - 1) * STEP + 36 + (two ? 26 : 11);
        const first_x = X - 76, last_x = right + 4;
        if (d) out.push(state(last_x, y, row, 0, "begin"), arrow(last_x, y + 17, end + 5, y + 17, css),
          state(first_x, y, row, "n", "reverse of-h_n of-c_n"), arrow(start, y + 17, first_x + 67, y + 17, css));
        else out.push(state(first_x, y, row, 0, "begin"), arrow(first_x + 62, y + 17, start - 5, y + 17, css),
          state(last_x, y, row, "n", "forward of-h_n of-c_n"),
          arrow(two ? end - 30 : end, y + 17, last_x - 5, y + 17, css));
      }
    }
    out.push(text(X - 14, bottom + 17, "input", 'class="of-input" text-anchor="end"'),
      text(X - 14, bottom - layers * high + 17, "output", 'class="of-output" text-anchor="end"'));
    const highest = Y - 20, height = bottom + 30 - highest;  // a number stands over two halves
    return `<svg viewBox="24 ${highest} ${right + 70 - 24} ${height}" role="img" aria-label="${alt(choice)}"><defs>`
      + '<marker id="head" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto">'
      + '<path d="M0 0L6 3L0 6z"/></marker></defs>' + out.join("") + "</svg>";
  };
  const alt = ({ num_layers: layers, bidirectional: two }) =>
    `${layers} layer${layers > 1 ? "s" : ""}${two ? ", two directions" : ""}, four steps: output is the top `
    + "layer at every step; h_n and c_n are the end of each row of cells.";

  const chips = (axes) => "<span>(</span>" + axes.map(({ letter, size, kind: css }) =>
    `<span class="axis axis-${css}" data-axis="${css}"><b>${letter.replace("num_layers", "layers")
      .replace("*", "·")}</b> ${size}</span>`).join("<span>,</span>") + "<span>)</span>";
  const table = (all) => all.map(({ name, axes }) =>
    `<button type="button" class="tensor" data-tensor="${name}"><code>${name}</code><span class="axes">${
      chips(axes)}</span></button>`).join("");

  return { FIRST, rows, picture, table };
})();
