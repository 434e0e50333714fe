// The settings of the process: the keys of the configuration that belong to no system.

import { z } from 'zod';

/** The ports that take an engine by URL, for all systems (`engines.sql`) or one (`object-storage.engines.sql`). */
export const enginePorts = ['sql', 'blobs', 'log'] as const;
export type EnginePort = (typeof enginePorts)[number];

const engineUrl = z
  .string()
  .regex(/^[a-z][a-z0-9+.-]*:/, 'a URL such as postgres://HOST/DATABASE')
  .optional();

export const enginesSchema = z.strictObject({
  sql: engineUrl.describe('SQL engine, as file: or postgres: URL'),
  blobs: engineUrl.describe('Blob engine, as local:, file:, s3: or https: URL'),
  log: engineUrl.describe('Log engine, as local: or kafka: URL'),
});

export type EngineUrls = { readonly [Port in EnginePort]?: string | undefined };

export const settingsSchema = z
  .strictObject({
    data: z.string().min(1).default('./data').describe('Data folder; CAIRN_DATA gives its default'),
    host: z.string().min(1).default('127.0.0.1').describe('Address that every listener binds'),
    region: z
      .string()
      .regex(/^[a-z]{2,}(-[a-z0-9]+)+$/, 'a region such as us-east-1')
      .default('us-east-1')
      .describe('Region in every ARN and signature'),
    account: z
      .string()
      .regex(/^\d{12}$/, 'an account of 12 digits')
      .default('000000000000')
      .describe('Account in every ARN and queue URL'),
    engines: enginesSchema,
    service: z.strictObject({
      port: z
        .int()
        .min(0)
        .max(65535)
        .default(7000)
        .describe('Port of the service listener; 0 takes a free one'),
      log: z.strictObject({
        level: z
          .enum(['debug', 'info', 'warn', 'error'])
          .default('warn')
          .describe('least level of events on standard error; `info` tells every request'),
      }),
      shutdownSeconds: z
        .number()
        .min(0)
        .max(3600)
        .default(10)
        .describe('Time a stop gives requests in flight'),
    }),
    tls: z
      .strictObject({
        certificate: z.string().min(1).optional().describe('PEM file of the certificate and its chain'),
        key: z.string().min(1).optional().describe('PEM file of the private key'),
      })
      .superRefine((tls, context) => {
        const missing = tls.certificate === undefined ? 'certificate' : 'key';
        if ((tls.certificate === undefined) === (tls.key === undefined)) return;
        context.addIssue({
          code: 'custom',
          path: [missing],
          message: 'both tls.certificate and tls.key, or neither',
        });
      }),
  })
  .readonly();

export type Settings = z.output<typeof settingsSchema>;

/** What a configuration file may hold of the settings: every key on every level may be left out. */
export type SettingsInput = DeepPartial<Settings>;

export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> | undefined }
    : T;
