// What was used lately, in bounded weight: LRU, approximated by two generations as in hashlru, since an exact order would
// cost every hit a write. What is found in the old one is young again, and when the young one is full it becomes the old
// one. So what is used again and again outlives a scan of everything else.

export class Generations<Key, Value> {
  readonly #weightOf: (value: Value) => number;
  readonly #youngMax: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();
  #youngWeight = 0;
  #oldWeight = 0;

  /** `weightMax` is of both together. No value is `undefined`. */
  constructor(options: { readonly weightMax: number; readonly weightOf: (value: Value) => number }) {
    this.#weightOf = options.weightOf;
    this.#youngMax = options.weightMax / 2;
  }

  get weight(): number {
    return this.#youngWeight + this.#oldWeight;
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.set(key, old);
    return old;
  }

  /** One that is heavier than half of all is not kept. */
  set(key: Key, value: Value): void {
    this.delete(key);
    const weight = this.#weightOf(value);
    if (weight > this.#youngMax) return;
    if (this.#youngWeight + weight > this.#youngMax) this.#age();
    this.#young.set(key, value);
    this.#youngWeight += weight;
  }

  delete(key: Key): void {
    const young = this.#young.get(key);
    if (young !== undefined) {
      this.#young.delete(key);
      this.#youngWeight -= this.#weightOf(young);
    }
    const old = this.#old.get(key);
    if (old === undefined) return;
    this.#old.delete(key);
    this.#oldWeight -= this.#weightOf(old);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#youngWeight = 0;
    this.#oldWeight = 0;
  }

  #age(): void {
    this.#old = this.#young;
    this.#oldWeight = this.#youngWeight;
    this.#young = new Map();
    this.#youngWeight = 0;
  }
}
