// The context of one request: the condition keys that policies ask for. Keys are compared without regard to case.
//
// Most policies never ask, so nothing is computed before the first question.

/** One value, or the values of a multivalued key. Numbers, dates and booleans are written as text. */
export type ContextValue = string | readonly string[];
export type ContextRecord = Readonly<Record<string, ContextValue | undefined>> & {
  readonly [whenMissing]?: ((key: string) => void) | undefined;
};

/**
 * Is told of each key that a policy asks for and the record does not have, in lower case: who would have to look values
 * up to know them can do so when they are asked for, and decide again.
 */
export const whenMissing: unique symbol = Symbol('whenMissing');

export class RequestContext {
  readonly #source: ContextRecord | (() => ContextRecord) | undefined;
  #values: ReadonlyMap<string, readonly string[]> | undefined;
  #whenMissing: ((key: string) => void) | undefined;

  constructor(source?: ContextRecord | (() => ContextRecord)) {
    this.#source = source;
  }

  /** All values of a key, given in lower case; undefined when the request does not have it. */
  valuesOf(key: string): readonly string[] | undefined {
    this.#values ??= this.#indexed();
    const values = this.#values.get(key);
    if (values === undefined) this.#whenMissing?.(key);
    return values;
  }

  /** What a policy variable stands for: undefined for a missing key and for one with several values, as in AWS. */
  variable(key: string): string | undefined {
    const values = this.valuesOf(key);
    return values?.length === 1 ? values[0] : undefined;
  }

  #indexed(): ReadonlyMap<string, readonly string[]> {
    const record = typeof this.#source === 'function' ? this.#source() : this.#source;
    this.#whenMissing = record?.[whenMissing];
    const values = new Map<string, readonly string[]>();
    for (const [key, value] of Object.entries(record ?? {})) {
      if (typeof value === 'string') values.set(key.toLowerCase(), [value]);
      else if (value !== undefined && value.length > 0) values.set(key.toLowerCase(), value);
    }
    return values;
  }
}
