// Server-side encryption in headers: with the storage's key (SSE-S3), or with one that the client sends (SSE-C).
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
//
//   x-amz-server-side-encryption                        AES256; aws:kms and aws:kms:dsse are refused: there is no KMS
//   x-amz-server-side-encryption-customer-algorithm     AES256
//   x-amz-server-side-encryption-customer-key           base64 of 32 bytes
//   x-amz-server-side-encryption-customer-key-md5       base64 of the MD5 of those bytes
//   x-amz-copy-source-server-side-encryption-customer-* the same for the source of a copy
//
// Amazon takes customers' keys over TLS only. Here plain HTTP is allowed, as other servers do: who serves within a machine
// or behind a proxy has no TLS of its own (README.md says so).

import { createHash } from 'node:crypto';
import type { CustomerKey, ObjectEncryption, RequestedEncryption } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import type { ResponseHeaders } from './object-headers.ts';

const kindHeader = 'x-amz-server-side-encryption';
type KeyHeaders = { readonly algorithm: string; readonly key: string; readonly md5: string };
const customerHeaders: KeyHeaders = {
  algorithm: 'x-amz-server-side-encryption-customer-algorithm',
  key: 'x-amz-server-side-encryption-customer-key',
  md5: 'x-amz-server-side-encryption-customer-key-md5',
};
const sourceHeaders: KeyHeaders = {
  algorithm: 'x-amz-copy-source-server-side-encryption-customer-algorithm',
  key: 'x-amz-copy-source-server-side-encryption-customer-key',
  md5: 'x-amz-copy-source-server-side-encryption-customer-key-md5',
};
const kmsHeaders = [
  `${kindHeader}-aws-kms-key-id`,
  `${kindHeader}-context`,
  `${kindHeader}-bucket-key-enabled`,
] as const;
const customerKeyBytes = 32;

/** With what an object is to be encrypted. Throws InvalidArgument, InvalidEncryptionAlgorithmError, NotImplemented. */
export function requestedEncryption(headers: RequestHeaders): RequestedEncryption | undefined {
  const kind = headers[kindHeader];
  const customerKey = customerKeyOf(headers);
  if (kind === undefined) requireNoKms(headers);
  if (kind === undefined) return customerKey;
  if (customerKey !== undefined) throw invalid(bothKinds, kindHeader, kind);
  return kindOf(kind, headers);
}

function kindOf(kind: string, headers: RequestHeaders): 'AES256' {
  if (kind === 'aws:kms' || kind === 'aws:kms:dsse') throw noKms(kind);
  if (kind !== 'AES256') throw invalid('The encryption method specified is not supported', kindHeader, kind);
  requireNoKms(headers);
  return kind;
}

function requireNoKms(headers: RequestHeaders): void {
  const header = kmsHeaders.find((name) => headers[name] !== undefined && headers[name] !== 'false');
  if (header !== undefined) throw invalid(kmsOnly, header, headers[header] ?? '');
}

export function noKms(kind: string): ObjectStorageError {
  return new ObjectStorageError('NotImplemented', {
    message: `Server side encryption with ${kind} is not implemented: there is no key management service. Use AES256, or keys of your own.`,
    fields: { Header: kindHeader },
  });
}

/** The client's own key. Throws InvalidArgument, InvalidEncryptionAlgorithmError. */
export function customerKeyOf(headers: RequestHeaders): CustomerKey | undefined {
  return keyIn(headers, customerHeaders);
}

/** The client's own key for the source of a copy. */
export function sourceCustomerKeyOf(headers: RequestHeaders): CustomerKey | undefined {
  return keyIn(headers, sourceHeaders);
}

/** For requests that take an object or an upload as it is. Throws InvalidArgument for who names a kind of encryption. */
export function existingObjectKey(headers: RequestHeaders): CustomerKey | undefined {
  const kind = headers[kindHeader];
  if (kind !== undefined) {
    throw invalid(`${kindHeader} header is not supported for this operation.`, kindHeader, kind);
  }
  return customerKeyOf(headers);
}

function keyIn(headers: RequestHeaders, names: KeyHeaders): CustomerKey | undefined {
  const algorithm = headers[names.algorithm];
  const key = headers[names.key];
  const md5 = headers[names.md5];
  if (algorithm === undefined && key === undefined && md5 === undefined) return undefined;
  if (algorithm === undefined) throw incomplete('a valid encryption algorithm.', names.algorithm);
  if (algorithm !== 'AES256') throw unknownAlgorithm(names.algorithm, algorithm);
  if (key === undefined) throw incomplete('an appropriate secret key.', names.key);
  if (md5 === undefined) throw incomplete('the client calculated MD5 of the secret key.', names.md5);
  return { customerKey: checkedKey({ key, md5 }, names) };
}

/** A key is a secret: no message shows it. */
function checkedKey(given: { key: string; md5: string }, names: KeyHeaders): Buffer {
  const key = Buffer.from(given.key, 'base64');
  if (key.byteLength !== customerKeyBytes || key.toString('base64') !== given.key.trim()) {
    throw new ObjectStorageError('InvalidArgument', {
      message: 'The secret key was invalid for the specified algorithm.',
      fields: { ArgumentName: names.key },
    });
  }
  if (createHash('md5').update(key).digest('base64') === given.md5.trim()) return key;
  throw invalid(
    'The calculated MD5 hash of the key did not match the hash that was provided.',
    names.md5,
    given.md5,
  );
}

function incomplete(missing: string, header: string): ObjectStorageError {
  const message = `Requests specifying Server Side Encryption with Customer provided keys must provide ${missing}`;
  return new ObjectStorageError('InvalidArgument', { message, fields: { ArgumentName: header } });
}

function unknownAlgorithm(header: string, value: string): ObjectStorageError {
  const fields = { ArgumentName: header, ArgumentValue: value };
  return new ObjectStorageError('InvalidEncryptionAlgorithmError', { fields });
}

function invalid(message: string, header: string, value: string): ObjectStorageError {
  const fields = { ArgumentName: header, ArgumentValue: value };
  return new ObjectStorageError('InvalidArgument', { message, fields });
}

const bothKinds =
  'Server Side Encryption with Customer provided key is incompatible with the encryption method specified';
const kmsOnly =
  'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms';

/** HEAD: without the key nothing of the object is told. The core has checked one that came. Throws InvalidRequest. */
export function requireKeyOf(encryption: ObjectEncryption | undefined, key: CustomerKey | undefined): void {
  if (encryption?.by !== 'customer' || key !== undefined) return;
  throw new ObjectStorageError('InvalidRequest', {
    message:
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
  });
}

const none: ResponseHeaders = {};
const byMaster: ResponseHeaders = { [kindHeader]: 'AES256' };

/** How an object is encrypted, for an answer. A customer's key is known by the request only. */
export function encryptionHeaders(
  encryption: ObjectEncryption | undefined,
  headers: RequestHeaders,
): ResponseHeaders {
  if (encryption === undefined) return none;
  if (encryption.by === 'master') return byMaster;
  const md5 = headers[customerHeaders.md5]?.trim();
  if (md5 === undefined) return none;
  return { [customerHeaders.algorithm]: 'AES256', [customerHeaders.md5]: md5 };
}
