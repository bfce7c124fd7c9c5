// What the explorer does with the forward pass: load the weights, measure them, write names.
const model = (() => {
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const LONGEST = 20;  // letters of a name

  /* The bytes that base64 stands for; the build's engine has no atob. */
  function bytes(text) {
    const out = new Uint8Array(text.replace(/=+$/, "").length * 3 >> 2);
    let bits = 0, held = 0, place = 0;
    for (const digit of text) {
      const value = DIGITS.indexOf(digit);
      if (value < 0) break;
      bits = (bits << 6 | value) & 0xffff;
      held += 6;
      if (held >= 8) out[place++] = bits >> (held -= 8) & 0xff;
    }
    return out;
  }

  /* Each tensor under its name of PyTorch, as one row of float64. */
  function load(data) {
    const net = { units: data.units, embedding: data.embedding };
    const view = new DataView(bytes(data.weights).buffer);
    let place = 0;
    for (const [name, shape] of Object.entries(data.shapes)) {
      const size = shape.reduce((a, b) => a * b, 1);
      net[name] = Float64Array.from({ length: size }, () => view.getFloat32((place += 4) - 4, true));
    }
    return net;
  }

  const encode = (alphabet, name) => [0, ...[...name].map((letter) => alphabet.indexOf(letter))];

  function softmax(scores, temperature = 1) {
    const top = Math.max(...scores), all = [...scores].map((s) => Math.exp((s - top) / temperature));
    const sum = all.reduce((a, b) => a + b, 0);
    return all.map((p) => p / sum);
  }

  const best = (values) => values.indexOf(Math.max(...values));

  /* Measure on the held-out names: a generator, which pauses after some, so that the page answers
     meanwhile. Where `found` is given, it also notes after which letters each c was most extreme. */
  function* measure(net, data, harm, temperature, found) {
    let count = 0, surprise = 0, right = 0, names = 0;
    for (const [language, list] of Object.entries(data.names)) {
      const wanted = data.languages.indexOf(language);
      for (const name of list.split(",")) {
        const letters = encode(data.alphabet, name), steps = lstm.read(net, letters, harm);
        steps.forEach((now, t) => {
          surprise -= Math.log(softmax(now.letter, temperature)[letters[t + 1] ?? 0]);
          if (found && t) now.c.forEach((c, unit) => note(found[unit], c, name.slice(0, t)));
        });
        count += letters.length;
        right += best(steps.at(-1).language) === wanted ? 1 : 0;
        names += 1;
        if (names % 10 === 0) yield names;
      }
    }
    return { letters: Math.exp(surprise / count), right: right / names, names };
  }

  /* Keep the two highest and the two lowest c of a unit, each of another beginning of a name. */
  const ends = (units) => Array.from({ length: units }, () => ({ high: [], low: [] }));
  function note(ends, c, read) {
    for (const [list, value] of [[ends.high, c], [ends.low, -c]]) {
      if (list.length === 2 && value <= list[1].value) continue;
      if (list.some((one) => one.read === read)) continue;
      list.push({ value, read });
      list.sort((a, b) => b.value - a.value).splice(2);
    }
  }

  /* Draw letter after letter. With a language, a letter counts P(letter) * P(language after it)^2;
     the end of the name counts with the language believed before it. */
  function write(net, harm, temperature, language = -1, random = Math.random) {
    const letters = [0];
    let now = lstm.after(net, lstm.empty(net), 0, harm);
    while (letters.length <= LONGEST) {
      const state = letters.length === harm.reset + 1 ? lstm.empty(net) : now;
      const next = softmax(now.letter, temperature);
      if (language >= 0) {
        next.forEach((p, letter) => {
          const then = letter ? lstm.after(net, state, letter, harm) : now;
          next[letter] = p * softmax(then.language)[language] ** 2;
        });
      }
      let left = random() * next.reduce((a, b) => a + b, 0);
      const drawn = Math.max(0, next.findIndex((p) => (left -= p) < 0));
      if (!drawn) break;
      letters.push(drawn);
      now = lstm.after(net, state, drawn, harm);
    }
    return letters.slice(1);
  }

  return { LONGEST, load, encode, softmax, best, measure, ends, write };
})();
