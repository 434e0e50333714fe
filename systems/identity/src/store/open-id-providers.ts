// Transactions on OpenID Connect providers: whose tokens are taken, for which clients.

import type { Transaction } from '@cairn/engines';
import { statement } from './tables.ts';

export type OpenIdProviderRow = {
  readonly name: string;
  readonly id: string;
  readonly url: string;
  /** JSON: arrays of texts, in the order in which they were given. */
  readonly client_ids: string;
  readonly thumbprints: string;
  readonly created_ms: number;
};

const columns = ['name', 'id', 'url', 'client_ids', 'thumbprints', 'created_ms'] as const;

const selectProvider = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('open_id_provider').select(columns).where('name', '=', p.name),
);
const selectProviders = statement({ after: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('open_id_provider')
    .select(columns)
    .where('name', '>', p.after)
    .orderBy('name')
    .limit(p.limit),
);
const countProviders = statement({}, (db) =>
  db.selectFrom('open_id_provider').select(({ fn }) => fn.countAll<number>().as('count')),
);
const insertProvider = statement(
  {
    name: 'text',
    id: 'text',
    url: 'text',
    client_ids: 'text',
    thumbprints: 'text',
    created_ms: 'integer',
  },
  (db, p) =>
    db.insertInto('open_id_provider').values({
      name: p.name,
      id: p.id,
      url: p.url,
      client_ids: p.client_ids,
      thumbprints: p.thumbprints,
      created_ms: p.created_ms,
    }),
);
const updateProvider = statement({ name: 'text', client_ids: 'text', thumbprints: 'text' }, (db, p) =>
  db
    .updateTable('open_id_provider')
    .set({ client_ids: p.client_ids, thumbprints: p.thumbprints })
    .where('name', '=', p.name),
);
const removeProvider = statement({ name: 'text' }, (db, p) =>
  db.deleteFrom('open_id_provider').where('name', '=', p.name),
);

export function* findOpenIdProvider({ name }: { name: string }): Transaction<OpenIdProviderRow | undefined> {
  return yield* selectProvider.first({ name });
}

/** By name, after one. */
export function* listOpenIdProviders(input: {
  after: string;
  limit: number;
}): Transaction<readonly OpenIdProviderRow[]> {
  return yield* selectProviders.all(input);
}

export type CreateOpenIdProviderOutcome = 'created' | 'EntityAlreadyExists' | 'LimitExceeded';

export function* createOpenIdProvider({
  providersMax,
  ...row
}: OpenIdProviderRow & { providersMax: number }): Transaction<CreateOpenIdProviderOutcome> {
  if ((yield* selectProvider.first({ name: row.name })) !== undefined) return 'EntityAlreadyExists';
  if (((yield* countProviders.first({}))?.count ?? 0) >= providersMax) return 'LimitExceeded';
  yield* insertProvider.run(row);
  return 'created';
}

export type ChangeOpenIdProviderOutcome = 'changed' | 'NoSuchEntity' | 'LimitExceeded';

/** Changes what is given. A client that is there is not added again, one that is not there not removed. */
export function* changeOpenIdProvider(input: {
  name: string;
  addClient?: string | undefined;
  removeClient?: string | undefined;
  thumbprints?: readonly string[] | undefined;
  clientsMax: number;
}): Transaction<ChangeOpenIdProviderOutcome> {
  const { name, addClient, removeClient, thumbprints, clientsMax } = input;
  const row = yield* selectProvider.first({ name });
  if (row === undefined) return 'NoSuchEntity';
  const before = JSON.parse(row.client_ids) as readonly string[];
  const kept = before.filter((each) => each !== removeClient);
  const clients = addClient === undefined || kept.includes(addClient) ? kept : [...kept, addClient];
  if (clients.length > clientsMax) return 'LimitExceeded';
  yield* updateProvider.run({
    name,
    client_ids: JSON.stringify(clients),
    thumbprints: thumbprints === undefined ? row.thumbprints : JSON.stringify(thumbprints),
  });
  return 'changed';
}

/** False when there is none. */
export function* deleteOpenIdProvider({ name }: { name: string }): Transaction<boolean> {
  if ((yield* selectProvider.first({ name })) === undefined) return false;
  yield* removeProvider.run({ name });
  return true;
}
