// Users, keys and tokens come and go while the machine crashes and commits fail. What must never happen:
//
//   a key or token whose end was acknowledged logs someone in; one whose creation was acknowledged, and whose end was
//   not begun, does not; the root credentials change; the database holds what cannot be read
//
// Logins run at the same time as changes, so that what a cache remembers is raced against what changes.

import assert from 'node:assert/strict';
import { openSimulatedSql, type SqlDurability, simulatedSqlFaults } from '@cairn/engines';
import type { Scenario, SeededRandom, SimulatedMachine, Simulation } from '@cairn/world/simulated';
import type { Identity } from '../src/core/identity.ts';
import { openIdentity } from '../src/core/open-identity.ts';
import { IdentityError } from '../src/errors.ts';
import identityStore from '../src/store/store.ts';
import { assertLogin, type Entry, KeyLedger } from './key-ledger.ts';
import { account } from './principals.ts';

export type Step =
  | { readonly kind: 'create-user' | 'delete-user' | 'create-key'; readonly user: string }
  | { readonly kind: 'switch-off' | 'switch-on' | 'delete-key' | 'issue-token'; readonly key: number }
  /** `key` counts back from the latest. */
  | { readonly kind: 'log-in'; readonly key: number; readonly afterMs: number }
  | { readonly kind: 'crash'; readonly afterMs: number; readonly powerLoss: boolean };

const users = ['anna', 'bert'];
/** Steps are about the latest few keys: earlier ones have ended. */
const keysInPlay = 3;

/** With `os` acknowledged means less than it says: the scenario must notice. */
export function revocationScenario(durability: SqlDurability = 'synced'): Scenario<Step> {
  return {
    name: durability === 'synced' ? 'revocation' : 'revocation-unsynced',
    plan: (random) => Array.from({ length: 60 }, () => planStep(random)),
    run: async (simulation, steps) => {
      const run = new RevocationRun(simulation, durability);
      await run.open();
      for (const step of steps) await run.perform(step);
      await run.finish();
    },
  };
}

function planStep(random: SeededRandom): Step {
  const user = users[random.integer(users.length)]!;
  const key = random.integer(keysInPlay);
  const afterMs = random.integer(12);
  const choice = random.integer(100);
  if (choice < 8) return { kind: 'create-user', user };
  if (choice < 10) return { kind: 'delete-user', user };
  if (choice < 24) return { kind: 'create-key', user };
  if (choice < 34) return { kind: 'switch-off', key };
  if (choice < 44) return { kind: 'switch-on', key };
  if (choice < 48) return { kind: 'delete-key', key };
  if (choice < 58) return { kind: 'issue-token', key };
  if (choice < 93) return { kind: 'log-in', key, afterMs };
  return { kind: 'crash', afterMs, powerLoss: random.chance(0.7) };
}

/** How a change ended, as far as its caller heard. */
type Heard<T> =
  | { readonly ended: 'done'; readonly value: T }
  | { readonly ended: 'refused' | 'unheard'; readonly code?: string };

class RevocationRun {
  readonly #simulation: Simulation;
  readonly #machine: SimulatedMachine;
  readonly #durability: SqlDurability;
  readonly #ledger = new KeyLedger();
  #identity: Identity | undefined;
  #rootAccessKeyId: string | undefined;
  #logins: Promise<void>[] = [];

  constructor(simulation: Simulation, durability: SqlDurability) {
    this.#simulation = simulation;
    this.#machine = simulation.machine('node');
    this.#durability = durability;
  }

  /** Opens identity on what the machine kept, as often as it takes. */
  async open(): Promise<Identity> {
    while (this.#identity === undefined || !this.#machine.running) {
      if (!this.#machine.running) this.#machine.restart();
      this.#identity = undefined;
      const outcome = await this.#machine.orCrash(this.#openOnce());
      if (!outcome.crashed) this.#identity = outcome.value;
    }
    return this.#identity;
  }

  async #openOnce(): Promise<Identity> {
    const { world } = this.#machine;
    await world.disk.makeDirectory('data');
    const sql = await openSimulatedSql(this.#machine, identityStore, { durability: this.#durability });
    const identity = await openIdentity({
      world,
      sql,
      account,
      keyFile: 'data/master.key',
      rootCredentialsFile: 'data/root-credentials',
    });
    const made = identity.newRootCredentials?.accessKeyId;
    assert(made === undefined || this.#rootAccessKeyId === undefined, 'root credentials were made twice');
    this.#rootAccessKeyId ??= made;
    simulatedSqlFaults(this.#machine, identityStore.name).commitFailureProbability = 0.03;
    return identity;
  }

  async perform(step: Step): Promise<void> {
    const identity = await this.open();
    if (step.kind === 'crash') return this.#crashAfter(step);
    if ('user' in step) return this.#changeUser(step, identity);
    const key = this.#ledger.keys.at(-1 - step.key);
    if (key === undefined) return;
    if (step.kind === 'log-in') return this.#logInAfter(key, step.afterMs);
    if (step.kind === 'issue-token') return this.#issueToken(key, identity);
    return this.#changeKey(step.kind, key, identity);
  }

  /** After a last crash, with nothing failing any more, everything known is looked at once. */
  async finish(): Promise<void> {
    if (this.#machine.running) this.#machine.crash();
    const identity = await this.open();
    simulatedSqlFaults(this.#machine, identityStore.name).commitFailureProbability = 0;
    await Promise.all(this.#logins);
    for (const key of this.#ledger.keys) await this.#logIn(key, identity);
    assert.deepEqual(await identity.check(), []);
    if (this.#rootAccessKeyId !== undefined)
      assert.ok(await identity.findAccessKey(this.#rootAccessKeyId), 'the root credentials were lost');
  }

  #crashAfter({ afterMs, powerLoss }: { afterMs: number; powerLoss: boolean }): void {
    this.#machine.schedule({ label: 'planned crash', delayMs: afterMs }, () =>
      this.#machine.crash({ powerLoss }),
    );
  }

  async #changeUser({ kind, user }: Step & { user: string }, identity: Identity): Promise<void> {
    if (kind === 'create-user') await this.#createUser(user, identity);
    else if (kind === 'delete-user') await this.#deleteUser(user, identity);
    else await this.#createKey(user, identity);
  }

  async #createUser(user: string, identity: Identity): Promise<void> {
    const known = this.#ledger.userState(user);
    const heard = await this.#hear(identity.createUser({ name: user }));
    if (heard.ended === 'refused' && heard.code === 'EntityAlreadyExists') {
      assert.notEqual(known, 'ended', `${user} is there, though nobody made them`);
      this.#ledger.users.set(user, 'works');
    } else if (heard.ended !== 'refused') {
      this.#ledger.users.set(user, heard.ended === 'done' ? 'works' : 'unknown');
    }
  }

  async #deleteUser(user: string, identity: Identity): Promise<void> {
    const keys = this.#ledger.keysOf(user);
    const before = keys.map((key) => this.#ledger.snapshot(key));
    for (const key of keys) this.#ledger.begin(key);
    const heard = await this.#hear(identity.deleteUser({ name: user, force: true }));
    const isGone = heard.ended === 'done' || heard.code === 'NoSuchEntity';
    if (isGone) for (const key of keys) this.#ledger.end(key, 'ended');
    else if (heard.ended === 'refused')
      for (const [i, key] of keys.entries()) this.#ledger.undo(key, before[i]!);
    if (isGone) this.#ledger.users.set(user, 'ended');
    else if (heard.ended === 'unheard') this.#ledger.users.set(user, 'unknown');
  }

  async #createKey(user: string, identity: Identity): Promise<void> {
    const known = this.#ledger.userState(user);
    const heard = await this.#hear(identity.createAccessKey({ user }));
    if (heard.ended === 'done') {
      assert.notEqual(known, 'ended', `${user} was deleted and has a new key`);
      this.#ledger.addKey({ user, id: heard.value.accessKeyId, secret: heard.value.secretKey });
    }
    if (heard.ended === 'refused' && heard.code === 'NoSuchEntity')
      assert.notEqual(known, 'works', `${user} was created and is not there`);
  }

  async #issueToken(key: Entry, identity: Identity): Promise<void> {
    const found = await this.#hear(Promise.resolve(identity.findAccessKey(key.id)));
    if (found.ended !== 'done' || found.value === undefined) return;
    const heard = await this.#hear(identity.issueToken({ principal: found.value.principal }));
    if (heard.ended === 'done') this.#ledger.addToken({ id: heard.value.id, secret: heard.value.token, key });
  }

  async #changeKey(kind: Step['kind'], key: Entry, identity: Identity): Promise<void> {
    const name = { user: key.user, accessKeyId: key.id };
    const before = this.#ledger.snapshot(key);
    this.#ledger.begin(key);
    const change =
      kind === 'delete-key'
        ? identity.deleteAccessKey(name)
        : identity.setAccessKeyActive({ ...name, active: kind === 'switch-on' });
    const heard = await this.#hear(change);
    if (heard.ended === 'done') this.#ledger.end(key, kind === 'switch-on' ? 'works' : 'ended');
    else if (heard.code === 'NoSuchEntity') {
      assert.notEqual(before[0], 'works', `the working key ${key.id} is not there`);
      this.#ledger.end(key, 'ended');
    } else if (heard.ended === 'refused') this.#ledger.undo(key, before);
  }

  /** Logs in later, while other things happen. */
  #logInAfter(key: Entry, afterMs: number): void {
    const login = async () => {
      await this.#simulation.clock.sleep(afterMs);
      if (this.#machine.running && this.#identity !== undefined) await this.#logIn(key, this.#identity);
    };
    this.#logins.push(login());
  }

  async #logIn(key: Entry, identity: Identity): Promise<void> {
    await this.#tryLogin(key, async () => (await identity.findAccessKey(key.id))?.secret === key.secret);
    for (const token of this.#ledger.tokens.filter((token) => token.key === key))
      await this.#tryLogin(token, async () => {
        const principal = await identity.authenticator.authenticate(`Bearer ${token.secret}`);
        return principal?.name === token.user;
      });
  }

  async #tryLogin(entry: Entry, attempt: () => Promise<boolean>): Promise<void> {
    if (!this.#machine.running) return;
    const { state: known, changes } = entry;
    const outcome = await this.#machine.orCrash(attempt());
    if (!outcome.crashed && entry.changes === changes) assertLogin(entry, { known, loggedIn: outcome.value });
  }

  async #hear<T>(change: Promise<T>): Promise<Heard<T>> {
    try {
      const outcome = await this.#machine.orCrash(change);
      return outcome.crashed ? { ended: 'unheard' } : { ended: 'done', value: outcome.value };
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      return { ended: error.code === 'ServiceUnavailable' ? 'unheard' : 'refused', code: error.code };
    }
  }
}
