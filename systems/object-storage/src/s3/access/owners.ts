// Who owns buckets and objects. DESIGN.md, "Owners", argues it.
//
//   `user`      every user is an owner of his own, under his canonical id; root owns under the account
//   `account`   the account owns everything; users have what policies give them, and nothing else

import { canonicalIdOf, userOfCanonicalId } from '@cairn/identity';
import type { Principal } from '@cairn/service';

export const ownerModes = ['user', 'account'] as const;
export type OwnerMode = (typeof ownerModes)[number];

/** The canonical id under which a principal owns. */
export function ownerIdOf(
  principal: Principal,
  { owners, account }: { owners: OwnerMode; account: string },
): string {
  return owners === 'account' && principal.type !== 'anonymous' ? account : canonicalIdOf(principal);
}

/** What an owner is shown as beside the id. */
export function displayNameOf(id: string): string {
  return isAccountId(id) ? 'root' : (userOfCanonicalId(id) ?? id);
}

/** Only root owns under twelve digits: see canonicalIdOf. */
export function isAccountId(id: string): boolean {
  return /^\d{12}$/.test(id);
}
