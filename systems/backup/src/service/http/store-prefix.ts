// Where the store lies on the 7000 listener: what client and server agree on.

export const storePrefix = '/api/backup/store';
