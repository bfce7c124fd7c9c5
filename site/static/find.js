/* What the search finds. Loaded at the first search, with MiniSearch and the records of the pages
   (records.js, written by site/extensions/finder.py). No word of the reader leaves the page. */
window.bookFind = (() => {
  /* What readers call it, and what the book calls it too: both are searched for. */
  const SYNONYMS = [
    [/\b(seq[_ ]?len|seq[_ ]?length|sequence length|time[_ -]?steps?|window size)\b/g, "length steps"],
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
    [/\b(imbalanced?|minority|rare class(es)?|recall)\b/g, "class weight"],
  ];
  const COMMON = new Set(("a an and are as at be but by can do does for from get has have how i if in is it"
    + " its me my of on or should so that the then there this to use using was what when where which"
    + " why with you your lstm nn torch pytorch rnn").split(" "));
  const MINOR = /^(exercises|check|what we have now|what i want to know)\b/i;  // not what one looks for
  // Pages whose sections are errors, found as errors, or else questions.
  const ERRORS = /(16_error_messages|errors_around_it)$/;
  const BOOST = {error: 1, symptom: 1.2, entry: 0.85, section: 1.15, page: 1, term: 0.85};
  const SURE = 0.86;  // the share of an error's words, by weight, that must stand in the reader's, in order

  /* Words. */
  const parts = (word) => (word.includes("_") ? [word, ...word.split("_").filter((w) => w.length > 1)] : [word]);
  const stem = (word) => (word.length < 5 || word.includes("_") ? word
    : word.replace(/z(e|ing|ed|ation)/, "s$1").replace(/(?:ies|y)$/, "i").replace(/(?:ing|ed|es|e|s)$/, ""));
  const words = (text) => (text.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_]*|\d+[a-z]+/gu) || []);
  const telling = (text) => [...new Set(words(text).filter((word) => !COMMON.has(word)).flatMap(parts).map(stem))];

  /* Errors: the words of a text, without exception, numbers and shapes. */
  const spoken = (text) => words(text.replace(/^[\s>`]*[\w.]*(Error|Warning|Exception|Unsupported)\s*:/, " ")
    .replace(/\.\.\.|…/g, " ")).filter((word) => !/^\d/.test(word) && word.length > 1)
    // Which float it is differs from reader to reader; an integer in its place is another mistake.
    .map((word) => word.replace(/^(b?float|double|half)\d*$/, "float").replace(/^(u?int|long|byte)\d*$/, "integer"));
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
    return advice.replace(/`[^`]*`/g, (code) => code.replace(SHAPES, (shape) => own.get(shape) || shape));
  };

  const records = [], errors = [];
  const phrases = [];  // what readers ask, in their words, and the record that answers
  const spread = new Map(), known = new Map();  // a word's count of records, and of errors
  const titles = {};
  let index;

  /* The place that the records' file leaves out, because its title says it. */
  const ownPlace = (kind, title) => {
    const row = ["error", "symptom", "entry"].includes(kind);
    const id = ((row ? "row " : "") + title.toLowerCase()).replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
    return row ? id.slice(0, 70).replace(/-$/, "") : id;
  };
  /* Numbers as what each adds to the one before it. A capital letter ends each. */
  const unpacked = (text) => {
    let number = -1;
    return (text.match(/[0-9a-z]*[A-Z]/g) || []).map((step) =>
      number += 26 * parseInt(step.slice(0, -1) || "0", 36) + step.charCodeAt(step.length - 1) - 65);
  };

  const build = () => {
    const vocabulary = window.searchWords.split(" ");
    for (const [page, rows] of Object.entries(window.searchRecords)) {
      titles[page] = rows.length ? rows[0][1] : page;
      for (const [number, title, given, excerpt = "", numbers = "", asked = "", leads] of rows) {
        const kind = window.searchKinds[number], place = given === 0 ? ownPlace(kind, title) : given;
        const more = unpacked(numbers).map((word) => vocabulary[word]).join(" ");
        const record = {id: records.length, kind, page, place, title, excerpt, more, asked, leads, of: titles[page]};
        records.push(record);
        for (const said of asked.split(";").map(telling)) if (said.length) phrases.push({id: record.id, said});
        for (const word of new Set(words(`${title} ${excerpt} ${more} ${asked}`).map(stem))) {
          spread.set(word, (spread.get(word) || 0) + 1);
        }
        if (kind === "error") errors.push({record, said: spoken(title)});
      }
    }
    for (const record of records) {
      const to = records[record.leads];  // a record's number, or an address
      if (to) record.leads = `${to.page}.html#${to.place}`;
    }
    for (const {said} of errors) for (const word of new Set(said)) known.set(word, (known.get(word) || 0) + 1);
    for (const error of errors) {
      error.rare = error.said.map(rare);
      error.weight = heavy(error.said);
    }
    index = new MiniSearch({
      fields: ["title", "of", "excerpt", "more", "asked"],
      tokenize: words,
      // `hidden_size` in a title is not about everything that is hidden.
      processTerm: (word, field) => (COMMON.has(word) ? null
        : (field === "title" || field === "of" ? [word] : parts(word)).map(stem)),
      searchOptions: {
        boost: {title: 5, asked: 5, of: 1.5, excerpt: 2, more: 1},
        boostDocument: (id) => BOOST[records[id].kind] * (MINOR.test(records[id].title) ? 0.4 : 1)
          * (records[id].kind === "section" && ERRORS.test(records[id].page)
            && !records[id].title.endsWith("?") ? 0.5 : 1)
          * (records[id].page === "reference/api" ? 0.6 : 1),
        fuzzy: (term) => (term.length > 4 ? 0.2 : false),
        prefix: (term) => term.length > 2,
        weights: {fuzzy: 0.3, prefix: 0.5},
      },
    });
    index.addAll(records);
  };

  /* The errors whose words stand in the text, the surest first. */
  const recognised = (text) => {
    const line = lastError(text), said = spoken(line);
    if (said.length < 2) return [];
    const same = ({record}) => Number(record.title.includes(line));  // the same numbers, too
    const whole = heavy(said), met = new Set(said);
    return errors.map((error) => {
      const shared = common(error, said, met);
      return {record: error.record, share: shared / error.weight, part: shared / whole, shared};
    }).filter(({share, part}) => share >= SURE || (said.length > 3 && share > 0.5 && part >= 0.9))
      .sort((a, b) => (b.share + b.part) * b.shared - (a.share + a.part) * a.shared || same(b) - same(a));
  };

  /* A title that is the query, or the query and a colon, is meant; one that begins with it, perhaps. */
  const beginning = ({title, kind}, query) => {
    const asked = words(query).join(" "), all = words(title).join(" "), named = words(title.split(":")[0]).join(" ");
    if (asked === all || (asked === named && /:/.test(title))) return 3;
    return all.startsWith(asked + " ") ? (kind === "section" ? 1.8 : 1.4) : 1;
  };

  // A rare word says more about what is meant; one that no record has says nothing.
  const weight = (word) => (spread.has(word) ? Math.log(1 + records.length / spread.get(word)) : 0.5);

  const find = (query) => {
    const errors = recognised(query);
    const more = SYNONYMS.filter(([said]) => query.search(said) >= 0).map(([, ours]) => ours).join(" ");
    // "proj size" also means proj_size.
    const said = words(query), joined = said.slice(1).map((word, k) => `${said[k]}_${word}`);
    const asked = [query, ...joined.filter((word) => spread.has(word))].join(" ");
    const own = telling(query);
    const heft = (list) => list.reduce((sum, word) => sum + weight(word), 0);
    const whole = heft(own) || 1;
    const scored = index.search(asked).map((hit) => {
      const met = heft(own.filter((word) => hit.queryTerms.includes(word)));
      return [hit.id, hit.score * (0.2 + 0.8 * (met / whole) ** 2) * beginning(records[hit.id], query)];
    });
    const score = new Map(scored);
    if (more) for (const hit of index.search(more)) {
      score.set(hit.id, (score.get(hit.id) || 0) + 0.35 * hit.score);
    }
    // A phrase that the query has whole: the more of the query it is, the surer.
    const best = Math.max(...score.values());
    for (const {id, said} of phrases) {
      if (score.has(id) && said.every((word) => own.includes(word))) {
        score.set(id, score.get(id) + best * (heft(said) / whole) ** 2);
      }
    }
    const first = errors.map(({record}) => record.id);
    const rest = [...score.keys()].sort((a, b) => score.get(b) - score.get(a));
    return [...new Set([...first, ...rest])].map((id) => records[id]);
  };

  /* The row for a pasted error, its advice with the reader's numbers; null if it is not known. */
  const advise = (text) => {
    const [best] = recognised(text).filter(({share}) => share >= SURE);
    if (!best) return null;
    const {record} = best;
    return {...record, excerpt: withNumbers(record.excerpt, record.title, lastError(text))};
  };

  return {build, find, advise, lastError, numbered: withNumbers, records};
})();
