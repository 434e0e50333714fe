// What was run and how long the rest takes: by what the same program took before on the same corpus, else by what a quiet
// machine of 2026 took, times how much slower this one was so far.

/** Of one program on a corpus of full size, on average: what README.md says of a round, by its programs. */
const usualSeconds: Readonly<Record<string, number>> = {
  ...{ mixed: 12, small: 25, incompressible: 5, insertions: 10, edits: 10 },
};

export type Turn = { readonly corpus: string; readonly tool: string; readonly n: number };

export class Progress {
  readonly #rounds: number;
  readonly #print: (line: string) => void;
  /** Turns that are still to come, by corpus and program. */
  readonly #left = new Map<string, { readonly corpus: string; count: number }>();
  readonly #taken = new Map<string, number[]>();

  constructor(rounds: number, print: (line: string) => void) {
    this.#rounds = rounds;
    this.#print = print;
  }

  expect(corpus: string, tool: string): void {
    this.#left.set(`${corpus} ${tool}`, { corpus, count: this.#rounds });
  }

  done({ corpus, tool, n }: Turn, milliseconds: number): void {
    const key = `${corpus} ${tool}`;
    this.#left.get(key)!.count -= 1;
    const taken = this.#taken.get(key) ?? [];
    this.#taken.set(key, [...taken, milliseconds / 1000]);
    const seconds = Math.round(milliseconds / 1000);
    const left = Math.ceil(this.secondsLeft() / 60);
    this.#print(
      `${corpus}, round ${n + 1} of ${this.#rounds}: ${tool} took ${seconds} s; about ${left} min of rounds left`,
    );
  }

  /** Of a program that is not installed. */
  leaveOut({ corpus, tool }: Turn): void {
    this.#left.delete(`${corpus} ${tool}`);
  }

  secondsLeft(): number {
    const slowness = this.#slowness();
    const secondsOf = (key: string, corpus: string) => {
      const taken = this.#taken.get(key);
      return taken === undefined ? usualSeconds[corpus]! * slowness : sum(taken) / taken.length;
    };
    return sum([...this.#left].map(([key, { corpus, count }]) => count * secondsOf(key, corpus)));
  }

  #slowness(): number {
    const usual = sum(
      [...this.#taken].map(([key, taken]) => taken.length * usualSeconds[this.#left.get(key)!.corpus]!),
    );
    return usual === 0 ? 1 : sum([...this.#taken.values()].flat()) / usual;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
