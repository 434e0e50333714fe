// Object storage as the service shell mounts it: the core on the data folder, the S3 endpoint, the management routes.

import type { BlobsCredentials } from '@cairn/engines';
import { type Identity, queryProtocol } from '@cairn/identity';
import type { SystemContext, SystemDefinition } from '@cairn/service';
import { z } from 'zod';
import { importRoutes } from './api/import-routes.ts';
import { objectStorageRoutes } from './api/routes.ts';
import type { ObjectStorage } from './core/object-storage.ts';
import { openObjectStorage } from './core/open-object-storage.ts';
import type { OpenObjectStorageOptions, StorageClassPlaces } from './core/open-stores.ts';
import { repairObjectStorage } from './core/repair-object-storage.ts';
import { parseRedundancy } from './drives/layout/redundancy.ts';
import { ObjectStorageError } from './errors.ts';
import type { EventSink } from './events/event-sink.ts';
import { webhookSink } from './events/webhook-sink.ts';
import { ImportsOnDemand } from './import/job/imports-on-demand.ts';
import {
  bytesPerMiB,
  compactionBytesPerSecondDefault,
  compactionDeadFractionDefault,
  compactionDeadFractionLowest,
  dayMs,
  driveAnswerMsDefault,
  drivesMax,
  healBytesPerSecondDefault,
  lifecycleDeletionsPerSecondDefault,
  reserveBytesDefault,
  scrubBytesPerSecondDefault,
  scrubPeriodDaysDefault,
  scrubPeriodDaysLowest,
  segmentBytesMaxDefault,
  segmentBytesMaxHighest,
  segmentBytesMaxLowest,
  smallBlobBytesMaxDefault,
  transitionBytesPerSecondDefault,
  usageScanSecondsDefault,
  webhookTimeoutSecondsDefault,
  webhookTimeoutSecondsHighest,
  webhookTimeoutSecondsLowest,
  writersMax,
} from './limits.ts';
import type { ReplicationDestination } from './replication/replication-destination.ts';
import { s3Destination } from './replication/s3-destination.ts';
import { objectOwnershipDefault, objectOwnerships } from './s3/access/object-ownership.ts';
import { ownerModes } from './s3/access/owners.ts';
import { logDeliverySecondsDefault } from './s3/limits.ts';
import { openS3Server, type S3Server } from './s3/server.ts';
import { transitionClasses } from './transition/storage-classes.ts';

/** Names of functions in ARNs. */
const webhookNames = /^[a-zA-Z0-9_-]{1,64}$/;
const webhook = z.strictObject({
  url: z
    .string()
    .regex(/^https?:\/\/[^\s/?#@]+([/?#]\S*)?$/)
    .refine((text) => URL.canParse(text), { error: 'a URL' })
    .describe('http: or https: address that events are posted to, without credentials'),
  secret: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe('signs every request, as Standard Webhooks has it: whsec_ and base64, or any text'),
  headers: z
    .record(
      z.string().regex(/^[\w-]+$/),
      z
        .string()
        .regex(/^[\t -~]*$/)
        .meta({ secret: true })
        .describe('value of a header that every request has'),
    )
    .default({}),
  timeoutSeconds: z
    .number()
    .min(webhookTimeoutSecondsLowest)
    .max(webhookTimeoutSecondsHighest)
    .default(webhookTimeoutSecondsDefault)
    .describe('in which a request has to be answered'),
});

const credentialNames = /^[a-zA-Z0-9_-]{1,64}$/;
const credentials = z.strictObject({
  accessKeyId: z.string().min(1).describe('of the key with which other S3 servers are asked'),
  secretAccessKey: z.string().min(1).meta({ secret: true }).describe('its secret'),
  sessionToken: z.string().min(1).optional().meta({ secret: true }).describe('of temporary credentials'),
  region: z.string().min(1).optional().describe('region that requests are signed for'),
});

const classNames = new RegExp(`^(${transitionClasses.join('|')})$`);
const storageClass = z.strictObject({
  url: z
    .string()
    .min(1)
    .describe(
      'where objects of the storage class are moved to: file:, s3:, http: or https:, as blobs have it',
    ),
  credentials: z
    .string()
    .regex(credentialNames)
    .optional()
    .describe('for an S3: the name of object-storage.credentials.NAME'),
  restore: z
    .boolean()
    .optional()
    .describe('whether they have to be restored before they are read; GLACIER and DEEP_ARCHIVE unless given'),
});

const replicationTarget = z.strictObject({
  url: z
    .string()
    .regex(/^(s3|https?):\/\/[^\s/?#@]+\/?[^\s?#]*$/)
    .describe('bucket of another S3 server: http(s)://HOST[:PORT]/BUCKET[/PREFIX] or s3://BUCKET[/PREFIX]'),
  credentials: z
    .string()
    .regex(credentialNames)
    .optional()
    .describe('name of the credentials; those of the environment unless given'),
});

const config = z.strictObject({
  credentials: z.record(z.string().regex(credentialNames), credentials).default({}),
  s3: z
    .strictObject({
      port: z.int().min(0).max(65_535).default(9000).describe('port of the S3 endpoint; 0 takes a free one'),
      domain: z
        .string()
        .min(1)
        .optional()
        .describe('domain under which buckets are reached as BUCKET.DOMAIN, besides BUCKET.localhost'),
      owners: z
        .enum(ownerModes)
        .default('user')
        .describe(
          'who owns a bucket: the user that makes it, or the account, so that only policies let users in',
        ),
      objectOwnership: z
        .enum(objectOwnerships)
        .default(objectOwnershipDefault)
        .describe('object ownership of buckets without a setting; BucketOwnerEnforced switches ACLs off'),
    })
    .prefault({}),
  events: z
    .strictObject({
      webhooks: z.record(z.string().regex(webhookNames), webhook).default({}),
    })
    .prefault({}),
  data: z
    .strictObject({
      writers: z
        .int()
        .min(1)
        .max(writersMax)
        .optional()
        .describe('segment files that are written in parallel; one per core unless given'),
      segmentBytesMax: z
        .int()
        .min(segmentBytesMaxLowest)
        .max(segmentBytesMaxHighest)
        .default(segmentBytesMaxDefault)
        .describe('size in bytes at which a segment is sealed'),
      reserveBytes: z
        .int()
        .min(0)
        .default(reserveBytesDefault)
        .describe('bytes that uploads leave free on the disk, for deletes and compaction'),
      compactionDeadFraction: z
        .number()
        .min(compactionDeadFractionLowest)
        .max(1)
        .default(compactionDeadFractionDefault)
        .describe('a sealed segment of which this part is dead is emptied and removed'),
      compactionBytesPerSecond: z
        .int()
        .min(1 * bytesPerMiB)
        .default(compactionBytesPerSecondDefault)
        .describe('pace of compaction; a quarter of it while uploads are under way'),
      scrubPeriodDays: z
        .number()
        .min(scrubPeriodDaysLowest)
        .default(scrubPeriodDaysDefault)
        .describe('in which everything is read and verified once'),
      scrubBytesPerSecond: z
        .int()
        .min(1 * bytesPerMiB)
        .default(scrubBytesPerSecondDefault)
        .describe(
          'pace of the scrubber at most, when it is behind; a quarter of it beside uploads or 100 requests a second',
        ),
      smallBlobBytesMax: z
        .int()
        .min(0)
        .default(smallBlobBytesMaxDefault)
        .describe('memory that keeps small objects which are read again and again; 0 for none'),
      drives: z
        .array(z.string().min(1))
        .min(1)
        .max(drivesMax)
        .optional()
        .describe(
          'folders of several drives that objects are spread over; the data folder alone unless given',
        ),
      redundancy: z
        .string()
        .refine((text) => parseRedundancy(text) !== undefined, { error: 'one of none, mirror:N, K+M' })
        .default('none')
        .describe('how objects are kept on several drives: none, mirror:N, or K+M shards (Reed-Solomon)'),
      healBytesPerSecond: z
        .int()
        .min(1 * bytesPerMiB)
        .default(healBytesPerSecondDefault)
        .describe('pace of healing, also from replicas; a quarter of it while uploads are under way'),
      driveTimeoutSeconds: z
        .number()
        .min(1)
        .max(600)
        .default(driveAnswerMsDefault / 1_000)
        .describe('how long one of several drives may take to answer before it counts as missing'),
    })
    .superRefine(({ drives, redundancy }, context) => {
      if (drives !== undefined || redundancy === 'none' || parseRedundancy(redundancy) === undefined) return;
      // Without them nothing would be redundant, and nobody would know.
      const message = `the folders of the drives that object-storage.data.redundancy=${redundancy} spreads objects over`;
      context.addIssue({ code: 'custom', path: ['drives'], message });
    })
    .prefault({}),
  logging: z
    .strictObject({
      deliverySeconds: z
        .number()
        .min(1)
        .default(logDeliverySecondsDefault)
        .describe('between two deliveries of the access logs of buckets'),
    })
    .prefault({}),
  usage: z
    .strictObject({
      scanSeconds: z
        .number()
        .min(0)
        .default(usageScanSecondsDefault)
        .describe('between two measures of usage for the metrics; 0 for none'),
    })
    .prefault({}),
  classes: z.record(z.string().regex(classNames), storageClass).default({}),
  replication: z
    .strictObject({
      targets: z.record(z.string().regex(credentialNames), replicationTarget).default({}),
      bytesPerSecond: z
        .int()
        .min(1)
        .optional()
        .describe('pace of all replication together; no limit unless given'),
    })
    .prefault({}),
  lifecycle: z
    .strictObject({
      daySeconds: z
        .number()
        .min(1)
        .default(dayMs / 1_000)
        .describe('length of a day of lifecycle rules; shorter ones, which know no midnight, are for tests'),
      deletionsPerSecond: z
        .int()
        .min(1)
        .default(lifecycleDeletionsPerSecondDefault)
        .describe('pace at which lifecycle rules delete'),
      transitionBytesPerSecond: z
        .int()
        .min(1 * bytesPerMiB)
        .default(transitionBytesPerSecondDefault)
        .describe('pace at which objects are moved to the places of their storage classes, and restored'),
    })
    .prefault({}),
});

export type ObjectStorageConfig = z.output<typeof config>;

export const objectStorageSystem: SystemDefinition<ObjectStorageConfig, ObjectStorage> = {
  name: 'object-storage',
  nouns: ['s3'],
  uses: ['identity'],
  config,
  async start(context) {
    const storage = await openObjectStorage(openOptions(context));
    try {
      const server = context.withoutListeners ? undefined : await listenS3(context, storage);
      const imports = await openImports(context, storage);
      return {
        api: storage,
        endpoints: server === undefined ? [] : [{ protocol: 's3', url: server.url }],
        routes: [...objectStorageRoutes(storage), ...importRoutes(imports)],
        health: () => healthOf(storage),
        async stop(deadline) {
          await server?.close(deadline);
          await imports.close();
          await storage.close();
        },
      };
    } catch (error) {
      await storage.close();
      throw error;
    }
  },
  repair: (context) => repairObjectStorage(openOptions(context)),
};

function openOptions(context: SystemContext<ObjectStorageConfig>): OpenObjectStorageOptions {
  const { writers, segmentBytesMax, scrubPeriodDays, drives, redundancy, healBytesPerSecond, ...data } =
    context.config.data;
  const { driveTimeoutSeconds, ...settings } = data;
  const { daySeconds, ...lifecycle } = context.config.lifecycle;
  return {
    directory: context.dataDirectory,
    metadataUrl: context.engineUrl('sql'),
    writers,
    drives:
      drives === undefined
        ? undefined
        : { folders: drives, redundancy, healBytesPerSecond, answerWithinMs: driveTimeoutSeconds * 1_000 },
    segmentBytesMax,
    repairBytesPerSecond: healBytesPerSecond,
    settings: { ...settings, scrubPeriodMs: scrubPeriodDays * dayMs },
    usage: { scanEveryMs: context.config.usage.scanSeconds * 1_000 },
    lifecycle: { ...lifecycle, dayMs: daySeconds * 1_000 },
    classes: classesOf(context.config),
    events: { sinks: webhookSinks(context), region: context.settings.region },
    replication: {
      destinations: replicationDestinations(context.config),
      bytesPerSecond: context.config.replication.bytesPerSecond,
    },
    world: context.world,
    telemetry: context.telemetry,
  };
}

function classesOf({ classes, credentials }: ObjectStorageConfig): StorageClassPlaces {
  const places = Object.entries(classes).map(([name, { credentials: named, ...place }]) => {
    if (named === undefined) return [name, place];
    const found = credentials[named];
    if (found !== undefined) return [name, { ...place, credentials: found }];
    const missing = `object-storage.classes.${name}.credentials: there is no object-storage.credentials.${named}`;
    throw new ObjectStorageError('InvalidRequest', { message: missing });
  });
  return Object.fromEntries(places);
}

function openImports(
  context: SystemContext<ObjectStorageConfig>,
  storage: ObjectStorage,
): Promise<ImportsOnDemand> {
  const { config, dataDirectory, settings, telemetry, world, withoutListeners } = context;
  return ImportsOnDemand.open({
    ...{ storage, world, log: telemetry.log, owner: settings.account },
    path: `${dataDirectory}/imports.json`,
    credentials: config.credentials,
    // A command that looks at a folder does not go on with what a server was doing.
    resumes: !withoutListeners,
  });
}

/** `arn:cairn:replication:::NAME`: no bucket of Amazon's, and so none here, has such a name. */
function replicationDestinations({
  replication,
  credentials,
}: ObjectStorageConfig): Readonly<Record<string, ReplicationDestination>> {
  const entries = Object.entries(replication.targets).map(([name, target]) => {
    const known = target.credentials === undefined ? undefined : credentials[target.credentials];
    if (target.credentials !== undefined && known === undefined) {
      throw new Error(
        `object-storage.replication.targets.${name} names the credentials ${target.credentials}, which are not in object-storage.credentials`,
      );
    }
    const set = known && Object.entries(known).filter(([, value]) => value !== undefined);
    const given = set && (Object.fromEntries(set) as BlobsCredentials);
    const destination = s3Destination({ url: target.url, credentials: given });
    return [`arn:cairn:replication:::${name}`, destination] as const;
  });
  return Object.fromEntries(entries);
}

function webhookSinks({ config, settings, world }: SystemContext<ObjectStorageConfig>): readonly EventSink[] {
  const entries = Object.entries(config.events.webhooks);
  if (entries.length === 0) return [];
  const webhooks = entries.map(([name, { timeoutSeconds, ...webhook }]) => [
    name,
    { ...webhook, timeoutMs: timeoutSeconds * 1_000 },
  ]);
  const { region, account } = settings;
  return [webhookSink({ webhooks: Object.fromEntries(webhooks), region, account, clock: world.clock })];
}

function listenS3(context: SystemContext<ObjectStorageConfig>, storage: ObjectStorage): Promise<S3Server> {
  const { config, settings, telemetry, world } = context;
  const { domain, port, owners, objectOwnership } = config.s3;
  const identity = context.system<Identity>('identity');
  return openS3Server({
    storage,
    identity,
    queries: queryProtocol(identity),
    world,
    telemetry,
    region: settings.region,
    account: settings.account,
    owners,
    objectOwnership,
    logDeliveryMs: config.logging.deliverySeconds * 1_000,
    host: settings.host,
    port,
    domains: domain === undefined ? [] : [domain],
    tls: settings.tls,
  });
}

/** Ready while the metadata store answers. */
async function healthOf(storage: ObjectStorage): Promise<{ ready: boolean; detail?: string }> {
  try {
    await storage.listBuckets();
    return { ready: true };
  } catch (error) {
    return { ready: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
