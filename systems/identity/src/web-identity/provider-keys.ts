// The keys of every provider, remembered: fetched when they are first needed, when they are old, and when a token is signed
// by one that is not there, as after a change of keys.
//
//   remembered   | the token's key    |
//   nothing      | any                | fetch
//   fresh        | there, and signed  | use it
//   fresh        | not there          | fetch, unless that was tried a moment ago: then it is not there
//   too old      | any                | fetch, unless that failed a moment ago: old keys count no more
//
// Anybody can send a token that names any key, so a provider is asked at most once in `keySetRefetchMsMin`, whatever comes,
// and everybody who waits for its keys waits for the same answer. Only providers that are registered are asked.

import type { Log } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { IdentityError } from '../errors.ts';
import { keySetLifetimeMs, keySetRefetchMsMin, providersMax } from '../limits.ts';
import { keySetUrl } from './discovery.ts';
import type { FetchDocument } from './fetch-document.ts';
import { type ProviderKey, parseKeySet } from './key-set.ts';

/** Of a provider: `id` is another one when it was made anew. */
export type KeySource = {
  readonly id: string;
  readonly url: string;
  readonly thumbprints: readonly string[];
};

type Remembered = {
  /** The last that could be had, and when. */
  readonly keys: readonly ProviderKey[];
  readonly fetchedMs: number;
  /** When the provider was asked last, and why that failed. */
  readonly askedMs: number;
  readonly failure: IdentityError | undefined;
  readonly thumbprints: string;
};

type Options = {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly fetch: FetchDocument;
  readonly log: Pick<Log, 'warn'>;
};

export class ProviderKeys {
  readonly #options: Options;
  readonly #remembered = new Map<string, Remembered>();
  readonly #underWay = new Map<string, Promise<Remembered>>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** `isEnough` says whether the key that signed is among them. Throws IDPCommunicationError. */
  async of(
    source: KeySource,
    isEnough: (keys: readonly ProviderKey[]) => boolean,
  ): Promise<readonly ProviderKey[]> {
    const known = this.#known(source);
    const keys = this.#freshKeys(known);
    if (known !== undefined && isEnough(keys)) return keys;
    const isRecent = known !== undefined && this.#nowMs - known.askedMs < keySetRefetchMsMin;
    const asked = isRecent ? known : await this.#ask(source);
    const found = this.#freshKeys(asked);
    // Keys that are fresh stay good while the provider is away; what is not among them may be new.
    if (asked.failure !== undefined && !isEnough(found)) throw asked.failure;
    return found;
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  /** Keys that came from whoever had another certificate are not those of this one. */
  #known(source: KeySource): Remembered | undefined {
    const known = this.#remembered.get(source.id);
    return known?.thumbprints === source.thumbprints.join() ? known : undefined;
  }

  #freshKeys(known: Remembered | undefined): readonly ProviderKey[] {
    return known !== undefined && this.#nowMs - known.fetchedMs < keySetLifetimeMs ? known.keys : [];
  }

  #ask(source: KeySource): Promise<Remembered> {
    const name = `${source.id} ${source.thumbprints.join()}`;
    const underWay = this.#underWay.get(name);
    if (underWay !== undefined) return underWay;
    const asked = this.#fetchKeys(source).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, asked);
    return asked;
  }

  async #fetchKeys(source: KeySource): Promise<Remembered> {
    const { fetch, log } = this.#options;
    const thumbprints = source.thumbprints.join();
    const before = this.#known(source);
    let fetched: Pick<Remembered, 'keys' | 'fetchedMs' | 'failure'>;
    try {
      const url = await keySetUrl(source, fetch);
      const keys = parseKeySet(await fetch({ url, thumbprints: source.thumbprints }));
      fetched = { keys, fetchedMs: this.#nowMs, failure: undefined };
    } catch (error) {
      log.warn('could not fetch the keys of an identity provider', { provider: source.url, error });
      const { keys = [], fetchedMs = Number.NEGATIVE_INFINITY } = before ?? {};
      fetched = { keys, fetchedMs, failure: unreachable(source, error) };
    }
    const remembered = { ...fetched, askedMs: this.#nowMs, thumbprints };
    this.#remembered.delete(source.id);
    // Providers that are gone make room.
    while (this.#remembered.size >= providersMax)
      this.#remembered.delete(this.#remembered.keys().next().value!);
    this.#remembered.set(source.id, remembered);
    return remembered;
  }
}

/** What went wrong is for the operator: a stranger who asks learns only that it did. */
function unreachable({ url }: KeySource, cause: unknown): IdentityError {
  return new IdentityError(
    'IDPCommunicationError',
    `The keys of the identity provider ${url} could not be fetched.`,
    { cause },
  );
}
