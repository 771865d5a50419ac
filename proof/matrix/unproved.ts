export const UNPROVED: ReadonlySet<string> = new Set<string>();
