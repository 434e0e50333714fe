// The parameters of a call, taken one by one: what is missing or of another form is said as AWS says it.

import { pageItemsDefault, pageItemsMax } from '../limits.ts';
import { QueryError } from './query-error.ts';
import type { Element } from './xml.ts';

/** What AWS has and identity has not: named, so that nobody believes it was heeded. */
const unsupported =
  /^(?:Tags|PolicyArns|ProvidedContexts|TransitiveTagKeys)\.|^(?:PermissionsBoundary|ProviderId|SerialNumber|TokenCode|SourceIdentity)$/;

export class Parameters {
  readonly #values: ReadonlyMap<string, string>;

  /** Throws ValidationError for what identity does not have. */
  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
    for (const name of values.keys())
      if (unsupported.test(name)) throw invalid(`The parameter ${name} is not supported.`);
  }

  optional(name: string): string | undefined {
    return this.#values.get(name);
  }

  required(name: string): string {
    const value = this.#values.get(name);
    if (value !== undefined && value !== '') return value;
    throw invalid(`The request must contain the parameter ${name}.`);
  }

  /** `NAME.member.1`, `NAME.member.2` and so on, by number; none when there are none, as the empty list is written. */
  list(name: string): readonly string[] {
    const items: [number: number, value: string][] = [];
    for (const [parameter, value] of this.#values) {
      if (!parameter.startsWith(`${name}.member.`)) continue;
      const number = /^[1-9]\d{0,5}$/.exec(parameter.slice(`${name}.member.`.length))?.[0];
      if (number === undefined)
        throw invalid(`The parameter ${parameter.slice(0, 256)} has no number of an item.`);
      items.push([Number(number), value]);
    }
    return items.sort(([a], [b]) => a - b).map(([, value]) => value);
  }

  integer(name: string): number | undefined {
    const text = this.#values.get(name);
    if (text === undefined) return undefined;
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw invalid(`The parameter ${name} must be an integer, not ${JSON.stringify(text.slice(0, 64))}.`);
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.#values.get(name);
    const choice = choices.find((each) => each === text);
    if (text === undefined || choice !== undefined) return choice;
    throw invalid(`The parameter ${name} must be one of ${choices.join(', ')}.`);
  }

  /** `Marker` and `MaxItems`. */
  page(): { after: string | undefined; limit: number } {
    const limit = this.integer('MaxItems') ?? pageItemsDefault;
    if (limit < 1 || limit > pageItemsMax) throw invalid(`MaxItems is 1 to ${pageItemsMax}, not ${limit}.`);
    return { after: this.#values.get('Marker'), limit };
  }

  /** The page that is asked for of a listing that is there as a whole; it stays in its order. */
  pageOf<Item>(
    items: readonly Item[],
    nameOf: (item: Item) => string,
  ): { items: readonly Item[]; next?: string } {
    const { after, limit } = this.page();
    const from = after === undefined ? 0 : items.findIndex((item) => nameOf(item) === after) + 1;
    const shown = items.slice(from, from + limit);
    return from + limit < items.length ? { items: shown, next: nameOf(shown.at(-1)!) } : { items: shown };
  }
}

/** What ends every listing. */
export function pageEnd({ next }: { next?: string }): readonly Element[] {
  return [
    ['IsTruncated', next !== undefined],
    ['Marker', next],
  ];
}

function invalid(message: string): QueryError {
  return new QueryError('ValidationError', message);
}
