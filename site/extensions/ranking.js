/* How the site's search ranks, in place of the Scorer of Sphinx's searchtools.js, into which this is
   written. Sphinx gives all pages that hold the words the same score and sorts them by title. Here a
   page whose heading asks about the words comes before one that mentions them, and the result leads
   to that heading. */
var Scorer = {
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,

  /* item: [docname, title, anchor, descr, score, filename] */
  score: (item) => {
    const [page, , anchor, description, score] = item;
    if (anchor || description) return score;  // a heading or an object that was found by name
    const words = Scorer.words(new URLSearchParams(location.search).get("q") || "");
    let best = 0;
    for (const [title, id] of Scorer.headings(page)) {
      const heading = Scorer.words(title);
      const matches = [...words].filter((word) => heading.has(word)).length;
      if (!matches) continue;
      // How much of the query the heading has, then how little else.
      const share = matches / words.size;
      const value = share * (20 + 5 * matches / heading.size);
      if (value > best) {
        best = value;
        if (id && share >= 0.5) {
          item[1] = `${Search._index.titles[Search._index.docnames.indexOf(page)]} > ${title}`;
          item[2] = "#" + id;
        }
      }
    }
    return score + best;
  },

  words: (text) => {
    const stemmer = new Stemmer();
    const all = splitQuery(text.toLowerCase()).filter((word) => stopwords.indexOf(word) === -1);
    return new Set(all.map((word) => stemmer.stemWord(word)));
  },

  headings: (page) => {
    const number = Search._index.docnames.indexOf(page), sections = [];
    for (const [title, places] of Object.entries(Search._index.alltitles))
      for (const [file, id] of places) if (file === number) sections.push([title, id]);
    return sections;
  },
};
