// What of one tenant must never reach another: its canary words, and any FRAGMENT bytes in a row of its documents.

/** The shortest run of a document's bytes that counts as a leak; phrases of English are shorter. */
export const FRAGMENT = 44;
// Wherever a run of FRAGMENT bytes begins in a document, it holds one whole block.
const BLOCK = FRAGMENT / 2;
const BASE = 0x01000193;
const TOP = Array.from({ length: BLOCK - 1 }).reduce((power) => Math.imul(power, BASE), 1);

const roll = (hash, leaving, entering) => (Math.imul(hash - Math.imul(leaving, TOP), BASE) + entering) | 0;

/** The first block of `bytes` from `at`, as roll() would have it. */
function hashOf(bytes, at) {
  let hash = 0;
  for (let i = at; i < at + BLOCK; i += 1) hash = (Math.imul(hash, BASE) + bytes[i]) | 0;
  return hash;
}

/** Finds bytes of many texts in other texts: blocks by hash, hits confirmed byte by byte. */
class Fragments {
  #bytes;
  #shift; // what makes a slot of a hash
  #first; // a block by slot
  #next; // the next block of the same slot, by block

  constructor(texts) {
    this.#bytes = Buffer.from(texts.join('\0')); // no answer holds a NUL, so no run goes from text to text
    const blocks = Math.floor(this.#bytes.length / BLOCK);
    const bits = Math.ceil(Math.log2(blocks + 1)) + 3; // mostly empty, and small enough for a cache
    this.#shift = 32 - bits;
    this.#first = new Int32Array(1 << bits).fill(-1);
    this.#next = new Int32Array(blocks);
    for (let block = 0; block < blocks; block += 1) {
      const slot = this.#slotOf(hashOf(this.#bytes, block * BLOCK));
      this.#next[block] = this.#first[slot];
      this.#first[slot] = block;
    }
  }

  /** The first FRAGMENT bytes in a row of `text` that stand in one of ours; undefined when there are none. */
  find(text) {
    const seen = Buffer.from(text);
    if (seen.length < FRAGMENT) return undefined;
    let hash = hashOf(seen, 0);
    for (let at = 0; ; at += 1) {
      for (let block = this.#first[this.#slotOf(hash)]; block >= 0; block = this.#next[block]) {
        const run = this.#runAround(seen, at, block * BLOCK);
        if (run) return run;
      }
      if (at + BLOCK >= seen.length) return undefined;
      hash = roll(hash, seen[at], seen[at + BLOCK]);
    }
  }

  #slotOf(hash) {
    return Math.imul(hash, 0x9e3779b1) >>> this.#shift;
  }

  /** FRAGMENT equal bytes around seen[at] and our own bytes from `home`; undefined when fewer are equal. */
  #runAround(seen, at, home) {
    let start = 0;
    while (start > -BLOCK && at + start > 0 && home + start > 0
      && seen[at + start - 1] === this.#bytes[home + start - 1]) start -= 1;
    let end = start;
    while (end < start + FRAGMENT && at + end < seen.length && seen[at + end] === this.#bytes[home + end]) end += 1;
    return end === start + FRAGMENT ? seen.toString('utf8', at + start, at + end) : undefined;
  }
}

export class Secrets {
  #words;
  #fragments;

  /** `words` are plain letters and stand nowhere but with the owner; `texts` are its documents. */
  constructor(owner, words, texts) {
    this.owner = owner;
    this.#words = new RegExp(words.join('|'), 'i');
    this.#fragments = new Fragments(texts);
  }

  /** What `text` gives away of the owner, as sentences; empty when it gives nothing away. */
  foundIn(text) {
    const found = [];
    const word = this.#words.exec(text);
    if (word) found.push(`the word ${word[0]} of ${this.owner}`);
    const fragment = this.#fragments.find(text);
    if (fragment) found.push(`words of ${this.owner}: ${JSON.stringify(fragment)}`);
    return found;
  }
}
