// Whether a session is worth something now: asked when somebody comes with its token, and again for every request.

import type { Principal } from '@cairn/service';
import type { Clock } from '@cairn/world';
import { cacheEntriesMax } from '../../limits.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import type { ActiveAccessKey, SessionKey } from '../identity.ts';
import { rootArn, userArn } from '../operations/names.ts';
import type { Credentials } from './credentials.ts';
import type { Permissions, Rights } from './permissions.ts';
import { fingerprintOf, openSession, Session, type SessionContents } from './session.ts';

type Options = {
  readonly clock: Clock;
  readonly secretBox: SecretBox;
  readonly account: string;
  readonly credentials: Credentials;
  readonly permissions: Permissions;
};

/** Root needs no rights. */
export type LiveSession = { readonly session: Session; readonly rights: Rights | undefined };
type MaybeLater<Value> = Value | Promise<Value>;

export class Sessions {
  readonly #options: Options;
  /** Opened before, by id and token: nothing in one ever changes. */
  readonly #opened = new Map<string, ActiveAccessKey>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** At once when everything it depends on is remembered. */
  find({ accessKeyId, token }: { accessKeyId: string; token: string }): MaybeLater<SessionKey> {
    const key = this.#open(accessKeyId, token);
    if (key === undefined) return 'InvalidToken';
    if (this.#isOver(key.principal)) return 'ExpiredToken';
    const live = this.live(key.principal);
    if (live instanceof Promise) return live.then((found) => (found === undefined ? 'InvalidToken' : key));
    return live === undefined ? 'InvalidToken' : key;
  }

  /** Undefined when its time is over, when the key it was made with has ended, or its user or role is another one. */
  live(principal: Principal): MaybeLater<LiveSession | undefined> {
    const { session } = principal;
    if (!(session instanceof Session) || this.#isOver(principal)) return undefined;
    const parent = this.#options.credentials.find(session.contents.parent);
    const rights = this.#rightsOf(session.contents.owner);
    if (!(parent instanceof Promise) && !(rights instanceof Promise))
      return this.#judge(session, { parent, rights });
    return Promise.all([parent, rights]).then(([parent, rights]) => this.#judge(session, { parent, rights }));
  }

  #judge(
    session: Session,
    { parent, rights }: { parent: ActiveAccessKey | undefined; rights: Rights | undefined },
  ): LiveSession | undefined {
    const { owner, fingerprint } = session.contents;
    if (parent === undefined || fingerprintOf(parent) !== fingerprint) return undefined;
    if (owner.type === 'root') return { session, rights: undefined };
    if (owner.type === 'user' && parent.principal.arn !== userArn(this.#options.account, owner))
      return undefined;
    return rights?.id === owner.id ? { session, rights } : undefined;
  }

  #rightsOf(owner: SessionContents['owner']): MaybeLater<Rights | undefined> {
    const { permissions } = this.#options;
    if (owner.type === 'root') return undefined;
    return owner.type === 'user' ? permissions.ofUser(owner.name) : permissions.ofRole(owner.name);
  }

  #isOver({ session }: Principal): boolean {
    return session === undefined || this.#options.clock.nowMs() >= session.expiresMs;
  }

  #open(accessKeyId: string, token: string): ActiveAccessKey | undefined {
    const name = `${accessKeyId} ${token}`;
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const key = openSession(token, { ...this.#options, accessKeyId });
    if (key === undefined) return undefined;
    if (this.#opened.size >= cacheEntriesMax) this.#opened.clear();
    this.#opened.set(name, key);
    return key;
  }
}

/** A principal that stands for the account as a whole. */
export function accountPrincipal(account: string): Principal {
  return { type: 'root', name: 'root', arn: rootArn(account), accessKeyId: undefined };
}
