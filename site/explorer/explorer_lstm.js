// The forward pass of the explorer: one layer of nn.LSTM, and two linear layers on its h.
// `harm` is what the reader does to it: gates that are forced to a number, units that are switched
// off, and the number of letters after which the state is reset.
const lstm = (() => {
  const sigmoid = (a) => 1 / (1 + Math.exp(-a));

  function linear(weight, bias, x) {
    return bias.map((sum, row) => {
      for (let k = 0; k < x.length; k += 1) sum += weight[row * x.length + k] * x[k];
      return sum;
    });
  }

  function step(net, x, h_prev, c_prev, { forced = {}, off = [] }) {
    const from_x = linear(net["lstm.weight_ih_l0"], net["lstm.bias_ih_l0"], x);
    const from_h = linear(net["lstm.weight_hh_l0"], net["lstm.bias_hh_l0"], h_prev);
    const gate = (name, block, squash) => h_prev.map((_, unit) => {
      const row = block * h_prev.length + unit;  // the blocks of rows: i, f, g, o
      return forced[name] ?? squash(from_x[row] + from_h[row]);
    });
    const i = gate("i", 0, sigmoid), f = gate("f", 1, sigmoid);
    const g = gate("g", 2, Math.tanh), o = gate("o", 3, sigmoid);
    const kept = f.map((f_t, unit) => f_t * c_prev[unit]);
    const written = i.map((i_t, unit) => i_t * g[unit]);
    const c = kept.map((value, unit) => (off.includes(unit) ? 0 : value + written[unit]));
    const h = o.map((o_t, unit) => o_t * Math.tanh(c[unit]));
    return { i, f, g, o, kept, written, c, h };
  }

  // One step further, from the number of a letter: with the scores of the next letter and language.
  function after(net, state, letter, harm = {}) {
    const x = net["embedding.weight"].subarray(letter * net.embedding, (letter + 1) * net.embedding);
    const now = step(net, x, state.h, state.c, harm);
    now.letter = linear(net["to_letter.weight"], net["to_letter.bias"], now.h);
    now.language = linear(net["to_language.weight"], net["to_language.bias"], now.h);
    return now;
  }

  const empty = (net) => ({ h: new Float64Array(net.units), c: new Float64Array(net.units) });

  // All steps of a name: the full stop that stands before it, then its letters.
  function read(net, letters, harm = {}) {
    let state = empty(net);
    return letters.map((letter, t) => {
      if (t === harm.reset + 1) state = empty(net);
      return (state = after(net, state, letter, harm));
    });
  }

  return { step, after, empty, read };
})();
