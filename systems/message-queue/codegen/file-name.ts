// Files are named after their messages.

/** JoinGroupRequest: join-group-request.ts. */
export function fileName(message: string): string {
  return `${message.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.ts`;
}
