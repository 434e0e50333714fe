// The SASL mechanisms: each takes the client's messages one after the other and says what comes next. The login of all of
// them is an access key id and its secret.

import { timingSafeEqual } from 'node:crypto';
import type { Principal } from '@cairn/service';
import type { Random } from '@cairn/world';
import { scramIterations } from '../../limits.ts';
import type { KafkaIdentity, KafkaKey } from './identity-port.ts';
import type { SaltedPasswords } from './salted-passwords.ts';
import {
  type ClientFirst,
  parseClientFinal,
  parseClientFirst,
  type ScramMechanism,
  serverSignature,
} from './scram.ts';

export const mechanismNames = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export type MechanismName = (typeof mechanismNames)[number];

/** The next message; with a principal it is the last. `refused` says no more than that. */
export type SaslStep =
  | { readonly kind: 'continue'; readonly bytes: Uint8Array }
  | { readonly kind: 'done'; readonly bytes: Uint8Array; readonly principal: Principal }
  | { readonly kind: 'refused' };

export type Mechanism = { step(message: Uint8Array): Promise<SaslStep> };

export type MechanismParts = {
  readonly identity: KafkaIdentity;
  readonly random: Random;
  readonly passwords: SaltedPasswords;
};

const refused = { kind: 'refused' } as const;

export function openMechanism(name: MechanismName, parts: MechanismParts): Mechanism {
  return name === 'PLAIN' ? { step: (message) => plain(message, parts) } : new Scram(name, parts);
}

/** RFC 4616: `[authzid] NUL authcid NUL passwd`. */
async function plain(message: Uint8Array, { identity }: MechanismParts): Promise<SaslStep> {
  const fields = Buffer.from(message).toString('utf8').split('\0');
  const [authorizationId = '', user = '', password = ''] = fields;
  if (fields.length !== 3 || (authorizationId !== '' && authorizationId !== user)) return refused;
  const key = await identity.findAccessKey(user);
  if (key === undefined || !isSame(password, key.secret)) return refused;
  return { kind: 'done', bytes: new Uint8Array(0), principal: key.principal };
}

function isSame(left: string, right: string): boolean {
  const [leftBytes, rightBytes] = [Buffer.from(left), Buffer.from(right)];
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes);
}

class Scram implements Mechanism {
  readonly #mechanism: ScramMechanism;
  readonly #parts: MechanismParts;
  #first: { readonly client: ClientFirst; readonly server: string; readonly nonce: string } | undefined;

  constructor(mechanism: ScramMechanism, parts: MechanismParts) {
    this.#mechanism = mechanism;
    this.#parts = parts;
  }

  step(message: Uint8Array): Promise<SaslStep> {
    const text = Buffer.from(message).toString('utf8');
    return this.#first === undefined ? Promise.resolve(this.#answerFirst(text)) : this.#answerFinal(text);
  }

  #answerFirst(text: string): SaslStep {
    const client = parseClientFirst(text);
    if (client === undefined) return refused;
    const { authorizationId, user } = client;
    if (authorizationId !== undefined && authorizationId !== '' && authorizationId !== user) return refused;
    const nonce = `${client.nonce}${this.#parts.random.bytes(18).toString('base64')}`;
    const salt = this.#parts.passwords.saltOf(this.#mechanism, user).toString('base64');
    const server = `r=${nonce},s=${salt},i=${scramIterations}`;
    this.#first = { client, server, nonce };
    return { kind: 'continue', bytes: Buffer.from(server) };
  }

  async #answerFinal(text: string): Promise<SaslStep> {
    const { client, server, nonce } = this.#first!;
    const final = parseClientFinal(text);
    const binding = Buffer.from(client.gs2Header).toString('base64');
    if (final === undefined || final.channelBinding !== binding) return refused;
    if (!nonces(client, nonce).includes(final.nonce)) return refused;
    const key = await this.#parts.identity.findAccessKey(client.user);
    if (key === undefined) return refused;
    const saltedPassword = await this.#saltedPassword(client.user, key);
    const authMessage = `${client.bare},${server},${final.withoutProof}`;
    const signature = serverSignature(this.#mechanism, { saltedPassword, authMessage, proof: final.proof });
    if (signature === undefined) return refused;
    const bytes = Buffer.from(`v=${signature.toString('base64')}`);
    return { kind: 'done', bytes, principal: key.principal };
  }

  #saltedPassword(user: string, { secret }: KafkaKey): Promise<Buffer> {
    return this.#parts.passwords.of(this.#mechanism, { user, secret });
  }
}

/**
 * What the client may say that the nonce is: the one it was told. librdkafka up to 2.1 puts its own in front of it again,
 * and Kafka accepted that for years; the server's fresh part is there all the same, and the proof covers it.
 */
function nonces({ nonce: own }: ClientFirst, nonce: string): readonly string[] {
  return [nonce, `${own}${nonce}`];
}
