// The forward pass of the explorer: a layer of nn.LSTM, and two linear layers
// on its h. `harm` is what the reader does to it: gates forced to a number,
// units switched off, and after how many letters the state is reset.
const lstm = (() => {
  const sigmoid = (a) => 1 / (1 + Math.exp(-a));

  function linear(net, layer, x, end = "") {
    const weight = net[`${layer}weight${end}`], bias = net[`${layer}bias${end}`];
    const out = bias.slice();
    for (let row = 0, at = 0; row < out.length; row += 1) {
      let sum = bias[row];
      for (let k = 0; k < x.length; k += 1, at += 1) sum += weight[at] * x[k];
      out[row] = sum;
    }
    return out;
  }

  function step(net, x, h_prev, c_prev, { forced = {}, off = [] }) {
    const a_x = linear(net, "lstm.", x, "_ih_l0");
    const a_h = linear(net, "lstm.", h_prev, "_hh_l0");
    const gate = (name, block, squash) => h_prev.map((_, unit) => {
      const row = block * h_prev.length + unit;  // blocks: i, f, g, o
      return forced[name] ?? squash(a_x[row] + a_h[row]);
    });
    const i = gate("i", 0, sigmoid), f = gate("f", 1, sigmoid);
    const g = gate("g", 2, Math.tanh), o = gate("o", 3, sigmoid);
    const kept = f.map((f_t, unit) => f_t * c_prev[unit]);
    const written = i.map((i_t, unit) => i_t * g[unit]);
    const on = (unit) => (off.includes(unit) ? 0 : 1);
    const c = kept.map((value, unit) => on(unit) * (value + written[unit]));
    const h = o.map((o_t, unit) => o_t * Math.tanh(c[unit]));
    return { i, f, g, o, kept, written, c, h };
  }

  // One letter further, with the scores of the next letter and the language.
  function after(net, state, letter, harm = {}) {
    const from = letter * net.embedding;
    const x = net["embedding.weight"].subarray(from, from + net.embedding);
    const now = step(net, x, state.h, state.c, harm);
    now.letter = linear(net, "to_letter.", now.h);
    now.language = linear(net, "to_language.", now.h);
    return now;
  }

  // All steps of a name: the full stop that stands before it, its letters.
  function read(net, letters, harm = {}) {
    let state = empty(net);
    return letters.map((letter, t) => {
      if (t === harm.reset + 1) state = empty(net);
      return (state = after(net, state, letter, harm));
    });
  }
  const zeros = (net) => new Float64Array(net.units);
  const empty = (net) => ({ h: zeros(net), c: zeros(net) });

  return { after, empty, read };
})();
