// The key of an object: made and wrapped when it is written, unwrapped when it is read.

import { dataKeyBytes } from '../../encryption/frame-cipher.ts';
import { type KeyOwner, saltBytes, unwrapKey, wrapKey } from '../../encryption/key-wrap.ts';
import { ObjectStorageError } from '../../errors.ts';
import type {
  CustomerKey,
  ObjectAttributes,
  ObjectEncryption,
  RequestedEncryption,
} from '../object-storage.ts';
import type { CoreParts } from '../parts.ts';

type Parts = Pick<CoreParts, 'secrets' | 'masterKeys'>;

export type NewObjectKey = {
  readonly key: Buffer;
  /** What to keep of it, under the master key that is the newest now: to be committed at once, by `committing`. */
  wrapped(): ObjectEncryption;
};

/** Throws ServiceUnavailable when the master key is lost. */
export async function newObjectKey(
  { secrets, masterKeys }: Parts,
  { encryption, owner }: { encryption: RequestedEncryption; owner: KeyOwner },
): Promise<NewObjectKey> {
  if (encryption === 'AES256') await masterKeys.requireNewest();
  return keyToKeep({ secrets, masterKeys }, { key: secrets.bytes(dataKeyBytes), encryption, owner });
}

type Move = {
  readonly encryption: ObjectEncryption | undefined;
  readonly from: KeyOwner;
  readonly to: KeyOwner;
};

/**
 * The key of an object that moves to another name, for which it has to be wrapped anew; undefined for an object that is
 * not encrypted. Throws NotImplemented under a customer's key, which nobody shows with a rename.
 */
export async function movedObjectKey(
  parts: Parts,
  { encryption, from, to }: Move,
): Promise<NewObjectKey | undefined> {
  if (encryption?.by === 'customer')
    throw new ObjectStorageError('NotImplemented', { message: renameNeedsKey });
  const key = objectKeyOf(parts, { encryption, owner: from, customerKey: undefined });
  if (key === undefined) return undefined;
  await parts.masterKeys.requireNewest();
  return keyToKeep(parts, { key, encryption: 'AES256', owner: to });
}

type Share = {
  /** Of the source; undefined when it is not encrypted. */
  readonly key: Buffer | undefined;
  readonly encryption: RequestedEncryption | undefined;
  readonly owner: KeyOwner;
};

/** The key of a copy that shares the bytes of its source, which are sealed under the same one. */
export async function sharedObjectKey(
  parts: Parts,
  { key, encryption, owner }: Share,
): Promise<NewObjectKey | undefined> {
  if (key === undefined || encryption === undefined) return undefined;
  if (encryption === 'AES256') await parts.masterKeys.requireNewest();
  return keyToKeep(parts, { key, encryption, owner });
}

function keyToKeep(
  { secrets, masterKeys }: Parts,
  { key, encryption, owner }: { key: Buffer; encryption: RequestedEncryption; owner: KeyOwner },
): NewObjectKey {
  const wrapUnder = (under: Uint8Array) => wrapKey(key, { under, owner, salt: secrets.bytes(saltBytes) });
  return {
    key,
    wrapped() {
      if (encryption !== 'AES256') return { format: 1, by: 'customer', ...wrapUnder(encryption.customerKey) };
      const masterKey = masterKeys.newest();
      return { format: 1, by: 'master', masterKey: masterKey.id, ...wrapUnder(masterKey.key) };
    },
  };
}

/** As they are kept: nobody but the core says how an object is encrypted. */
export function encryptedAttributes(
  attributes: ObjectAttributes,
  objectKey: NewObjectKey | undefined,
): ObjectAttributes {
  if (objectKey === undefined && attributes.encryption === undefined) return attributes;
  return { ...attributes, encryption: objectKey?.wrapped() };
}

export type KeyRequest = {
  readonly encryption: ObjectEncryption | undefined;
  readonly owner: KeyOwner;
  readonly customerKey: CustomerKey | undefined;
};

/**
 * Undefined for an object that is not encrypted. Throws InvalidRequest when the customer's key is missing, wrong or not
 * wanted, InternalError when the master key is lost.
 */
export function objectKeyOf(
  { masterKeys }: Pick<Parts, 'masterKeys'>,
  request: KeyRequest,
): Buffer | undefined {
  const { encryption, owner, customerKey } = request;
  if (encryption?.by !== 'customer' && customerKey !== undefined) throw encryptionNotApplicable();
  if (encryption === undefined) return undefined;
  if (encryption.by === 'master') {
    const under = masterKeys.find(encryption.masterKey)?.key;
    return (under && unwrapKey(encryption, { under, owner })) ?? unreadable(encryption.masterKey, under);
  }
  if (customerKey === undefined) throw customerKeyMissing();
  const key = unwrapKey(encryption, { under: customerKey.customerKey, owner });
  if (key === undefined) throw refused(keyWrong);
  return key;
}

function unreadable(masterKey: string, under: Uint8Array | undefined): never {
  const message =
    under === undefined
      ? `The object is encrypted under the master key ${masterKey}, which is lost.`
      : `The key of the object cannot be unwrapped under the master key ${masterKey}.`;
  throw new ObjectStorageError('InternalError', { message });
}

export function encryptionNotApplicable(): ObjectStorageError {
  return refused(notApplicable);
}

export function customerKeyMissing(): ObjectStorageError {
  return refused(keyMissing);
}

function refused(message: string): ObjectStorageError {
  return new ObjectStorageError('InvalidRequest', { message });
}

const renameNeedsKey =
  'Objects under a key of the client are not renamed: the key would have to be wrapped for the new name.';
const notApplicable = 'The encryption parameters are not applicable to this object.';
const keyMissing =
  'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.';
const keyWrong = 'The provided encryption parameters did not match the ones used originally.';
