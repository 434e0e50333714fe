// The input of an operation, as both protocols give it: members by name, read one by one with what they have to be. In the
// query protocol numbers are text.

import { QueueError } from '../queues/queue-error.ts';

export type InputMembers = Readonly<Record<string, unknown>>;

export class Input {
  readonly #members: InputMembers;

  constructor(members: InputMembers) {
    this.#members = members;
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined;
  }

  text(name: string): string | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === 'string') return value;
    throw malformed(name, 'text');
  }

  required(name: string): string {
    const value = this.text(name);
    if (value !== undefined && value !== '') return value;
    throw new QueueError('MissingParameter', `The request must contain the parameter ${name}.`);
  }

  /** Throws QueueError InvalidParameterValue outside its bounds. */
  integer(name: string, { min, max }: { min: number; max: number }): number | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    const isText = typeof value === 'string' && /^-?\d{1,15}$/.test(value);
    if (!isText && !Number.isSafeInteger(value)) throw malformed(name, 'a whole number');
    const number = Number(value);
    if (number >= min && number <= max) return number;
    throw new QueueError(
      'InvalidParameterValue',
      `Value ${number} for parameter ${name} is invalid. Reason: Must be >= ${min} and <= ${max}, if provided.`,
    );
  }

  texts(name: string): readonly string[] {
    const value = this.#get(name) ?? [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw malformed(name, 'a list of texts');
  }

  textMap(name: string): Readonly<Record<string, string>> {
    const value = this.#get(name) ?? {};
    if (isMembers(value) && Object.values(value).every((item) => typeof item === 'string'))
      return value as Record<string, string>;
    throw malformed(name, 'a map of texts');
  }

  inputMap(name: string): ReadonlyMap<string, Input> {
    const value = this.#get(name) ?? {};
    if (!isMembers(value) || !Object.values(value).every(isMembers))
      throw malformed(name, 'a map of structures');
    return new Map(Object.entries(value).map(([key, item]) => [key, new Input(item as InputMembers)]));
  }

  inputs(name: string): readonly Input[] {
    const value = this.#get(name) ?? [];
    if (!Array.isArray(value) || !value.every(isMembers)) throw malformed(name, 'a list of structures');
    return value.map((item) => new Input(item as InputMembers));
  }

  #get(name: string): unknown {
    const value = Object.hasOwn(this.#members, name) ? this.#members[name] : undefined;
    return value === null ? undefined : value;
  }
}

export function isMembers(value: unknown): value is InputMembers {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(name: string, wanted: string): QueueError {
  return new QueueError('SerializationException', `${name} is not ${wanted}.`);
}
