// A regular expression that whole names of topics are held against, in time linear in the name: a Thompson automaton whose
// sets of states become a deterministic one as names need them. https://swtch.com/~rsc/regexp/regexp1.html

import { asciiSize, type CharacterSet, InvalidRegexError, type Pattern, parseRegex } from './parse-regex.ts';

/** RE2 bounds what an expression becomes too. */
const statesMax = 5_000;
/** Parts that are compiled, each as often as it is repeated: one that matches nothing takes time, and no state. */
const compiledMax = 10 * statesMax;
const charactersMax = 2_000;
/** Of all names that an expression is held against at once: half a second. */
export const matchingWorkMax = 10_000_000;
/** Of the deterministic automaton: beyond, it is made anew. */
const stepsMax = 200;

type State =
  | { readonly kind: 'set'; readonly set: CharacterSet; readonly next: number }
  | { readonly kind: 'start' | 'end'; readonly next: number }
  | { readonly kind: 'split'; readonly next: number[] }
  | { readonly kind: 'match' };

/** Where the automaton may be after some characters. */
type Step = {
  readonly states: readonly number[];
  readonly matchesAtEnd: boolean;
  readonly next: (Step | undefined)[];
};

export class TopicRegex {
  readonly #states: State[] = [{ kind: 'match' }];
  readonly #steps = new Map<string, Step>();
  readonly #first: readonly number[];
  #compiled = 0;
  #work = 0;

  /** Throws InvalidRegexError. */
  constructor(text: string) {
    if (text.length > charactersMax)
      throw new InvalidRegexError(`is longer than ${charactersMax} characters`);
    const start = this.#compile(parseRegex(text), 0);
    this.#first = this.#closure([start], { atStart: true, atEnd: false });
  }

  /** States that were looked at until now: about 50 ns each. What one name made known of the automaton the next has for nothing. */
  get work(): number {
    return this.#work;
  }

  matches(name: string): boolean {
    let step = this.#step(this.#first);
    for (let at = 0; at < name.length; at++) {
      const code = name.charCodeAt(at);
      if (code >= asciiSize || step.states.length === 0) return false;
      step = step.next[code] ??= this.#after(step, code);
    }
    return name === '' ? this.#matchesNothing() : step.matchesAtEnd;
  }

  #matchesNothing(): boolean {
    return this.#closure(this.#first, { atStart: true, atEnd: true }).includes(0);
  }

  #after(step: Step, code: number): Step {
    this.#work += step.states.length;
    const reached = step.states.flatMap((id) => {
      const state = this.#states[id]!;
      return state.kind === 'set' && state.set[code] ? [state.next] : [];
    });
    return this.#step(this.#closure(reached, { atStart: false, atEnd: false }));
  }

  #step(states: readonly number[]): Step {
    const key = states.join();
    const known = this.#steps.get(key);
    if (known !== undefined) return known;
    if (this.#steps.size >= stepsMax) this.#steps.clear();
    const matchesAtEnd = this.#closure(states, { atStart: false, atEnd: true }).includes(0);
    const step: Step = { states, matchesAtEnd, next: new Array<Step | undefined>(asciiSize) };
    this.#steps.set(key, step);
    return step;
  }

  /** All states that are reached without a character, sorted. */
  #closure(from: readonly number[], { atStart, atEnd }: { atStart: boolean; atEnd: boolean }): number[] {
    const seen = new Set(from);
    this.#work += from.length;
    for (const id of seen) {
      this.#work += 1;
      const state = this.#states[id]!;
      if (state.kind === 'split') for (const next of state.next) seen.add(next);
      else if (state.kind === 'start' && atStart) seen.add(state.next);
      else if (state.kind === 'end' && atEnd) seen.add(state.next);
    }
    return [...seen].sort((a, b) => a - b);
  }

  /** Adds the states of a pattern that go on at `next`; gives the one where they begin. */
  #compile(pattern: Pattern, next: number): number {
    if (++this.#compiled > compiledMax) throw new InvalidRegexError('is too large');
    switch (pattern.kind) {
      case 'set':
        return this.#add({ kind: 'set', set: pattern.set, next });
      case 'start':
      case 'end':
        return this.#add({ kind: pattern.kind, next });
      case 'sequence':
        return pattern.parts.reduceRight((after, part) => this.#compile(part, after), next);
      case 'alternatives':
        return this.#add({ kind: 'split', next: pattern.parts.map((part) => this.#compile(part, next)) });
      case 'repeat':
        return this.#repeat(pattern, next);
    }
  }

  #repeat({ part, min, max }: Pattern & { kind: 'repeat' }, next: number): number {
    let start = next;
    if (max === Number.POSITIVE_INFINITY) {
      const choices = [next];
      start = this.#add({ kind: 'split', next: choices });
      choices.push(this.#compile(part, start));
    } else
      for (let optional = min; optional < max; optional++)
        start = this.#add({ kind: 'split', next: [this.#compile(part, start), next] });
    for (let copy = 0; copy < min; copy++) start = this.#compile(part, start);
    return start;
  }

  #add(state: State): number {
    if (this.#states.length >= statesMax) throw new InvalidRegexError('is too large');
    return this.#states.push(state) - 1;
  }
}
