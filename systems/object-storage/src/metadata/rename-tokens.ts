// Client tokens of renames that were done. Who sends one again is answered as the first time and nothing happens, though
// another object may have the old name by then. A token is remembered in the transaction that renames, for an hour.

import type { Transaction } from '@cairn/engines';
import { renameTokenMs, renameTokensForgottenAtOnce } from '../limits.ts';
import { damagedRow, isIntact, sealedRenameToken } from './row-checksums.ts';
import { statement } from './tables.ts';
import type { Occasion } from './versions.ts';

export type RenameToken = {
  /** A digest of the token, its bucket's name and who sent it: tokens of others are others. */
  readonly id: string;
  /** A digest of what was asked for with it. */
  readonly request: string;
};
/** What a rename is answered with: the id of the version that it made, where the bucket has versions. */
export type Renamed = { readonly versionId: string | undefined };
export type TokenAnswer = Renamed | 'IdempotencyParameterMismatch';

const selectToken = statement({ name: 'text', token: 'text' }, (db, p) =>
  db
    .selectFrom('bucket')
    .innerJoin('rename_token', 'rename_token.bucket', 'bucket.id')
    .selectAll('rename_token')
    .where('bucket.name', '=', p.name)
    .where('rename_token.token', '=', p.token),
);
/** There may be one of an earlier bucket of that name. */
const upsertToken = statement(
  {
    token: 'text',
    bucket: 'integer',
    request: 'text',
    version_id: 'text?',
    at_ms: 'integer',
    row_crc: 'integer',
  },
  (db, { token, ...content }) =>
    db
      .insertInto('rename_token')
      .values({ token, ...content })
      .onConflict((conflict) => conflict.column('token').doUpdateSet(content)),
);
const removeTokens = statement({ until_ms: 'integer', limit: 'integer' }, (db, p) =>
  db
    .deleteFrom('rename_token')
    .where('token', 'in', (tokens) =>
      tokens
        .selectFrom('rename_token')
        .select('token')
        .where('at_ms', '<=', p.until_ms)
        .orderBy('at_ms')
        .limit(p.limit),
    ),
);

/** The answer of the rename that was done with this token; undefined when there was none. */
export function* findRename(input: {
  bucket: string;
  token: RenameToken;
}): Transaction<TokenAnswer | undefined> {
  const { bucket, token } = input;
  const row = yield* selectToken.first({ name: bucket, token: token.id });
  if (row === undefined) return undefined;
  if (!isIntact.renameToken(row)) throw damagedRow(`client token ${row.token}`);
  if (row.request !== token.request) return 'IdempotencyParameterMismatch';
  return { versionId: row.version_id ?? undefined };
}

/** One in sixteen renames, as its random digits say, takes old tokens away: of two at once seldom both. */
export function* noteRename(
  { bucket, token, renamed }: { bucket: number; token: RenameToken; renamed: Renamed },
  { nowMs, random }: Occasion,
): Transaction<void> {
  const version_id = renamed.versionId ?? null;
  const row = { token: token.id, bucket, request: token.request, version_id, at_ms: nowMs };
  yield* upsertToken.run(sealedRenameToken(row));
  if (!random.startsWith('0')) return;
  yield* removeTokens.run({ until_ms: nowMs - renameTokenMs, limit: renameTokensForgottenAtOnce });
}
