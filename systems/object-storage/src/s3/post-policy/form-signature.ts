// Who made a form: whoever signed its policy, as it stands there in base64.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
//
//   Signature V4   x-amz-algorithm, x-amz-credential, x-amz-date, x-amz-signature = hex(HMAC-SHA256(signing key, policy))
//   Signature V2   AWSAccessKeyId, signature = base64(HMAC-SHA1(secret, policy)): requests signed so are refused, but
//                  forms are made by pages that nobody touches, and the policy is all that there is to sign
//
// The form's policy says until when it is good; when it was signed matters only to a bucket's policy that asks for it.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { equalDigest, hmacSha256 } from '@cairn/hashing';
import type { Principal } from '@cairn/service';
import { ObjectStorageError } from '../../errors.ts';
import { anonymousPrincipal, type S3AccessKey, type S3Identity } from '../identity-port.ts';
import { parseAmzDate } from '../signature/amz-date.ts';
import { malformedCredential, parseCredential, scopeProblem } from '../signature/credential.ts';
import { keyOf } from '../signature/session-key.ts';
import type { Signed } from '../signature/signature-claim.ts';
import type { SigningKeys } from '../signature/signing-keys.ts';

type Fields = ReadonlyMap<string, string>;

export type FormSigner = { readonly principal: Principal; readonly signed: Signed | undefined };

export type FormAuthenticatorOptions = {
  readonly identity: Pick<S3Identity, 'findAccessKey' | 'findSession'>;
  readonly signingKeys: SigningKeys;
  readonly region: string;
};

export class FormAuthenticator {
  readonly #options: FormAuthenticatorOptions;

  constructor(options: FormAuthenticatorOptions) {
    this.#options = options;
  }

  /**
   * Who signed it, and when; anonymous for a form without policy and signature. Throws InvalidArgument for half of one, InvalidAccessKeyId,
   * SignatureDoesNotMatch, ExpiredToken, InvalidToken.
   */
  async signerOf(fields: Fields): Promise<FormSigner> {
    const four = ['x-amz-algorithm', 'x-amz-credential', 'x-amz-date', 'x-amz-signature'];
    const two = ['awsaccesskeyid', 'signature'];
    const has = (name: string) => fields.has(name);
    if (!fields.has('policy') && !four.some(has) && !two.some(has)) {
      return { principal: anonymousPrincipal, signed: undefined };
    }
    return two.some(has) ? this.#versionTwo(fields) : this.#versionFour(fields);
  }

  async #versionFour(fields: Fields): Promise<FormSigner> {
    const algorithm = required(fields, 'x-amz-algorithm');
    if (algorithm !== 'AWS4-HMAC-SHA256') throw wrong('x-amz-algorithm', 'must be AWS4-HMAC-SHA256');
    const credential = parseCredential(required(fields, 'x-amz-credential'));
    if (credential === undefined) throw wrong('x-amz-credential', malformedCredential);
    const { region, signingKeys } = this.#options;
    const date = parseAmzDate(required(fields, 'x-amz-date'));
    if (date === undefined) throw wrong('x-amz-date', 'must be in the format "yyyyMMddTHHmmssZ".');
    const problem = scopeProblem(credential, { region, amzDate: date.text });
    if (problem !== undefined) throw wrong('x-amz-credential', problem);
    const policy = required(fields, 'policy');
    const signature = required(fields, 'x-amz-signature');
    const accessKey = await this.#accessKey(credential.accessKeyId, fields);
    const computed = hmacSha256(signingKeys.get(credential, accessKey.secret), policy);
    if (equalDigest(computed.toString('hex'), signature)) {
      return { principal: accessKey.principal, signed: { location: 'form', date } };
    }
    throw mismatch(credential.accessKeyId, { policy, signature });
  }

  async #versionTwo(fields: Fields): Promise<FormSigner> {
    const accessKeyId = required(fields, 'awsaccesskeyid');
    const [policy, signature] = [required(fields, 'policy'), required(fields, 'signature')];
    const { secret, principal } = await this.#accessKey(accessKeyId, fields);
    const computed = createHmac('sha1', secret).update(policy).digest();
    const given = Buffer.from(signature, 'base64');
    if (given.length === computed.length && timingSafeEqual(given, computed)) {
      return { principal, signed: { location: 'form', date: undefined } };
    }
    throw mismatch(accessKeyId, { policy, signature });
  }

  async #accessKey(accessKeyId: string, fields: Fields): Promise<S3AccessKey> {
    const token = fields.get('x-amz-security-token');
    const found = await keyOf(this.#options.identity, { accessKeyId, token });
    if (found?.active) return found;
    throw new ObjectStorageError('InvalidAccessKeyId', { fields: { AWSAccessKeyId: accessKeyId } });
  }
}

function required(fields: Fields, name: string): string {
  const value = fields.get(name);
  if (value !== undefined && value !== '') return value;
  throw new ObjectStorageError('InvalidArgument', {
    message: `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    fields: { ArgumentName: name, ArgumentValue: '' },
  });
}

function wrong(name: string, problem: string): ObjectStorageError {
  return new ObjectStorageError('InvalidArgument', {
    message: `The field ${name} is wrong: ${problem}`,
    fields: { ArgumentName: name },
  });
}

function mismatch(
  accessKeyId: string,
  { policy, signature }: { policy: string; signature: string },
): ObjectStorageError {
  return new ObjectStorageError('SignatureDoesNotMatch', {
    fields: { AWSAccessKeyId: accessKeyId, StringToSign: policy, SignatureProvided: signature },
  });
}
