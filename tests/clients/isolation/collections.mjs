// Two public test collections, each prepared for one tenant: canary words in all that a document has, the questions,
// and which documents answer them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const SCIFACT = 'beir/scifact';
const XQUAD = 'xquad/xquad.en.json';

/** The folder of the collections below the project `root`, or wherever BAILIWICK_SHARED says. */
export const dataFolder = (root) => join(process.env.BAILIWICK_SHARED ?? join(root, '../shared'), 'data');

/** The collections that are not in `folder`, by path. */
export function absentFrom(folder) {
  return [SCIFACT, XQUAD].map((path) => join(folder, path)).filter((path) => !existsSync(path));
}

/**
 * Rows for `corpus add`, with the canaries planted: every sentence ends with one, so that each passage and each quote
 * carries it, and title, id and metadata have one of their own.
 */
function plant(documents, canaries) {
  return documents.map(({ id, title, text }) => ({
    _id: `${canaries.id}-${id}`,
    title: `${title} ${canaries.title}`.trim(),
    text: `${text.replaceAll('. ', ` ${canaries.text}. `)} ${canaries.text}`,
    metadata: { origin: canaries.metadata },
  }));
}

const linesOf = (text) => text.split('\n').filter(Boolean);

/** SciFact: 5,183 abstracts, and 300 claims with the abstracts that speak to each. */
export function readSciFact(folder, canaries) {
  const file = (name) => readFileSync(join(folder, SCIFACT, name));
  const documents = linesOf(gunzipSync(file('corpus.jsonl.gz')).toString())
    .map((line) => JSON.parse(line))
    .map((row) => ({ id: row._id, title: row.title, text: row.text }));
  const relevant = new Map();
  for (const line of linesOf(file('qrels/test.tsv').toString()).slice(1)) {
    const [query, document, grade] = line.trim().split('\t');
    if (!relevant.has(query)) relevant.set(query, new Map());
    relevant.get(query).set(`${canaries.id}-${document}`, Number(grade));
  }
  const questions = linesOf(file('queries.jsonl').toString())
    .map((line) => JSON.parse(line))
    .filter((row) => relevant.has(row._id))
    .map((row) => ({ text: row.text, relevant: relevant.get(row._id) }));
  return { rows: plant(documents, canaries), questions };
}

/** XQuAD in English: 240 paragraphs, and 1,190 questions, each answered by the paragraph that it was asked about. */
export function readXquad(folder, canaries) {
  const articles = JSON.parse(readFileSync(join(folder, XQUAD), 'utf8')).data;
  const documents = [];
  const questions = [];
  for (const { title, paragraphs } of articles) {
    for (const [number, { context, qas }] of paragraphs.entries()) {
      const id = `${title}-${number}`;
      documents.push({ id, title: title.replaceAll('_', ' '), text: context });
      const relevant = new Map([[`${canaries.id}-${id}`, 1]]);
      for (const { question } of qas) questions.push({ text: question, relevant });
    }
  }
  return { rows: plant(documents, canaries), questions };
}

const gain = (grade, rank) => grade / Math.log2(rank + 2);
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** nDCG@10 of ranked document ids, best first; `relevant` gives grades by id. */
export function ndcgAt10(ids, relevant) {
  const ideal = [...relevant.values()].sort((a, b) => b - a).slice(0, 10);
  return sum(ids.slice(0, 10).map((id, rank) => gain(relevant.get(id) ?? 0, rank))) / sum(ideal.map(gain));
}

/** The share of the relevant documents that stand among the first ten. */
export function recallAt10(ids, relevant) {
  const first = new Set(ids.slice(0, 10));
  return [...relevant.keys()].filter((id) => first.has(id)).length / relevant.size;
}

export const mean = (numbers) => sum(numbers) / numbers.length;
