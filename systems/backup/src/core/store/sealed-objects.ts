// The objects of a repository that are envelopes: sealed and put, got and opened, under the keyring of the repository.

import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { BackupError } from '../../errors.ts';
import { damaged } from '../../format/damaged.ts';
import { type EnvelopeKind, envelopeSaltBytes } from '../../format/envelope-header.ts';
import { objectName } from '../../format/object-names.ts';
import type { Keyring, RepositoryConfig } from '../../format/repository-config.ts';
import { openEnvelope, sealEnvelope } from '../../keys/envelope.ts';
import { contentId } from '../../packing/open-pack.ts';
import type { RepositoryIdentity } from '../repository-identity.ts';
import { collectBody } from './collect-body.ts';
import { readWhole } from './read-whole.ts';
import { onStore } from './store-error.ts';

export type SealedObjectsOptions = {
  readonly blobs: Blobs;
  readonly world: World;
  readonly config: Pick<RepositoryConfig, 'cipher'>;
  readonly keyring: Keyring;
  readonly identity: RepositoryIdentity;
};

export type ObjectAddress = { readonly kind: EnvelopeKind; readonly name: string };

export class SealedObjects {
  readonly #options: SealedObjectsOptions;

  constructor(options: SealedObjectsOptions) {
    this.#options = options;
  }

  /** The payload; undefined when there is no such object. Throws `damaged`, `unknown-format`, `store`. */
  async read(address: ObjectAddress): Promise<Buffer | undefined> {
    const { blobs, world } = this.#options;
    const bytes = await readWhole({ blobs, world, name: address.name });
    return bytes && this.open(address, bytes);
  }

  /** What an object's bytes hold. Throws `damaged`, `unknown-format`. */
  open({ kind, name }: ObjectAddress, bytes: Uint8Array): Buffer {
    const { config, keyring } = this.#options;
    return openEnvelope(bytes, {
      kind,
      name,
      cipher: config.cipher,
      keyOf: (epoch) => keyring.epochs.get(epoch),
    });
  }

  /** Under the current epoch and a fresh salt. */
  seal({ kind, name }: ObjectAddress, payload: Uint8Array): Buffer {
    const { config, keyring, world } = this.#options;
    const key = keyring.epochs.get(keyring.current)!;
    const salt = world.random.bytes(envelopeSaltBytes);
    return sealEnvelope({
      kind,
      epoch: keyring.current,
      key,
      cipher: config.cipher,
      name,
      payload,
      salt,
      // Of an index object nearly all is fingerprints, which do not compress.
      compress: kind !== 'index',
    });
  }

  /**
   * Puts it unless there is one already: of several writers of a name one gets `stored` (DESIGN.md, G2). Throws `repository-replaced`
   * instead of putting what nobody could open; who opens a session looks behind its put (W1).
   */
  async putIfAbsent(address: ObjectAddress, payload: Uint8Array): Promise<'stored' | 'exists'> {
    if (address.kind !== 'session') await this.#options.identity.check(`put ${address.name}`);
    const bytes = this.seal(address, payload);
    return onStore(`put ${address.name}`, () =>
      this.#options.blobs.put(address.name, bytes, { ifAbsent: true }),
    );
  }

  /** Replaces what is there: for heartbeats only (DESIGN.md, G1). */
  async replace(address: ObjectAddress, payload: Uint8Array): Promise<void> {
    const bytes = this.seal(address, payload);
    await onStore(`put ${address.name}`, () => this.#options.blobs.put(address.name, bytes));
  }

  /** Puts an index object under the hash of its bytes. Throws `repository-replaced` as `putIfAbsent` does. */
  async putIndexObject(payload: Uint8Array): Promise<{ readonly id: string; readonly bytes: Buffer }> {
    const bytes = this.seal({ kind: 'index', name: '' }, payload);
    const id = contentId(bytes);
    const name = objectName('index', id);
    await this.#options.identity.check(`put ${name}`);
    const put = await onStore(`put ${name}`, () => this.#options.blobs.put(name, bytes, { ifAbsent: true }));
    if (put === 'exists') throw await notAsPut(this.#options.blobs, name, bytes);
    return { id, bytes };
  }

  /** Bytes of an index object, which must be those that it is named after. Throws `damaged`. */
  openIndexObject(id: string, bytes: Uint8Array): Buffer {
    const name = objectName('index', id);
    if (contentId(bytes) !== id) throw damaged(name, 'its bytes are not those it is named after');
    return this.open({ kind: 'index', name }, bytes);
  }
}

/**
 * Under a name that is the hash of its bytes nobody else puts anything, and who finds his own bytes there has stored them (`RetryingBlobs`). So when
 * other bytes are there, the store tore what it was given, and whoever counted on it would have a snapshot without it. When nothing is
 * there any more, a collector removed it while the answer was on its way: it had taken the session for dead. So it had where the bytes are
 * there again, by a put that was repeated late: what a verdict names is dead for good.
 */
export async function notAsPut(
  blobs: Pick<Blobs, 'get'>,
  name: string,
  bytes: Uint8Array,
): Promise<BackupError> {
  const attempted = `put ${name}`;
  const isTorn = await onStore(attempted, async () => {
    const content = await blobs.get(name);
    const found = content && (await collectBody(content.body, bytes.length));
    return content !== undefined && (found === undefined || Buffer.compare(found, bytes) !== 0);
  });
  if (isTorn) return damaged(name, 'the store holds other bytes than those that were put');
  return new BackupError('fenced', { attempted, detail: 'a collector has removed it meanwhile' });
}
