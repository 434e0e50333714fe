// Transactions on agents' reports.

import type { Transaction } from '@cairn/engines';
import { statement } from './agent-tables.ts';

export type RepositoryKey = { readonly service: string; readonly repository: string };
export type AgentKey = RepositoryKey & { readonly user: string; readonly agent: string };
export type AgentRow = AgentKey & { readonly last_success_ms: number | null; readonly last_report: string };

const place = { service: 'text', repository: 'text' } as const;
const key = { ...place, user: 'text', agent: 'text' } as const;
const shown = ['service', 'repository', 'user', 'agent', 'last_success_ms', 'last_report'] as const;

const selectAgent = statement(key, (db, p) =>
  db
    .selectFrom('agent')
    .select(['last_began_ms', 'last_success_ms', 'last_report'])
    .where('service', '=', p.service)
    .where('repository', '=', p.repository)
    .where('user', '=', p.user)
    .where('agent', '=', p.agent),
);
const selectAgents = statement(place, (db, p) =>
  db
    .selectFrom('agent')
    .select(shown)
    .where('service', '=', p.service)
    .where('repository', '=', p.repository)
    .orderBy('agent')
    .orderBy('user'),
);
const selectAllAgents = statement({ service: 'text' }, (db, p) =>
  db.selectFrom('agent').select(shown).where('service', '=', p.service),
);
const takeAgents = statement({ service: 'text', nobody: 'text' }, (db, p) =>
  db.updateTable('agent').set({ service: p.service }).where('service', '=', p.nobody),
);
const takeRuns = statement({ service: 'text', nobody: 'text' }, (db, p) =>
  db.updateTable('run').set({ service: p.service }).where('service', '=', p.nobody),
);
const upsertAgent = statement(
  { ...key, last_began_ms: 'integer', last_success_ms: 'integer?', last_report: 'text' },
  (db, p) =>
    db
      .insertInto('agent')
      .values(p)
      .onConflict((conflict) =>
        conflict.columns(['service', 'repository', 'user', 'agent']).doUpdateSet({
          last_began_ms: p.last_began_ms,
          last_success_ms: p.last_success_ms,
          last_report: p.last_report,
        }),
      ),
);
const upsertRun = statement({ ...key, began_ms: 'integer', report: 'text' }, (db, p) =>
  db
    .insertInto('run')
    .values(p)
    .onConflict((conflict) =>
      conflict
        .columns(['service', 'repository', 'user', 'agent', 'began_ms'])
        .doUpdateSet({ report: p.report }),
    ),
);
const selectRuns = statement({ ...place, agent: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('run')
    .select(['user', 'began_ms', 'report'])
    .where('service', '=', p.service)
    .where('repository', '=', p.repository)
    .where('agent', '=', p.agent)
    .orderBy('began_ms', 'desc')
    .limit(p.limit),
);
const selectRunsOf = statement(key, (db, p) =>
  db
    .selectFrom('run')
    .select('began_ms')
    .where('service', '=', p.service)
    .where('repository', '=', p.repository)
    .where('user', '=', p.user)
    .where('agent', '=', p.agent)
    .orderBy('began_ms', 'desc'),
);
const removeRunsUntil = statement({ ...key, began_ms: 'integer' }, (db, p) =>
  db
    .deleteFrom('run')
    .where('service', '=', p.service)
    .where('repository', '=', p.repository)
    .where('user', '=', p.user)
    .where('agent', '=', p.agent)
    .where('began_ms', '<=', p.began_ms),
);
const removeAgentNamed = statement({ ...place, agent: 'text' }, (db, p) =>
  db
    .deleteFrom('agent')
    .where('service', '=', p.service)
    .where('repository', '=', p.repository)
    .where('agent', '=', p.agent),
);
const removeRunsNamed = statement({ ...place, agent: 'text' }, (db, p) =>
  db
    .deleteFrom('run')
    .where('service', '=', p.service)
    .where('repository', '=', p.repository)
    .where('agent', '=', p.agent),
);
const removeAgentsIn = statement(place, (db, p) =>
  db.deleteFrom('agent').where('service', '=', p.service).where('repository', '=', p.repository),
);
const removeRunsIn = statement(place, (db, p) =>
  db.deleteFrom('run').where('service', '=', p.service).where('repository', '=', p.repository),
);

export type RunInput = AgentKey & {
  /** By this it is known. */
  readonly began_ms: number;
  /** By this the last is the last: no later than it was reported. */
  readonly order_ms: number;
  /** When it left a snapshot. */
  readonly success_ms: number | null;
  readonly report: string;
  readonly agentsMax: number;
  readonly runsKept: number;
};

/** A report that comes twice counts once; one that comes late does not pass for the last. */
export function* recordRun(input: RunInput): Transaction<AgentRow | 'too-many-agents'> {
  const { agentsMax, runsKept, began_ms, order_ms, success_ms, report, ...name } = input;
  const known = yield* selectAgent.first(name);
  if (
    known === undefined &&
    (yield* selectAgents.all({ service: name.service, repository: name.repository })).length >= agentsMax
  )
    return 'too-many-agents';
  yield* upsertRun.run({ ...name, began_ms, report });
  const runs = yield* selectRunsOf.all(name);
  const surplus = runs[runsKept];
  if (surplus !== undefined) yield* removeRunsUntil.run({ ...name, began_ms: surplus.began_ms });
  const isLast = known === undefined || order_ms >= known.last_began_ms;
  const successes = [known?.last_success_ms ?? null, success_ms].filter((ms) => ms !== null);
  const row = {
    ...name,
    last_success_ms: successes.length === 0 ? null : Math.max(...successes),
    last_report: isLast ? report : known.last_report,
  };
  yield* upsertAgent.run({ ...row, last_began_ms: isLast ? order_ms : known.last_began_ms });
  return row;
}

export function* listAgents(input: RepositoryKey): Transaction<readonly AgentRow[]> {
  return yield* selectAgents.all(input);
}

/** Of one service. */
export function* listAllAgents(input: { readonly service: string }): Transaction<readonly AgentRow[]> {
  return yield* selectAllAgents.all(input);
}

/** What is nobody's: from before services had ids. */
export function* takeOver(input: { readonly service: string }): Transaction<number> {
  const taking = { ...input, nobody: '' };
  yield* takeRuns.run(taking);
  return yield* takeAgents.run(taking);
}

/** The newest first. */
export function* listRuns(
  input: RepositoryKey & { readonly agent: string; readonly limit: number },
): Transaction<readonly { readonly user: string; readonly report: string }[]> {
  return yield* selectRuns.all(input);
}

/** Of every user; how many there were. */
export function* removeAgent(input: RepositoryKey & { readonly agent: string }): Transaction<number> {
  yield* removeRunsNamed.run(input);
  return yield* removeAgentNamed.run(input);
}

export function* removeRepositoryAgents(input: RepositoryKey): Transaction<number> {
  yield* removeRunsIn.run(input);
  return yield* removeAgentsIn.run(input);
}
