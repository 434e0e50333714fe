// Listings in pages: a page asks for one row more than it shows, which tells whether another follows.

import { IdentityError } from '../../errors.ts';
import { pageItemsDefault, pageItemsMax } from '../../limits.ts';
import type { Page, PageRequest } from '../identity.ts';

export function pageLimit({ limit = pageItemsDefault }: PageRequest): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= pageItemsMax) return limit;
  throw new IdentityError('ValidationError', `A page has 1 to ${pageItemsMax} items, not ${limit}.`);
}

/** The page of the first `limit` of up to `limit + 1` items, each of which a listing can go on after. */
export function pageOf<Item>(
  items: readonly Item[],
  options: { limit: number; nameOf: (item: Item) => string },
): Page<Item> {
  const shown = items.slice(0, options.limit);
  if (items.length <= options.limit) return { items: shown };
  return { items: shown, next: options.nameOf(shown.at(-1)!) };
}
