// The login of one connection.
//
//   | state      | handshake         | authenticate                 | anything else                       |
//   | ---------- | ----------------- | ---------------------------- | ----------------------------------- |
//   | open       | -> exchange       | ILLEGAL_SASL_STATE           | where anonymous clients may come    |
//   | exchange   | ILLEGAL_SASL_STATE| -> exchange, in, or refused  | the connection is cut               |
//   | in         | -> exchange again | ILLEGAL_SASL_STATE           | until the session has expired       |
//   | refused    | the connection is cut by whatever comes                                              |
//
// Handshake version 0 is followed by messages of the mechanism in bare frames (`isRaw`), as clients from before KIP-152
// have it. A session may be renewed on the same connection (KIP-368), but by the same principal only.

import type { Principal } from '@cairn/service';
import type { Clock } from '@cairn/world';
import { kafkaErrors } from '../../errors.ts';
import type { SaslAuthenticateRequest } from '../messages/sasl-authenticate-request.ts';
import type { SaslAuthenticateResponse } from '../messages/sasl-authenticate-response.ts';
import type { SaslHandshakeRequest } from '../messages/sasl-handshake-request.ts';
import type { SaslHandshakeResponse } from '../messages/sasl-handshake-response.ts';
import { noBytes } from '../wire/values.ts';
import {
  type Mechanism,
  type MechanismName,
  type MechanismParts,
  mechanismNames,
  openMechanism,
} from './mechanisms.ts';

export type LoginOptions = MechanismParts & {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Of a session; 0 sets no bound. */
  readonly sessionMs: number;
  readonly onPrincipal: (principal: Principal) => void;
};

const wrongCredentials = 'Authentication failed: Invalid username or password';

export class Login {
  readonly #options: LoginOptions;
  #state: 'open' | 'exchange' | 'in' | 'refused' = 'open';
  #mechanism: Mechanism | undefined;
  #isRaw = false;
  #principal: Principal | undefined;
  #expiresMs = Number.POSITIVE_INFINITY;

  constructor(options: LoginOptions) {
    this.#options = options;
  }

  get principal(): Principal | undefined {
    return this.#principal;
  }

  /** The next frame is a bare message of the mechanism. */
  get isRaw(): boolean {
    return this.#isRaw && this.#state === 'exchange';
  }

  /** Whether requests other than those of the login may be served, if the client needs none. */
  get isIdle(): boolean {
    return this.#state === 'open';
  }

  /** Whether requests of the one who logged in may be served. */
  get isIn(): boolean {
    return this.#state === 'in' && this.#options.clock.monotonicMs() < this.#expiresMs;
  }

  handshake({ mechanism }: SaslHandshakeRequest, version: number): SaslHandshakeResponse {
    const mechanisms = mechanismNames;
    if (this.#state !== 'open' && this.#state !== 'in')
      return { errorCode: kafkaErrors.ILLEGAL_SASL_STATE.code, mechanisms };
    if (!isMechanismName(mechanism))
      return { errorCode: kafkaErrors.UNSUPPORTED_SASL_MECHANISM.code, mechanisms };
    this.#mechanism = openMechanism(mechanism, this.#options);
    this.#isRaw = version === 0;
    this.#state = 'exchange';
    return { errorCode: kafkaErrors.NONE.code, mechanisms };
  }

  async authenticate({ authBytes }: SaslAuthenticateRequest): Promise<SaslAuthenticateResponse> {
    const { ILLEGAL_SASL_STATE, SASL_AUTHENTICATION_FAILED } = kafkaErrors;
    if (this.#state !== 'exchange' || this.#isRaw)
      return {
        errorCode: ILLEGAL_SASL_STATE.code,
        errorMessage: 'no handshake came before',
        authBytes: noBytes,
      };
    const bytes = await this.#step(authBytes);
    if (bytes === undefined)
      return {
        errorCode: SASL_AUTHENTICATION_FAILED.code,
        errorMessage: wrongCredentials,
        authBytes: noBytes,
      };
    const { sessionMs } = this.#options;
    return {
      errorCode: 0,
      errorMessage: null,
      authBytes: bytes,
      sessionLifetimeMs: this.isIn ? sessionMs : 0,
    };
  }

  /** A bare message: the answer, or undefined when the connection is to be cut. */
  authenticateRaw(message: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#step(message);
  }

  async #step(message: Uint8Array): Promise<Uint8Array | undefined> {
    const step = await this.#mechanism!.step(message);
    if (step.kind === 'continue') return step.bytes;
    this.#mechanism = undefined;
    const isAnother =
      step.kind === 'done' && this.#principal !== undefined && this.#principal.arn !== step.principal.arn;
    if (step.kind === 'refused' || isAnother) {
      this.#state = 'refused';
      return undefined;
    }
    this.#enter(step.principal);
    return step.bytes;
  }

  #enter(principal: Principal): void {
    const { clock, sessionMs, onPrincipal } = this.#options;
    this.#state = 'in';
    this.#principal = principal;
    this.#expiresMs = sessionMs === 0 ? Number.POSITIVE_INFINITY : clock.monotonicMs() + sessionMs;
    onPrincipal(principal);
  }
}

function isMechanismName(name: string): name is MechanismName {
  return (mechanismNames as readonly string[]).includes(name);
}
