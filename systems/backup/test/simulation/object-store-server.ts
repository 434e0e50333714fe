// An object store on a machine of its own, reached over the simulated network. It keeps G1 and G2 of DESIGN.md: every request takes
// effect at the moment it arrives, one after the other; when that is, and how often, is the network's.

import type { SimulatedMachine, SimulatedNetwork } from '@cairn/world/simulated';
import type { AnswerMessage, RequestMessage, StoreAnswer, StoreRequest } from './object-store-messages.ts';

type StoredObject = { readonly bytes: Uint8Array; readonly modifiedMs: number };

export const storeAddress = 'store';

export class ObjectStoreServer {
  readonly #machine: SimulatedMachine;
  readonly #objects = new Map<string, StoredObject>();
  readonly #rotten = new Set<string>();
  /** Called with each request as it arrives. */
  onRequest: (from: string, request: StoreRequest) => void = () => {};
  /** Called when an object came, changed or went, before the answer leaves. */
  onChange: (name: string) => void = () => {};

  constructor(parts: { readonly machine: SimulatedMachine; readonly network: SimulatedNetwork }) {
    this.#machine = parts.machine;
    const endpoint = parts.network.open<RequestMessage, AnswerMessage>(
      parts.machine,
      ({ id, request }, from) => {
        this.onRequest(from, request);
        endpoint.send(from, { id, answer: this.#answer(request) });
      },
    );
  }

  /** What was there before anybody came. */
  begin(name: string, bytes: Uint8Array): void {
    this.#objects.set(name, { bytes, modifiedMs: this.#machine.world.clock.nowMs() });
  }

  /** A disk loses an object, or a bit of it, and nobody is told. What is put there again late is lost, too. */
  rot(name: string, bytes: Uint8Array | undefined): void {
    this.#rotten.add(name);
    this.hurt(name, bytes);
  }

  /** The same, but that what is put there again stays. */
  hurt(name: string, bytes: Uint8Array | undefined): void {
    const { modifiedMs } = this.#objects.get(name)!;
    if (bytes === undefined) this.#objects.delete(name);
    else this.#objects.set(name, { bytes, modifiedMs });
  }

  /** As it is now, by the checker's own eyes. */
  names(prefix = ''): readonly string[] {
    return [...this.#objects.keys()].filter((name) => name.startsWith(prefix)).toSorted();
  }

  bytesOf(name: string): Uint8Array | undefined {
    return this.objectOf(name)?.bytes;
  }

  objectOf(name: string): StoredObject | undefined {
    return this.#objects.get(name);
  }

  #answer(request: StoreRequest): StoreAnswer {
    switch (request.do) {
      case 'put':
        return { did: 'put', outcome: this.#put(request) };
      case 'get':
        return this.#get(request);
      case 'head':
        return { did: 'head', info: this.#info(request.name) };
      case 'delete':
        for (const name of request.names) if (this.#objects.delete(name)) this.onChange(name);
        return { did: 'delete' };
      case 'list':
        return { did: 'list', page: this.#page(request) };
    }
  }

  #put({ name, bytes, ifAbsent }: Extract<StoreRequest, { do: 'put' }>): 'stored' | 'exists' {
    if (ifAbsent && this.#objects.has(name)) return 'exists';
    if (this.#rotten.has(name)) return 'stored';
    this.#objects.set(name, { bytes, modifiedMs: this.#machine.world.clock.nowMs() });
    this.onChange(name);
    return 'stored';
  }

  #get({ name, range }: Extract<StoreRequest, { do: 'get' }>): StoreAnswer {
    const info = this.#info(name);
    if (info === undefined) return { did: 'get', content: undefined };
    const { start, length } = range ?? { start: 0, length: info.sizeBytes };
    if (start + length > info.sizeBytes) return { did: 'refuse', code: 'invalid-range' };
    const bytes = this.#objects.get(name)!.bytes.slice(start, start + length);
    return { did: 'get', content: { info, bytes } };
  }

  #info(name: string): { name: string; sizeBytes: number; modifiedMs: number } | undefined {
    const object = this.#objects.get(name);
    return object && { name, sizeBytes: object.bytes.length, modifiedMs: object.modifiedMs };
  }

  #page({ prefix, after, limit }: Extract<StoreRequest, { do: 'list' }>): {
    blobs: { name: string; sizeBytes: number; modifiedMs: number }[];
    more: boolean;
  } {
    const names = this.names(prefix).filter((name) => name > after);
    return { blobs: names.slice(0, limit).map((name) => this.#info(name)!), more: names.length > limit };
  }
}
