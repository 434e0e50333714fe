// The tables of identity, and their migrations. DESIGN.md, "Tables", explains each column.

import { type Migration, tablesOf } from '@cairn/engines';

export type IdentityTables = {
  setting: {
    name: string;
    value: string;
  };
  user: {
    name: string;
    /** The name in lower case: two names that differ only in case are one. */
    folded_name: string;
    /** Random, never used again. */
    id: string;
    created_ms: number;
    /** A part of the ARN: begins and ends with a slash. */
    path: string;
  };
  access_key: {
    id: string;
    user: string;
    /** A sealed secret: secrets/secret-box.ts. */
    secret: Uint8Array;
    /** 0 or 1. */
    active: number;
    created_ms: number;
    last_used_ms: number | null;
  };
  policy: {
    name: string;
    /** The default version's: what whoever has the policy is held to. */
    document: string;
    created_ms: number;
    /** When it was put, or got its latest version. */
    updated_ms: number;
    description: string | null;
    /** The number of the default version. */
    default_version: number;
    /** The greatest number that a version ever had: none is used again. */
    last_version: number;
    /** When the default version was made. */
    version_created_ms: number;
  };
  /** Versions of a managed policy besides the default one, which is in `policy`. */
  policy_version: {
    policy: string;
    version: number;
    document: string;
    created_ms: number;
  };
  /** A managed policy, or a canned one, that a user has. */
  attachment: {
    user: string;
    policy: string;
  };
  /** A policy that belongs to one user. */
  user_policy: {
    user: string;
    name: string;
    document: string;
  };
  token: {
    /** SHA-256 of the token. */
    hash: Uint8Array;
    id: string;
    /** The user's name; null for root. */
    user: string | null;
    /** The key that it was issued to, and without which it is worth nothing. */
    access_key: string;
    issued_ms: number;
    expires_ms: number;
  };
  /** What somebody may take on for a while, instead of the rights that are theirs. */
  role: {
    name: string;
    folded_name: string;
    /** Random, never used again: a role made anew under an old name ends the sessions of the old one. */
    id: string;
    path: string;
    /** The policy that says who may take it on. */
    trust: string;
    description: string | null;
    session_seconds_max: number;
    created_ms: number;
  };
  role_attachment: {
    role: string;
    policy: string;
  };
  role_policy: {
    role: string;
    name: string;
    document: string;
  };
  /** Users who have the group's policies besides their own. */
  group: {
    name: string;
    folded_name: string;
    /** Random, never used again. The name may change: what belongs to a group has its id. */
    id: string;
    path: string;
    created_ms: number;
  };
  group_member: {
    group_id: string;
    user: string;
  };
  group_attachment: {
    group_id: string;
    policy: string;
  };
  group_policy: {
    group_id: string;
    name: string;
    document: string;
  };
  /** Whose web identity tokens are taken. */
  open_id_provider: {
    /** The URL without its scheme: what the ARN ends in. */
    name: string;
    /** Random, never used again: a provider made anew under an old name ends the sessions of the old one. */
    id: string;
    /** Compared with the issuer of tokens. */
    url: string;
    /** JSON: an array of texts. */
    client_ids: string;
    /** JSON: an array of texts. */
    thumbprints: string;
    created_ms: number;
  };
};

export const { statement } = tablesOf<IdentityTables>();

export const migrations: readonly Migration[] = [
  ({ text, integer, blob, clustered }) => [
    `create table setting (
      name ${text} not null primary key,
      value ${text} not null
    ) ${clustered}`,
    `create table "user" (
      name ${text} not null primary key,
      folded_name ${text} not null unique,
      id ${text} not null unique,
      created_ms ${integer} not null
    ) ${clustered}`,
    `create table access_key (
      id ${text} not null primary key,
      "user" ${text} not null,
      secret ${blob} not null,
      active ${integer} not null,
      created_ms ${integer} not null,
      last_used_ms ${integer}
    ) ${clustered}`,
    `create index access_key_by_user on access_key ("user")`,
    `create table policy (
      name ${text} not null primary key,
      document ${text} not null,
      created_ms ${integer} not null,
      updated_ms ${integer} not null
    ) ${clustered}`,
    `create table attachment (
      "user" ${text} not null,
      policy ${text} not null,
      primary key ("user", policy)
    ) ${clustered}`,
    `create index attachment_by_policy on attachment (policy)`,
    `create table user_policy (
      "user" ${text} not null,
      name ${text} not null,
      document ${text} not null,
      primary key ("user", name)
    ) ${clustered}`,
    `create table token (
      hash ${blob} not null primary key,
      id ${text} not null unique,
      "user" ${text},
      access_key ${text} not null,
      issued_ms ${integer} not null,
      expires_ms ${integer} not null
    ) ${clustered}`,
    `create index token_by_user on token ("user")`,
    `create index token_by_access_key on token (access_key)`,
  ],
  ({ text, integer, clustered }) => [
    `alter table "user" add column path ${text} not null default '/'`,
    `create table role (
      name ${text} not null primary key,
      folded_name ${text} not null unique,
      id ${text} not null unique,
      path ${text} not null,
      trust ${text} not null,
      description ${text},
      session_seconds_max ${integer} not null,
      created_ms ${integer} not null
    ) ${clustered}`,
    `create table role_attachment (
      role ${text} not null,
      policy ${text} not null,
      primary key (role, policy)
    ) ${clustered}`,
    `create index role_attachment_by_policy on role_attachment (policy)`,
    `create table role_policy (
      role ${text} not null,
      name ${text} not null,
      document ${text} not null,
      primary key (role, name)
    ) ${clustered}`,
  ],
  ({ text, integer, clustered }) => [
    `create table "group" (
      name ${text} not null primary key,
      folded_name ${text} not null unique,
      id ${text} not null unique,
      path ${text} not null,
      created_ms ${integer} not null
    ) ${clustered}`,
    `create table group_member (
      group_id ${text} not null,
      "user" ${text} not null,
      primary key (group_id, "user")
    ) ${clustered}`,
    `create index group_member_by_user on group_member ("user")`,
    `create table group_attachment (
      group_id ${text} not null,
      policy ${text} not null,
      primary key (group_id, policy)
    ) ${clustered}`,
    `create index group_attachment_by_policy on group_attachment (policy)`,
    `create table group_policy (
      group_id ${text} not null,
      name ${text} not null,
      document ${text} not null,
      primary key (group_id, name)
    ) ${clustered}`,
  ],
  ({ text, integer, clustered }) => [
    `alter table policy add column description ${text}`,
    `alter table policy add column default_version ${integer} not null default 1`,
    `alter table policy add column last_version ${integer} not null default 1`,
    `alter table policy add column version_created_ms ${integer} not null default 0`,
    'update policy set version_created_ms = updated_ms',
    `create table policy_version (
      policy ${text} not null,
      version ${integer} not null,
      document ${text} not null,
      created_ms ${integer} not null,
      primary key (policy, version)
    ) ${clustered}`,
  ],
  ({ text, integer, clustered }) => [
    `create table open_id_provider (
      name ${text} not null primary key,
      id ${text} not null unique,
      url ${text} not null,
      client_ids ${text} not null,
      thumbprints ${text} not null,
      created_ms ${integer} not null
    ) ${clustered}`,
  ],
  // Issuing a token forgets expired ones: on PostgreSQL, looking at all made those who issue fail each other.
  () => ['create index token_by_expiry on token (expires_ms)'],
];
