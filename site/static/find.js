/* What the search finds. Loaded at the first search, with MiniSearch and the records of the pages
   (records.js, written by site/extensions/finder.py). No word of the reader leaves the page. */
window.bookFind = (() => {
  /* What readers call it, and what the book calls it too: both are searched for. */
  const SYNONYMS = [
    [/\b(seq[_ ]?len|seq[_ ]?length|sequence length|time[_ -]?steps?|window size)\b/g, "sequence length steps"],
    [/\b(hidden (units|nodes|neurons|dim|dimension)|n?units|neurons|D_h|d_h)\b/g, "hidden_size"],
    [/\b(embedding[_ ]dim|n_features|num_features|D_in|d_in|feature dimension)\b/g, "input_size features"],
    [/\b(bi-?lstm|bi-?directional|two directions)\b/g, "bidirectional directions"],
    [/\b(seq(uence)?[ -]?(2|to)[ -]?seq(uence)?|encoder[- ]decoder|translation)\b/g, "encoder decoder sequence"],
    [/\bmany[ -]to[ -]one\b/g, "classifier sentence vector"],
    [/\b(many[ -]to[ -]many|tagging|tagger|tags?|labell?ing|token classification|ner|pos)\b/g, "answer every step many-to-many"],
    [/\b(predict|forecast)\w* .*(next|future|days|steps|horizon|ahead)\b|\bmulti-?step\b/g, "forecast many steps"],
    [/\b(glove|word2vec|fasttext|pretrained (embeddings?|vectors?))\b/g, "pretrained vectors from_pretrained"],
    [/\bbeams?\b/g, "reorder states beam"],
    [/\b(classif\w*|sentiment)\b/g, "one answer whole sequence many-to-one"],
    [/\b(tbptt|truncated)\b/g, "truncated backpropagation detach"],
    [/\bstateful\b/g, "carry state"],
    [/\b(stacked|multi-?layer)\b/g, "num_layers layers"],
    [/\b(loss (is )?(not|stuck|constant|does ?n.t|never)|not (learning|training|converging)|stuck|plateau)\b/g, "flat learn"],
    [/\b(retain_graph|backward twice|second time)\b/g, "backward through the graph a second time"],
    [/\b(variable[- ]length|ragged|different lengths?)\b/g, "lengths packed padding"],
    [/\b(cuda|gpu)\b/g, "device gpu"],
    [/\b(save|load|checkpoint)\b/g, "state_dict"],
    [/\b(keras|tensorflow)\b/g, "gate order"],
    [/\b(init|initiali[sz]ation|xavier|glorot)\b/g, "initialisation initial values"],
    [/\b(slow|speed|faster|fast)\b/g, "slow cost"],
    [/\b(last (hidden|output|time ?step|state))\b/g, "last h_n"],
    [/\b(difference between|vs\.?|versus)\b/g, "difference"],
    [/\bskip connections?\b/g, "residual connection"],
    [/\b(nucleus|top[- ]?p|greedy)\b/g, "top-k sampling"],
    [/\b(eos|end token|stop token)\b/g, "text never ends eos"],
    [/\b(mobile|ios|edge|raspberry)\b/g, "android phone"],
    [/\boutliers?\b/g, "anomaly reconstruction"],
    [/\bmulti-?label\b/g, "several labels"],
    [/\b(multivariate|multi-?output)\b/g, "several variables at once"],
    [/\b(mean|average) pool\w*/g, "average mean"],
    [/\b(episodes?|ppo|reinforcement)\b/g, "rollout done reset"],
    [/\bviterbi\b/g, "crf"],
    [/\b(number|count) of (the )?param\w*/g, "how many parameters is that"],
    [/\b(same|identical|constant) (value|prediction|output|result|class)s?\b|\bmajority class\b/g, "same answer for every input"],
    [/\b(own|custom|my) (lstm|implementation|cell)\b.*\b(differ|result|loss|match|wrong|change|changing)/g, "lstm cell from scratch in code"],
    [/\bdoes ?n.t converge|not converge\b/g, "loss does not fall"],
    [/\b(slower|worse|better) than keras\b|\bkeras same model\b/g, "my keras model trains and the copy does not"],
    [/\b(learnable|trainable)\b/g, "initial state be learned"],
    [/\b(weight tying|tie[_ ]weights?|nhid|emsize)\b/g, "tie the embedding hidden size"],
    [/\b(silly|nonsense) words?\b|\bsampl(e|ing) (the )?(next|alternatives?)/g, "top-k sampling"],
    [/\b(greater|larger) than (1|one)\b/g, "become large"],
    [/\bmax(imum)? over time\b/g, "maximum"],
    [/\bpadding ?= ?.?pre\b/g, "padding in front"],
    [/\bsudden(ly)? nan\b|\bnan (suddenly|loss)\b/g, "NaN first step not finite"],
    [/\bignor\w* (the )?pad\w*/g, "compute a loss over all steps without the padding"],
    [/\bgraphics? cards?\b/g, "gpu"],
    [/\b(sluggish|laggy)\b/g, "slow"],
    [/\b(confidence|uncertainty)\b/g, "prediction interval quantile"],
    [/\bcross[- ]?validation\b/g, "walk-forward validation"],
    [/\b(dims?|dimensions?|axes)\b/g, "shape axis"],
    [/\bhidden( states?)?\b/g, "h_n"],
    [/\bcell states?\b/g, "c_n"],
    [/\bquanti[sz]\w*/g, "8 bits int8"],
    [/\b(scaler|scaling|normali[sz]\w+|standardi[sz]\w+)\b/g, "scale mean normalise"],
    [/\b(imbalanced?|minority|rare class(es)?|recall)\b/g, "class weight"],
  ];
  const COMMON = new Set(("a an and are as at be but by can do does for from get has have how i if in is it"
    + " its me my of on or should so that the then there this to use using was what when where which"
    + " why with you your vs versus lstm nn torch pytorch rnn").split(" "));
  const MINOR = /^(exercises|check|what we have now|what i want to know)\b/i;  // not what one looks for
  // Pages whose sections are errors, found as errors, or else questions.
  const ERRORS = /(16_error_messages|errors_around_it)$/;
  const BOOST = {error: 0.8, symptom: 1.2, entry: 0.85, section: 1.15, page: 1, term: 0.75};
  const SURE = 0.86;  // the share of an error's words, by weight, that must stand in the reader's, in order

  /* Words. A number says something where it has a point, as ln 2 has, or two digits. */
  const words = (text) => (text.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_]*|\d+[a-z]+|\d+\.\d+|\d\d+/gu) || []);
  const parts = (word) => (word.includes("_") ? word.split("_").filter((part) => part.length > 1) : []);
  const IRREGULAR = new Map(Object.entries({tying: "tie", tied: "tie", ties: "tie", frozen: "freeze", fell: "fall",
    chosen: "choose", kept: "keep", written: "write", wrote: "write", learnt: "learn", len: "length"}));
  const stems = new Map();
  /* The same for average and averages, averaging and averaged; for sample and sampling; for pad and padding. */
  const stem = (word) => {
    if (IRREGULAR.has(word)) return IRREGULAR.get(word);
    if (word.length < 4 || /[_\d]/.test(word)) return word;
    let stemmed = stems.get(word);
    if (!stemmed) {
      stemmed = word.replace(/z(e|ing|ed|es|er|ation)(s?)$/, "s$1$2")
        .replace(/if(?:y|ies|ied|ying|iers?|ications?)$/, "if")
        .replace(/^(.{5,}[st])ions?$/, "$1").replace(/^(.{4,}?)ations?$/, "$1").replace(/^(.{3,}?)(?:ies|y)$/, "$1i")
        .replace(/^(.{3,}?)(?:ing|ed|es|er|ers|e|ly)$/, "$1").replace(/^(.{2,}[^s])s$/, "$1")
        .replace(/([^aeiouls])\1$/, "$1");
      stems.set(word, stemmed);
    }
    return stemmed;
  };
  const telling = (text) => [...new Set(words(text).filter((word) => !COMMON.has(word)).map(stem))];

  const TYPES = new Map(Object.entries({float16: "half", float32: "float", float64: "double", int32: "int", int64: "long"}));
  /* Errors: a text without its exception; its words, without numbers and shapes. */
  const bare = (text) => text.replace(/^[\s>`]*[\w.]*(Error|Warning|Exception|Unsupported)\s*:/, " ").trim();
  const spoken = (text) => words(bare(text)
    .replace(/\.\.\.|…/g, " ")).filter((word) => !/^\d/.test(word) && word.length > 1)
    .map((word) => TYPES.get(word) || word);
  const rare = (word) => Math.log(1 + errors.length / (known.get(word) || 1));
  const heavy = (said) => said.reduce((sum, word) => sum + rare(word), 0);
  /* The words of a pattern that a text has in the same order, and not far apart: their weight. */
  const common = ({said: pattern, rare, weight}, said, met) => {
    const room = 1.5 * pattern.length + 2;
    const most = pattern.reduce((sum, word, k) => sum + (met.has(word) ? rare[k] : 0), 0);
    if (most < 0.5 * weight) return 0;  // soon seen
    let best = 0;
    said.forEach((word, start) => {
      if (!pattern.includes(word)) return;
      let last = new Array(pattern.length + 1).fill(0);
      for (const other of said.slice(start, start + room)) {
        const row = [0];
        pattern.forEach((own, k) => row.push(own === other ? last[k] + rare[k] : Math.max(last[k + 1], row[k])));
        last = row;
      }
      best = Math.max(best, last[pattern.length]);
    });
    return best;
  };
  /* The line of a traceback that says what went wrong: the last one that names an exception. */
  const lastError = (text) => {
    const lines = text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
    const named = lines.filter((line) => /^[\w.]*(Error|Warning|Exception|Unsupported)\b.*:/.test(line)
      || /\b\w+Warning: /.test(line));
    const start = named.length ? lines.lastIndexOf(named.at(-1)) : 0;
    return lines.slice(start, start + 4).join(" ").replace(/^.*?\b(\w+Warning: )/, "$1");
  };

  const SHAPES = /[([]\s*-?\d[\d\s.,-]*[)\]]|\b\d+(?:\.\d+)?\b/g;
  /* The advice with the reader's own numbers, where it repeats numbers of the book's example. */
  const withNumbers = (advice, example, text) => {
    const from = example.match(SHAPES) || [], to = text.match(SHAPES) || [];
    if (!from.length || from.length !== to.length) return advice;
    const own = new Map(from.map((shape, k) => [shape, to[k]]));
    // Where the advice tells the book's number from the reader's, each keeps its own.
    const told = [...advice.matchAll(/`[^`]*`/g)].flatMap(([code]) => code.match(SHAPES) || []);
    if (told.some((shape) => to.includes(shape) && !own.has(shape))) return advice;
    return advice.replace(/`[^`]*`/g, (code) => code.replace(SHAPES, (shape) => own.get(shape) || shape));
  };

  const records = [], errors = [];
  const known = new Map();  // a word's count of errors
  const spread = new Map();  // a word's count of records
  const named = new Map();  // a word: the titles, and the phrases that readers ask, with it
  const meant = new Map();  // a synonym's words: what is found for them
  const worths = [];  // what each record is worth
  let index;
  // A rare word says more about what is meant; one that no record has says nothing.
  const weight = (word) => (spread.has(word) ? Math.log(1 + records.length / spread.get(word)) : 0.5);
  const heft = (list) => list.reduce((sum, word) => sum + weight(word), 0);

  /* What records.js holds: the columns of a table, as JSON, in gzip, in base64. */
  const unpacked = async () => {
    const bytes = Uint8Array.from(atob(window.searchRecords), (character) => character.charCodeAt(0));
    const text = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const columns = JSON.parse(await new Response(text).text());
    return columns[0].map((_, row) => columns.map((column) => column[row]));
  };
  /* The place that the records leave out, because its title says it. */
  const ownPlace = (kind, title) => {
    const row = ["error", "symptom", "entry"].includes(kind);
    const id = ((row ? "row " : "") + title.toLowerCase()).replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
    return row ? id.slice(0, 70).replace(/-$/, "") : id;
  };

  const build = async () => {
    const rows = await unpacked(), titles = new Map();
    for (const [page, , , title] of rows) if (!titles.has(page)) titles.set(page, title);
    for (const [id, [page, kind, given, title, excerpt, more, asked, leads]] of rows.entries()) {
      const place = given === 0 ? ownPlace(kind, title) : given;
      // A result has all that a row of the symptoms says: its link is the row's own.
      const link = (kind !== "entry" && leads) || `${page}.html${place && "#"}${place}`;
      const of = titles.get(link.replace(/\.html.*/, ""));
      records.push({id, kind, page, place, title, excerpt, more, asked, link, of});
    }
    for (const record of records.filter(({kind}) => kind === "error")) {
      const said = spoken(record.title);
      errors.push({record, said, met: new Set(said), text: bare(record.title.slice(1, -1))});
    }
    for (const {met} of errors) for (const word of met) known.set(word, (known.get(word) || 0) + 1);
    for (const error of errors) {
      error.own = ownWords(error);
      error.rare = error.said.map(rare);
      error.weight = heavy(error.said);
    }
    for (const {title, excerpt, more, asked} of records) {
      const all = words(`${title} ${excerpt} ${more} ${asked}`).flatMap((word) => [word, ...parts(word)]);
      for (const word of new Set(all.map(stem))) spread.set(word, (spread.get(word) || 0) + 1);
    }
    index = new MiniSearch({
      fields: ["title", "asked", "excerpt", "more", "of"],
      tokenize: words,
      // `hidden_size` in a title is not about everything that is hidden.
      processTerm: (word, field) => (COMMON.has(word) ? null
        : (field === "title" || field === "of" ? [word] : [word, ...parts(word)]).map(stem)),
      searchOptions: {
        boost: {title: 5, asked: 2, excerpt: 1.5, more: 1, of: 0.8},
        fuzzy: (term) => (term.length > 4 && !spread.has(term) ? 0.25 : false),
        prefix: (term) => term.length > 2,
        weights: {fuzzy: 0.5, prefix: 0.15},
      },
    });
    index.addAll(records);
    worths.push(...records.map(worth));
    for (const {id, title, asked} of records) {
      const before = title.includes(":") ? [title.split(":")[0]] : [];
      const all = [title, ...before, ...asked.split(";")];
      for (const [k, said] of all.map(telling).entries()) {
        const name = {id, weight: heft(said), asked: k > before.length};
        for (const word of said) {
          if (!named.has(word)) named.set(word, []);
          named.get(word).push(name);
        }
      }
    }
  };

  /* The words that are missing, if they are at most two: a thousand errors are compared with each other. */
  const missing = (said, met) => {
    const found = [];
    for (const word of said) {
      if (!met.has(word)) found.push(word);
      if (found.length > 2) return null;
    }
    return found;
  };
  /* The words in which an error differs from one that has almost the same, and the functions it names:
     with (), or with an underscore. The names of parameters are the reader's own. */
  const ownWords = ({said, met, record}) => {
    const names = [...record.title.matchAll(/\w+(?=\(\))|\w*_\w+/g)].map(([name]) => name.toLowerCase());
    const own = names.filter((name) => said.includes(name) && !/^(weight|bias)_/.test(name));
    for (const other of errors) {
      const here = missing(said, other.met);
      if (here && missing(other.said, met) && said.length > here.length) own.push(...here);
    }
    return [...new Set(own)];
  };
  /* The errors whose words stand in the text, the surest first. */
  const recognised = (text) => {
    const line = lastError(text);
    const whole = bare(line), itself = errors.filter(({text}) => text === whole);
    if (itself.length) return itself.map(({record}) => ({record, sure: true}));
    // What is wrong with which parameter says more than that a file does not fit.
    const detail = line.replace(/^.*Error\(s\) in loading state_dict for [\w.]+:\s*/, "");
    const found = detail && detail !== line ? among(detail) : [];
    return found.some(({sure}) => sure) ? found : among(line);
  };
  /* How two shapes differ, `(2, 3, 20), got [1, 3, 20]`: in their axes, at which places, or in the order. */
  const difference = (text) => {
    const shapes = (text.match(/(?<!\w)[([]\d[\d\s,]*[)\]]/g) || []).map((shape) => shape.match(/\d+/g));
    if (shapes.length !== 2) return "";
    const [one, other] = shapes;
    if (one.length !== other.length) return `${one.length}, ${other.length}`;
    return one.map((size, k) => size === other[k]).join() + ([...one].sort().join() === [...other].sort().join());
  };
  const among = (line) => {
    const said = spoken(line);
    // One word, or a key, is an error only if it is all of a text that is known.
    const able = said.length > 1 ? errors.filter(({record: {title}}) => !title.startsWith("`KeyError")) : [];
    const differs = difference(line);  // the same numbers say most, then shapes that differ as these do
    const same = ({record: {title}}) => (title.includes(line) ? 2 : Number(differs !== "" && difference(title) === differs));
    const whole = heavy(said), met = new Set(said);
    return able.map((error) => {
      const shared = common(error, said, met);
      const sure = shared / error.weight >= SURE && error.own.every((word) => met.has(word));
      return {record: error.record, share: shared / error.weight, part: shared / whole, shared, sure};
    }).filter(({share, part}) => share >= SURE || (said.length > 3 && share > 0.5 && part >= 0.9))
      .sort((a, b) => b.sure - a.sure || (b.share + b.part) * b.shared - (a.share + a.part) * a.shared
        || same(b) - same(a));
  };

  const MET = 0.8;  // how much it matters that a record has all words of the query
  const ASKED = 1;  // how much it matters that a phrase of readers is the query
  const ALIKE = 6;  // how much it matters that a title, or a phrase of readers, is the query
  const MORE = 0.6;  // what a synonym counts beside the query
  /* How much a title of each record, or a phrase that readers ask for it, is the query: 1 if they have
     the same words. */
  const alike = (...queries) => {
    const titles = new Map(), phrases = new Map();
    for (const own of queries) {
      const shared = new Map(), whole = heft(own);
      for (const word of own) {
        const tells = weight(word);
        for (const name of named.get(word) || []) shared.set(name, (shared.get(name) || 0) + tells);
      }
      for (const [{id, weight, asked}, sum] of shared) {
        const best = asked ? phrases : titles;
        best.set(id, Math.max(best.get(id) || 0, 2 * sum / (whole + weight)));
      }
    }
    return {titles, phrases};
  };

  /* What a record is worth as an answer, whatever was asked. */
  const worth = ({kind, title, page}) => BOOST[kind] * (MINOR.test(title) ? 0.4 : 1)
    * (page === "reference/api" ? 0.6 : 1)
    * (kind === "section" && ERRORS.test(page) && !title.endsWith("?") ? 0.5 : 1);

  const find = (query) => {
    const errors = recognised(query), typed = words(query), small = query.toLowerCase();
    // "proj size" also means proj_size, and "data loader" dataloader.
    const joined = typed.slice(1).flatMap((word, k) => [`${typed[k]}_${word}`, stem(typed[k] + word)])
      .filter((word) => spread.has(word));
    const told = telling(query);
    const said = told.length ? told : [...new Set(typed.map(stem))], own = [...new Set([...said, ...joined])];
    const whole = heft(own) || 1, {titles, phrases} = alike(said, own), score = new Map();
    const weights = own.map(weight);
    for (const {id, score: points, queryTerms} of index.search([query, ...joined].join(" "))) {
      const met = own.reduce((sum, word, k) => sum + (queryTerms.includes(word) ? weights[k] : 0), 0);
      const like = Math.max(titles.get(id) || 0, phrases.get(id) || 0);
      score.set(id, points * (1 - MET + MET * (met / whole) ** 2) * (1 + ALIKE * like ** 2) * worths[id]);
    }
    const most = Math.max(0, ...score.values());
    for (const [id, like] of phrases) score.set(id, (score.get(id) || 0) + ASKED * most * like ** 12);  // almost the same words
    for (const [said, ours] of SYNONYMS) {
      if (small.search(said) < 0) continue;
      if (!meant.has(ours)) meant.set(ours, index.search(ours));
      for (const {id, score: points} of meant.get(ours)) {
        score.set(id, (score.get(id) || 0) + MORE * points * worths[id]);
      }
    }
    const first = errors.map(({record}) => record.id);
    const rest = [...score].sort(([, a], [, b]) => b - a).map(([id]) => id);
    // One result for each place: a row and the section that it leads to are one answer.
    const places = new Map();
    for (const record of [...first, ...rest].map((id) => records[id])) {
      if (!places.has(record.link)) places.set(record.link, record);
    }
    return [...places.values()];
  };

  /* The row for a pasted error, its advice with the reader's numbers; null if it is not known. */
  const advise = (text) => {
    const [best] = recognised(text).filter(({sure}) => sure);
    if (!best) return null;
    const {record} = best;
    return {...record, excerpt: withNumbers(record.excerpt, record.title, lastError(text))};
  };

  return {build, find, advise, lastError, numbered: withNumbers, records};
})();
