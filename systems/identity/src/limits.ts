// Every constant of identity, with its unit, and how they depend on each other.

import assert from 'node:assert/strict';

const KiB = 1024;
const hourMs = 60 * 60 * 1000;

/** AWS's quotas: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html. White space is free. */
export const identityPolicyCharactersMax = 6_144;
export const trustPolicyCharactersMax = 2_048;
/** Of one that limits a session: AWS's quota of the text as it is given. */
export const sessionPolicyCharactersMax = 2_048;
export const resourcePolicyCharactersMax = 20 * KiB;
/** White space included: what a parser is given at most. */
export const policyTextCharactersMax = 128 * KiB;
/** More than fit into a policy that says something; bounds what one evaluation walks through. */
export const policyStatementsMax = 500;

export const userNameCharactersMax = 64;
export const roleNameCharactersMax = 64;
export const roleDescriptionCharactersMax = 1_000;
export const policyNameCharactersMax = 128;
export const policyDescriptionCharactersMax = 1_000;
/** Of a managed policy, its default one included. */
export const versionsPerPolicyMax = 5;
export const pathCharactersMax = 512;
export const groupNameCharactersMax = 128;
export const accessKeysPerUserMax = 2;
export const groupsPerUserMax = 10;
/** Managed ones and, apart from them, inline ones; of a role and of a group as well. */
export const attachedPoliciesPerUserMax = 10;
export const inlinePoliciesPerUserMax = 10;
/** Items of a page of a listing. */
export const pageItemsMax = 1_000;
export const pageItemsDefault = 100;

/** Random parts of ids: 15 and 17 characters of base32 are 75 and 85 bits. */
export const accessKeyIdRandomCharacters = 15;
export const userIdRandomCharacters = 17;
/** 30 random bytes in base64: 240 bits, as AWS's. */
export const secretKeyBytes = 30;
const secretKeyCharacters = 40;
/** Credentials that an operator brings along. */
export const rootAccessKeyIdCharactersMin = 3;
export const rootAccessKeyIdCharactersMax = 128;
export const rootSecretKeyCharactersMin = 8;
export const rootSecretKeyCharactersMax = 128;

/** A bearer token is this many random bytes, in base64url, behind its prefix. */
export const tokenBytes = 32;
export const tokenLifetimeMsMax = 12 * hourMs;
export const tokenLifetimeMsDefault = 1 * hourMs;
export const tokenLifetimeMsMin = 1_000;
export const tokensPerPrincipalMax = 100;

/** How long temporary credentials live: those of GetSessionToken, those of a role, and those of a role taken on from a role. AWS's. */
export const sessionSecondsMin = 900;
export const sessionTokenSecondsDefault = 43_200;
export const sessionTokenSecondsMax = 129_600;
export const rootSessionSecondsMax = 3_600;
export const roleSessionSecondsDefault = 3_600;
export const roleSessionSecondsMin = 3_600;
export const roleSessionSecondsMax = 43_200;
export const chainedSessionSecondsMax = 3_600;
/** A session policy of 2,048 characters, escaped and sealed, fits. */
export const sessionTokenCharactersMax = 8 * KiB;
/** Of tokens that are remembered opened. One with its policy takes 7 to 20 times its characters, and whoever may take on a role can make as many as they like. */
export const openedTokensCharactersMax = 8 * KiB * KiB;

/** AWS's, of OpenID Connect providers. */
export const providersMax = 100;
export const providerUrlCharactersMax = 255;
export const clientsPerProviderMax = 100;
export const clientIdCharactersMax = 255;
export const thumbprintsPerProviderMax = 5;
export const thumbprintCharacters = 40;
/** AWS's, of a web identity token; five minutes are what clocks may differ by. */
export const webTokenCharactersMin = 4;
export const webTokenCharactersMax = 20_000;
export const webTokenSkewMs = 5 * 60 * 1000;
/** OpenID Connect Core 1.0, section 2. */
export const subjectCharactersMax = 255;
export const audiencesPerTokenMax = 50;
/** AWS's. */
export const sessionTagsMax = 50;
export const sessionTagKeyCharactersMax = 128;
export const sessionTagValueCharactersMax = 256;

/** What an identity provider may take to answer, and answer with at most. Sets of ten keys have about 10 KiB. */
export const providerTimeoutMs = 5_000;
export const providerDocumentBytesMax = 256 * KiB;
export const keysPerProviderMax = 100;
/** How long its keys are believed: a key that it withdraws is good for as long at most. */
export const keySetLifetimeMs = 10 * 60 * 1000;
/** A provider is asked no more often, whatever key tokens name, and whether it answers or not. */
export const keySetRefetchMsMin = 10_000;
/** NIST SP 800-131A; above, verifying takes long. */
export const rsaModulusBitsMin = 2_048;
export const rsaModulusBitsMax = 8_192;

/** Entries of each cache: active keys, users' policies, tokens. */
export const cacheEntriesMax = 10_000;
/** How long a cached entry is believed when other processes share the database. Alone, it never ages. */
export const sharedCacheLifetimeMs = 2_000;
/** The time of a key's last use is kept to this exactness, so that requests do not become writes. */
export const lastUsedResolutionMs = 60_000;
/** Rows that a check looks at per transaction. */
export const checkBatchRows = 500;

/** AES-256-GCM: NIST SP 800-38D. */
export const masterKeyBytes = 32;
export const nonceBytes = 12;
export const authenticationTagBytes = 16;
export const keyIdBytes = 8;

assert.equal(Math.ceil((secretKeyBytes * 4) / 3), secretKeyCharacters, 'a secret is whole groups of base64');
assert(
  identityPolicyCharactersMax <= policyTextCharactersMax &&
    resourcePolicyCharactersMax <= policyTextCharactersMax,
);
assert(keySetRefetchMsMin < keySetLifetimeMs, 'fresh keys can be asked for again');
assert(pageItemsDefault <= pageItemsMax);
assert(tokenLifetimeMsMin <= tokenLifetimeMsDefault && tokenLifetimeMsDefault <= tokenLifetimeMsMax);
