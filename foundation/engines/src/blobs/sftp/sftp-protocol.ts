// The numbers of SFTP version 3 (draft-ietf-secsh-filexfer-02), the one version that OpenSSH and nearly every other server
// speak, and OpenSSH's extensions (its file PROTOCOL, section 4).

export const protocolVersion = 3;

export const packetTypes = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  stat: 17,
  rename: 18,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attrs: 105,
  extended: 200,
  extendedReply: 201,
} as const satisfies Record<string, number>;

export const statusCodes = {
  ok: 0,
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  noConnection: 6,
  connectionLost: 7,
  unsupported: 8,
} as const satisfies Record<string, number>;

export const openFlags = {
  read: 0x01,
  write: 0x02,
  create: 0x08,
  exclusive: 0x20,
} as const satisfies Record<string, number>;

export const attributeFlags = {
  size: 0x01,
  owner: 0x02,
  permissions: 0x04,
  times: 0x08,
  extended: 0x80000000,
} as const satisfies Record<string, number>;

/** Names of extensions; a server offers them in its `version`. */
export const extensions = {
  posixRename: 'posix-rename@openssh.com',
  hardLink: 'hardlink@openssh.com',
  sync: 'fsync@openssh.com',
  limits: 'limits@openssh.com',
  fileSystem: 'statvfs@openssh.com',
} as const satisfies Record<string, string>;

/** Larger packets are refused, whatever they say they are. OpenSSH's own limit is 256 KiB. */
export const packetBytesMax = 1024 * 1024;
/** What every server takes in one read or write (the draft, section 3). */
export const dataBytesDefault = 32 * 1024;
/** What is sent and asked for at once, where a server's limits allow it: fits OpenSSH's packets. */
export const dataBytesMax = 255 * 1024;
