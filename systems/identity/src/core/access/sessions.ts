// Whether a session is worth something now: asked when somebody comes with its token, and again for every request.

import type { LookupCache } from '@cairn/engines';
import type { Principal } from '@cairn/service';
import type { Clock } from '@cairn/world';
import { cacheEntriesMax, openedTokensCharactersMax } from '../../limits.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import type { ActiveAccessKey, OpenIdProvider, SessionKey } from '../identity.ts';
import { rootArn, userArn } from '../operations/names.ts';
import type { Credentials } from './credentials.ts';
import type { Permissions, Rights } from './permissions.ts';
import {
  fingerprintOf,
  type KeySessionContents,
  openSession,
  Session,
  type SessionContents,
  type WebSessionContents,
} from './session.ts';

type Options = {
  readonly clock: Clock;
  readonly secretBox: SecretBox;
  readonly account: string;
  readonly credentials: Credentials;
  readonly permissions: Permissions;
  readonly openIdProviders: LookupCache<OpenIdProvider>;
};

/** Root needs no rights. */
export type LiveSession = { readonly session: Session; readonly rights: Rights | undefined };
type MaybeLater<Value> = Value | Promise<Value>;

export class Sessions {
  readonly #options: Options;
  /** Opened before, by id and token: nothing in one ever changes. */
  readonly #opened = new Map<string, ActiveAccessKey>();
  #openedCharacters = 0;

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

  /**
   * Undefined when its time is over, when the key it was made with, or the provider or the client that let it in, has
   * ended, or its user or role is another one.
   */
  live(principal: Principal): MaybeLater<LiveSession | undefined> {
    const { session } = principal;
    if (!(session instanceof Session) || this.#isOver(principal)) return undefined;
    const source = this.#hasSource(session.contents);
    const rights = this.#rightsOf(session.contents.owner);
    if (!(source instanceof Promise) && !(rights instanceof Promise))
      return judge(session, { hasSource: source, rights });
    return Promise.all([source, rights]).then(([hasSource, rights]) => judge(session, { hasSource, rights }));
  }

  /** Whether what it came from is there and the same. */
  #hasSource(contents: SessionContents): MaybeLater<boolean> {
    if (contents.version === 2) {
      const provider = this.#options.openIdProviders.get(contents.webIdentity.provider);
      if (!(provider instanceof Promise)) return letsIn(provider, contents);
      return provider.then((found) => letsIn(found, contents));
    }
    const parent = this.#options.credentials.find(contents.parent);
    if (!(parent instanceof Promise)) return this.#isParent(parent, contents);
    return parent.then((found) => this.#isParent(found, contents));
  }

  #isParent(parent: ActiveAccessKey | undefined, { owner, fingerprint }: KeySessionContents): boolean {
    if (parent === undefined || fingerprintOf(parent) !== fingerprint) return false;
    return owner.type !== 'user' || parent.principal.arn === userArn(this.#options.account, owner);
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
    this.#openedCharacters += token.length;
    if (this.#opened.size >= cacheEntriesMax || this.#openedCharacters > openedTokensCharactersMax) {
      this.#opened.clear();
      this.#openedCharacters = token.length;
    }
    this.#opened.set(name, key);
    return key;
  }
}

function judge(
  session: Session,
  { hasSource, rights }: { hasSource: boolean; rights: Rights | undefined },
): LiveSession | undefined {
  if (!hasSource) return undefined;
  const { owner } = session.contents;
  if (owner.type === 'root') return { session, rights: undefined };
  return rights?.id === owner.id ? { session, rights } : undefined;
}

function letsIn(provider: OpenIdProvider | undefined, { webIdentity }: WebSessionContents): boolean {
  if (provider?.id !== webIdentity.providerId) return false;
  const { clientId } = webIdentity;
  return clientId === null ? provider.clientIds.length === 0 : provider.clientIds.includes(clientId);
}

/** A principal that stands for the account as a whole. */
export function accountPrincipal(account: string): Principal {
  return { type: 'root', name: 'root', arn: rootArn(account), accessKeyId: undefined };
}
