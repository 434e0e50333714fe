// Who an access key belongs to, and its secret: the hot path of every signed request.

import { LookupCache, type LookupCacheOptions } from '@cairn/engines';
import type { Principal } from '@cairn/service';
import type { RootCredentials } from '../../secrets/root-credentials.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import type { IdentitySql } from '../../store/store.ts';
import type { ActiveAccessKey } from '../identity.ts';
import { rootArn, userArn } from '../operations/names.ts';

type Options = Omit<LookupCacheOptions<ActiveAccessKey>, 'lookUp'> & {
  readonly account: string;
  readonly root: RootCredentials;
  readonly secretBox: SecretBox;
  readonly sql: IdentitySql;
};

export class Credentials {
  readonly #options: Options;
  readonly #root: ActiveAccessKey;
  readonly #active: LookupCache<ActiveAccessKey>;

  constructor(options: Options) {
    const { root, account, ...remembering } = options;
    this.#options = options;
    this.#root = activeKey({
      accessKeyId: root.accessKeyId,
      secret: root.secretKey,
      principal: { type: 'root', name: 'root', arn: rootArn(account) },
    });
    this.#active = new LookupCache({ ...remembering, lookUp: (id) => this.#lookUp(id) });
  }

  find(accessKeyId: string): ActiveAccessKey | undefined | Promise<ActiveAccessKey | undefined> {
    return accessKeyId === this.#root.accessKeyId ? this.#root : this.#active.get(accessKeyId);
  }

  forget(accessKeyId: string): void {
    this.#active.forget(accessKeyId);
  }

  forgetAll(): void {
    this.#active.forgetAll();
  }

  async #lookUp(id: string): Promise<ActiveAccessKey | undefined> {
    // An id comes from whoever connects; what cannot be stored cannot be there.
    if (!/^\w{1,128}$/.test(id)) return undefined;
    const row = await this.#options.sql.lookup('findAccessKey', { id });
    if (row === undefined || row.active === 0) return undefined;
    const secret = this.#options.secretBox.open(row.secret, {
      context: secretContext({ id, user: row.user }),
    });
    const arn = userArn(this.#options.account, { name: row.user, path: row.path });
    return activeKey({ accessKeyId: id, secret, principal: { type: 'user', name: row.user, arn } });
  }
}

/** What the secret of a key is bound to. */
export function secretContext({ id, user }: { id: string; user: string }): string {
  return `access key ${id} of user ${user}`;
}

function activeKey(key: {
  accessKeyId: string;
  secret: string;
  principal: Omit<Principal, 'accessKeyId'>;
}): ActiveAccessKey {
  const { accessKeyId, secret } = key;
  return { accessKeyId, secret, principal: { ...key.principal, accessKeyId }, active: true };
}
