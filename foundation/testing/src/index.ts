// Real servers and whole processes for tests.
export {};
