// What a repository of the service may be called: the same in URLs, in ARNs and as a folder.

export const repositoryName = /^[a-z0-9][a-z0-9._-]{0,62}$/;
