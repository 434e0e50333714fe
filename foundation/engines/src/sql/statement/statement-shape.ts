// The shape of a statement: everything that its builder asks of Kysely, written down without Kysely.
//
// A builder gets stand-ins for the database and the expression builders. They take every call, answer with another
// stand-in and note what was asked, so two builders have one shape exactly when Kysely was asked for one text:
// constants that a builder takes from its surroundings are in it, as they are in the text. That is what makes it safe to
// keep texts in a file (known-statements.ts): a statement that has changed is not found there any more.
//
//   (db, p) => db.selectFrom('user').select(['id']).where('name', '=', p.name)
//   db.selectFrom("user").select(["id"]).where("name","=",:name text)

import assert from 'node:assert/strict';
import { ParameterMarker } from './parameters.ts';
import type { StatementSource } from './statement.ts';

/** The shape as a text; undefined for a builder that wants to know more of Kysely than its methods. */
export function shapeOf({ spec, build }: StatementSource): string | undefined {
  const markers = Object.entries(spec).map(([name, type]) => [name, new ParameterMarker(name, type)]);
  const scribe = new Scribe();
  try {
    return scribe.describe(build(scribe.standIn('db') as never, Object.fromEntries(markers) as never));
  } catch {
    return undefined;
  }
}

/** The property by which a stand-in gives away what it stands for. */
const noted = Symbol('noted');

class Scribe {
  #builders = 0;

  standIn(text: string): unknown {
    return new Proxy(() => {}, {
      get: (_, property) => {
        if (property === noted) return text;
        assert(typeof property === 'string', 'a stand-in has methods only');
        return this.standIn(`${text}.${property}`);
      },
      apply: (_, __, values) =>
        this.standIn(`${text}(${values.map((value) => this.describe(value)).join(',')})`),
    });
  }

  describe(value: unknown): string {
    if (value instanceof ParameterMarker)
      return typeof value.type === 'object'
        ? `:${value.name} ${JSON.stringify(value.type)}`
        : `:${value.name} ${value.type}`;
    if (typeof value === 'function') return this.#describeFunction(value as Described);
    if (Array.isArray(value)) return `[${value.map((item) => this.describe(item)).join(',')}]`;
    if (typeof value === 'object' && value !== null) return this.#describeObject(value);
    assert(typeof value !== 'symbol' && typeof value !== 'bigint', `a statement holds no ${typeof value}`);
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  }

  /** A stand-in, or a callback, which is called with the stand-in of its builder. */
  #describeFunction(value: Described): string {
    const text = value[noted];
    if (text !== undefined) return text;
    assert(value.length <= 1, 'a callback takes its builder and nothing else');
    this.#builders += 1;
    const builder = `b${this.#builders}`;
    return `${builder} => ${this.describe(value(this.standIn(builder)))}`;
  }

  #describeObject(value: object): string {
    assert(Object.getPrototypeOf(value) === Object.prototype, 'a statement holds plain objects only');
    const entries = Object.entries(value).map(
      ([name, item]) => `${JSON.stringify(name)}:${this.describe(item)}`,
    );
    return `{${entries.join(',')}}`;
  }
}

type Described = ((builder: unknown) => unknown) & { readonly [noted]?: string };
