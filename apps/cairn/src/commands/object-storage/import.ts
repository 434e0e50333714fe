// `cairn object-storage import`: moves buckets from another S3 server, and shows how it gets on. The work is done by the
// process that has the data folder: a server that runs, or this one. Killing either loses nothing: the same command goes on.

import { setTimeout as rest } from 'node:timers/promises';
import type { ImportStatus } from '@cairn/object-storage';
import type { Command } from 'commander';
import { withManagementApi } from '../../client/connect.ts';
import type { ManagementApi } from '../../client/management-api.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { printResult } from '../../output/print-result.ts';
import { importsText, progressText, summaryText } from './import-text.ts';

type ImportOptions = ClientOptions & {
  readonly from?: string;
  readonly bucket?: readonly string[];
  readonly credentials?: string;
  readonly follow?: boolean;
  readonly switch?: boolean;
  readonly jobs?: string;
  readonly bytesPerSecond?: string;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
  readonly status?: boolean;
  readonly stop?: string;
};

const path = '/api/object-storage/imports';
const lookEveryMs = 500;

export function addImportCommand(noun: Command, context: CommandContext): void {
  addClientOptions(
    noun
      .command('import')
      .description(
        'Moves buckets from another S3 server, with versions, tags, metadata and policies; the same command goes on where it was. Credentials of the source come from --credentials, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what the process that has the data folder finds. Exits with 1 when a version could not be moved.',
      )
      .option('--from <url>', 'the source: http(s)://HOST[:PORT][/BUCKET[/PREFIX]] or s3://[BUCKET[/PREFIX]]')
      .option('--bucket <name[=newname]>', 'only this bucket; may be repeated', collected)
      .option('--credentials <name>', 'object-storage.credentials.NAME of the configuration')
      .option('--follow', 'go on with what changes there, until --switch or --stop')
      .option('--switch', 'the source is read-only now: one more pass, then end')
      .option('--jobs <n>', 'versions that move at the same time (default: 8)')
      .option('--bytes-per-second <n>', 'pace at most')
      .option('--dry-run', 'list and compare, change nothing')
      .option('--detach', 'leave it to the server and return at once')
      .option('--status', 'show all imports')
      .option('--stop <id>', 'stop an import; what it moved stays'),
  ).action((options: ImportOptions) =>
    withManagementApi(context, { ...options, system: 'object-storage' }, (api) => run(api, context, options)),
  );
}

function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

async function run(api: ManagementApi, context: CommandContext, options: ImportOptions): Promise<void> {
  if (options.status) {
    const { imports } = await list(api);
    printResult(context, options, { result: imports, text: importsText });
  } else if (options.stop !== undefined) {
    const stopped = await api.call({ method: 'POST', path: `${path}/stop`, body: { id: options.stop } });
    printResult(context, options, { result: stopped as ImportStatus, text: summaryText });
  } else await begin(api, context, options);
}

async function list(api: ManagementApi): Promise<{ readonly imports: readonly ImportStatus[] }> {
  return (await api.call({ method: 'GET', path })) as { imports: ImportStatus[] };
}

async function begin(api: ManagementApi, context: CommandContext, options: ImportOptions): Promise<void> {
  if (options.detach && !/^https?:/.test(api.location))
    throw new CommandFailed(
      'usage',
      'no server runs that it could be left to: start one, or leave --detach out',
    );
  const body = requestBody(context, options);
  const started = (await api.call({ method: 'POST', path, body })) as ImportStatus;
  if (options.detach) {
    printResult(context, options, { result: started, text: summaryText });
    return;
  }
  const ended = await watch(api, context, { started, options });
  if (options.json) context.print(`${JSON.stringify(ended)}\n`);
  else context.print(summaryText(ended));
  const { state, counts } = ended;
  if (state !== 'done')
    throw new CommandFailed('no', `the import is ${state}: ${ended.reason ?? 'it was stopped'}`);
  if (counts.failed > 0) throw new CommandFailed('no', `${counts.failed} versions could not be moved`);
}

function requestBody({ environment }: CommandContext, options: ImportOptions): object {
  if (options.from === undefined) throw new CommandFailed('usage', 'name the source with --from URL');
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  const { AWS_SESSION_TOKEN: sessionToken, AWS_REGION: region } = environment;
  const given = options.credentials === undefined && accessKeyId && secretAccessKey;
  return {
    from: options.from,
    buckets: (options.bucket ?? []).map(bucketPair),
    credentials: options.credentials,
    follow: (options.follow || options.switch) ?? false,
    jobs: numberOf('--jobs', options.jobs),
    bytesPerSecond: numberOf('--bytes-per-second', options.bytesPerSecond),
    dryRun: options.dryRun ?? false,
    switch: options.switch ?? false,
    ...(given && { sourceCredentials: { accessKeyId, secretAccessKey, sessionToken, region } }),
  };
}

function bucketPair(text: string): { bucket: string; as: string } {
  const [bucket = '', as = bucket] = text.split('=');
  return { bucket, as };
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d*$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new CommandFailed('usage', `could not use ${option} '${text}': wanted is a whole number`);
}

type Watched = { readonly started: ImportStatus; readonly options: ImportOptions };

/** Until it ends. On a terminal one line that changes; with --json a line whenever something did. */
async function watch(
  api: ManagementApi,
  context: CommandContext,
  { started, options }: Watched,
): Promise<ImportStatus> {
  const isTerminal = !options.json && process.stderr.isTTY === true;
  let before = started;
  let shown = '';
  for (let seconds = lookEveryMs / 1_000; ; ) {
    if (before.state !== 'running' && before.state !== 'following') break;
    // Not the world's clock, whose timers let a process end: this one may have nothing else that keeps it.
    await rest(lookEveryMs);
    const { imports } = await list(api);
    const status = imports.find(({ id }) => id === started.id) ?? before;
    const text = progressText(status, {
      bytesPerSecond: (status.counts.receivedBytes - before.counts.receivedBytes) / seconds,
      nowMs: Date.now(),
    });
    if (isTerminal) context.printError(`\r\u001b[2K${text}`);
    else if (options.json && text !== shown) context.print(`${JSON.stringify(status)}\n`);
    [before, shown] = [status, text];
  }
  if (isTerminal) context.printError('\n');
  return before;
}
