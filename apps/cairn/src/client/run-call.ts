// One command, one call: connects, calls, prints. What most commands are.

import type { CommandContext } from '../command-context.ts';
import type { ClientOptions } from '../output/command-options.ts';
import { printResult } from '../output/print-result.ts';
import { withManagementApi } from './connect.ts';
import type { ApiCall, ManagementApi } from './management-api.ts';

export type SystemCall = Omit<ApiCall, 'path'> & {
  readonly system: string;
  /** Below `/api/<system>`, one element per part; each is escaped. */
  readonly path: readonly string[];
};

/** Calls and prints the answer, which was validated by whoever gave it. `verdict` may then throw CommandFailed. */
export async function runCall<Answer>(
  context: CommandContext,
  options: ClientOptions,
  call: SystemCall & {
    readonly text: (answer: Answer) => string;
    readonly verdict?: (answer: Answer) => void;
  },
): Promise<void> {
  const answer = (await withManagementApi(context, { ...options, system: call.system }, (api) =>
    callSystem(api, call),
  )) as Answer;
  printResult(context, options, { result: answer, text: call.text });
  call.verdict?.(answer);
}

/** Calls a listing until its last page and prints all items. */
export async function runListing<Item>(
  context: CommandContext,
  options: ClientOptions,
  call: SystemCall & { readonly text: (items: readonly Item[]) => string },
): Promise<void> {
  const items = await withManagementApi(context, { ...options, system: call.system }, async (api) => {
    const all: Item[] = [];
    let after: string | undefined;
    do {
      const page = (await callSystem(api, { ...call, query: { ...call.query, after } })) as Page<Item>;
      all.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return all;
  });
  printResult(context, options, { result: items, text: call.text });
}

type Page<Item> = { readonly items: readonly Item[]; readonly next?: string };

export function callSystem(api: ManagementApi, call: SystemCall): Promise<unknown> {
  return api.call(apiCallOf(call));
}

/** The items of an answer that streams. */
export function streamSystem(api: ManagementApi, call: SystemCall): AsyncGenerator<unknown, void, undefined> {
  return api.stream(apiCallOf(call));
}

function apiCallOf({ system, path, ...call }: SystemCall): ApiCall {
  return { ...call, path: ['/api', system, ...path.map(encodeURIComponent)].join('/') };
}
