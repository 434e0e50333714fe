// A place for blobs on another machine: in memory, reached through the simulated network's time. It can be away, lose the
// answer to what it did, refuse in the middle of a blob, and rot.

import { type BlobContent, type BlobInfo, type Blobs, BlobsError } from '@cairn/engines';
import type { Clock, Random } from '@cairn/world';

export class SimulatedPlace {
  readonly blobs = new Map<string, Buffer>();
  readonly #clock: Clock;
  readonly #random: Random | undefined;
  /** Nothing can be done, not even opened. */
  away = false;
  /** One in so many calls fails, before or after it did its work. */
  failsOneIn = 0;

  /** `clock`: of the simulation, so that what is under way ends also when its client crashed. */
  constructor({ clock, random }: { readonly clock: Clock; readonly random?: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  async open(): Promise<Blobs> {
    await this.#turn('open');
    return {
      put: (name, body) => this.#put(name, body),
      get: (name, options) => this.#get(name, options?.range),
      head: async (name) => {
        await this.#turn('head');
        return this.#infoOf(name);
      },
      delete: async (names) => {
        await this.#turn('delete');
        for (const name of names) this.blobs.delete(name);
        this.#mayFail('delete');
      },
      list: async () => ({ blobs: [...this.blobs.keys()].map((name) => this.#infoOf(name)!), more: false }),
      close: async () => {},
    };
  }

  /** Turns a bit of one blob around, behind its header. */
  rot(name: string, at: number): void {
    const bytes = this.blobs.get(name)!;
    bytes[at]! ^= 1;
  }

  async #put(name: string, body: Uint8Array | AsyncIterable<Uint8Array>): Promise<'stored'> {
    await this.#turn('put');
    const pieces: Uint8Array[] = [];
    if (body instanceof Uint8Array) pieces.push(body);
    else {
      for await (const piece of body) {
        pieces.push(Uint8Array.from(piece));
        this.#mayFail('put');
      }
    }
    await this.#turn('put');
    this.blobs.set(name, Buffer.concat(pieces));
    this.#mayFail('put');
    return 'stored';
  }

  async #get(name: string, range?: { start: number; length: number }): Promise<BlobContent | undefined> {
    await this.#turn('get');
    const info = this.#infoOf(name);
    if (info === undefined) return undefined;
    const { start, length } = range ?? { start: 0, length: info.sizeBytes };
    const bytes = this.blobs.get(name)!.subarray(start, start + length);
    const turn = () => this.#turn('get');
    return {
      info,
      body: (async function* () {
        for (let at = 0; at < bytes.length; at += 10_000) {
          await turn();
          yield bytes.subarray(at, at + 10_000);
        }
      })(),
    };
  }

  #infoOf(name: string): BlobInfo | undefined {
    const bytes = this.blobs.get(name);
    return bytes && { name, sizeBytes: bytes.length, modifiedMs: 0 };
  }

  async #turn(what: string): Promise<void> {
    await this.#clock.sleep(this.#random === undefined ? 1 : 1 + this.#random.integer(200));
    if (this.away) throw new BlobsError('unavailable', { attempted: what });
    this.#mayFail(what);
  }

  #mayFail(what: string): void {
    if (this.failsOneIn === 0 || this.#random === undefined || this.#random.integer(this.failsOneIn) > 0)
      return;
    throw new BlobsError('unavailable', { attempted: what, detail: 'simulated' });
  }
}
